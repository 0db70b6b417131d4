/** What an expression of a form may speak of, by the place of its field. */

import type { Field, Value } from '@millrace/pipeline'
import { ownValueOf } from '../inspector/field-value.ts'
import type { FieldPath, FormState } from '../inspector/form-context.ts'
import { stageOf, stagesOf } from '../inspector/pattern/stage-list.ts'
import { visibleStages } from '../inspector/pattern/visible-stages.ts'
import type { CompletionScope } from './complete-expression.ts'

export function expressionScope(
  { inputs, fields, config }: FormState,
  { schema }: Field,
  path: FieldPath,
): CompletionScope {
  const aggregates = schema.widget === 'aggregate'
  const fieldValue = (widget: string): Value | undefined => {
    const field = fields.find((known) => known.schema.widget === widget)
    return field === undefined ? undefined : ownValueOf(config, field.name)
  }
  const pattern = fields.find((known) => known.schema.widget === 'pattern-stages')
  if (pattern === undefined) return { inputs, aggregates }
  const stages = stagesOf(ownValueOf(config, pattern.name))
  const stageColumns = inputs[0]?.schema?.columns ?? []
  if (path[0] === pattern.name) {
    return { inputs, aggregates: true, stages: visibleStages(stages, path.slice(1)), stageColumns }
  }
  // What leaves for a match may speak of all stages, and of the columns that are the same in them.
  const same = new Set(stagesOf(fieldValue('columns')))
  const shared = inputs.map(({ port, schema: input }) => ({
    port,
    schema: input && { ...input, columns: input.columns.filter(({ name }) => same.has(name)) },
  }))
  const all = visibleStages([...stages, stageOf(undefined)], [stages.length])
  return { inputs: shared, aggregates: true, stages: all, stageColumns }
}
