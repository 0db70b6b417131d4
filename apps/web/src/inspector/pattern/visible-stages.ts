/** Which stages may have records when the condition of a stage is looked at. */

import type { FieldPath } from '../form-context.ts'
import { groupOf, nameOf, type Stages, stageOf, takenNames } from './stage-list.ts'
import { isRepeated } from './stage-words.ts'

/**
 * `path` leads from the pattern's list to the stage or one of its fields. Visible are the stages
 * before it, itself where it is repeated, and all of a repeated group around it.
 */
export function visibleStages(stages: Stages, path: FieldPath): readonly string[] {
  const [index, field, ...rest] = path
  if (typeof index !== 'number') return []
  const before = takenNames(stages.slice(0, index))
  const stage = stageOf(stages[index])
  const group = groupOf(stage)
  if (group !== undefined) {
    const inside = field === 'group' ? visibleStages(group, rest) : takenNames(group)
    const others = isRepeated(stage) ? takenNames(group) : []
    return [...new Set([...before, ...inside, ...others])]
  }
  const own = nameOf(stage)
  return own !== undefined && stage.not !== true && isRepeated(stage) ? [...before, own] : before
}
