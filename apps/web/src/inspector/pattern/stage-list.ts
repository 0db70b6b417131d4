/**
 * The stages of a pattern as the document holds them, and what one does to them: add, copy, move,
 * group, remove. Every change gives new lists; what is not touched stays the same object.
 *
 * A stage is found by its address: its place in the list, and where it is in a group, the place of
 * the group before it. A document that is being written may hold anything in place of a stage.
 */

import type { JsonObject, Value } from '@millrace/pipeline'
import { isObject } from '../field-value.ts'
import type { FieldPath } from '../form-context.ts'

export type Stages = readonly Value[]

/** `[2, 0]` is the first stage in the group that is the third stage. */
export type Address = readonly number[]

/** A place between stages: before the one at `index` of a list. The pattern's own list is `[]`. */
export interface Spot {
  readonly list: Address
  readonly index: number
}

export interface Moved {
  readonly stages: Stages
  readonly address: Address
}

export function stagesOf(value: Value | undefined): Stages {
  return Array.isArray(value) ? value : []
}

export function stageOf(value: Value | undefined): JsonObject {
  return isObject(value) ? value : {}
}

export function groupOf(stage: JsonObject): Stages | undefined {
  return Object.hasOwn(stage, 'group') ? stagesOf(stage.group) : undefined
}

export function listAt(stages: Stages, list: Address): Stages {
  return list.reduce<Stages>((at, index) => groupOf(stageOf(at[index])) ?? [], stages)
}

export function stageAt(stages: Stages, address: Address): JsonObject {
  const { list, index } = spotOf(address)
  return stageOf(listAt(stages, list)[index])
}

export function spotOf(address: Address): Spot {
  return { list: address.slice(0, -1), index: address.at(-1) ?? 0 }
}

/** Where the document has what stands at an address. */
export function pathOf(root: FieldPath, address: Address): FieldPath {
  return [...root, ...address.flatMap((index, depth) => (depth === 0 ? [index] : ['group', index]))]
}

export function nameOf(stage: JsonObject): string | undefined {
  return typeof stage.name === 'string' && stage.name !== '' ? stage.name : undefined
}

/** Of all stages, also those in groups, in their order. */
export function namesIn(stages: Stages): readonly string[] {
  return stages.flatMap((value) => {
    const stage = stageOf(value)
    const name = nameOf(stage)
    return [...(name === undefined ? [] : [name]), ...namesIn(groupOf(stage) ?? [])]
  })
}

/** Those that take records, so that one can speak of them. */
export function takenNames(stages: Stages): readonly string[] {
  return stages.flatMap((value) => {
    const stage = stageOf(value)
    const group = groupOf(stage)
    if (group !== undefined) return takenNames(group)
    const name = nameOf(stage)
    return stage.not === true || name === undefined ? [] : [name]
  })
}

/** How many groups lie inside each other in it: 0 for a stage that is none. */
export function nestingOf(stage: JsonObject): number {
  const group = groupOf(stage)
  if (group === undefined) return 0
  return 1 + Math.max(0, ...group.map((inner) => nestingOf(stageOf(inner))))
}

/** `a`, `b` to `z`, then `a2`: the first that no stage has. */
export function freeName(taken: ReadonlySet<string>): string {
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCodePoint(97 + index))
  for (let round = 1; ; round++) {
    const name = letters.map((letter) => (round === 1 ? letter : `${letter}${round}`))
    const free = name.find((candidate) => !taken.has(candidate))
    if (free !== undefined) return free
  }
}

export function changeStage(
  stages: Stages,
  address: Address,
  change: (stage: JsonObject) => JsonObject,
): Stages {
  const { list, index } = spotOf(address)
  return withList(stages, list, (items) =>
    items.map((item, other) => (other === index ? change(stageOf(item)) : item)),
  )
}

export function insertStage(stages: Stages, { list, index }: Spot, stage: JsonObject): Stages {
  return withList(stages, list, (items) => items.toSpliced(index, 0, stage))
}

export function removeStage(stages: Stages, address: Address): Stages {
  const { list, index } = spotOf(address)
  return withList(stages, list, (items) => items.toSpliced(index, 1))
}

/** Undefined where nothing moves: a group into itself, or a stage to where it stands. */
export function moveStage(stages: Stages, from: Address, to: Spot): Moved | undefined {
  const { list, index } = spotOf(from)
  const level = list.length
  const sameStart = list.every((place, depth) => to.list[depth] === place)
  if (sameStart && to.list[level] === index) return undefined
  const sameList = sameStart && to.list.length === level
  if (sameList && (to.index === index || to.index === index + 1)) return undefined
  // What lies behind the stage moves up by one when it is taken out.
  const step = (place: number): number => (place > index ? place - 1 : place)
  const target: Spot = sameList
    ? { list, index: step(to.index) }
    : {
        list: to.list.map((place, depth) => (sameStart && depth === level ? step(place) : place)),
        index: to.index,
      }
  const moved = insertStage(removeStage(stages, from), target, stageAt(stages, from))
  return { stages: moved, address: [...target.list, target.index] }
}

/** Where a key moves a stage to: up and down its list, out of its group, or into the one before. */
export function spotBeside(
  stages: Stages,
  address: Address,
  way: 'up' | 'down' | 'in' | 'out',
): Spot | undefined {
  const { list, index } = spotOf(address)
  switch (way) {
    case 'up':
      return index > 0 ? { list, index: index - 1 } : undefined
    case 'down':
      return index + 1 < listAt(stages, list).length ? { list, index: index + 2 } : undefined
    case 'out': {
      const group = list.at(-1)
      return group === undefined ? undefined : { list: list.slice(0, -1), index: group + 1 }
    }
    case 'in': {
      const before = index > 0 ? groupOf(stageAt(stages, [...list, index - 1])) : undefined
      return before && { list: [...list, index - 1], index: before.length }
    }
  }
}

/** The stage becomes the only one of a group, which stands to the one before as it did. */
export function groupStage(stages: Stages, address: Address): Stages {
  return changeStage(stages, address, ({ contiguity, ...stage }) =>
    contiguity === undefined ? { group: [stage] } : { group: [stage], contiguity },
  )
}

/** The stages of a group take its place; the first stands to the one before as the group did. */
export function dissolveGroup(stages: Stages, address: Address): Stages {
  const { contiguity, ...group } = stageAt(stages, address)
  const inner = (groupOf(group) ?? []).map((value, index) => {
    if (index > 0) return value
    const { contiguity: _, ...first } = stageOf(value)
    return contiguity === undefined ? first : { ...first, contiguity }
  })
  const { list, index } = spotOf(address)
  return withList(stages, list, (items) => items.toSpliced(index, 1, ...inner))
}

function withList(stages: Stages, list: Address, change: (items: Stages) => Stages): Stages {
  const [first, ...rest] = list
  if (first === undefined) return change(stages)
  return stages.map((value, index) => {
    if (index !== first) return value
    const stage = stageOf(value)
    return { ...stage, group: withList(groupOf(stage) ?? [], rest, change) }
  })
}
