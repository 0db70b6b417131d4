/** What a stage says, in words: how it stands to the one before, and how often it comes. */

import type { JsonObject, Value } from '@millrace/pipeline'
import { isObject } from '../field-value.ts'

export type LinkKind = 'next' | 'followed-by' | 'followed-by-any' | 'not-next' | 'not-followed-by'

export interface Link {
  readonly kind: LinkKind
  readonly title: string
  /** What it means, for the stage below it. */
  readonly means: string
}

export const LINKS: readonly Link[] = [
  { kind: 'next', title: 'next', means: 'the very next record' },
  { kind: 'followed-by', title: 'followed by', means: 'others in between' },
  { kind: 'followed-by-any', title: 'followed by any', means: 'every later one' },
  { kind: 'not-next', title: 'not next', means: 'the very next record' },
  { kind: 'not-followed-by', title: 'not followed by', means: 'none may come' },
]

export const LOOP_LINKS: readonly Link[] = LINKS.slice(0, 3)

export function linkOf({ not, contiguity }: JsonObject): LinkKind {
  if (not === true) return contiguity === 'next' ? 'not-next' : 'not-followed-by'
  return contiguity === 'next' || contiguity === 'followed-by-any' ? contiguity : 'followed-by'
}

/** What must not come has a name and a condition; all else means nothing for it, and goes. */
export function withLink(stage: JsonObject, kind: LinkKind): JsonObject {
  const { contiguity: _, not: __, ...rest } = stage
  if (kind === 'not-next' || kind === 'not-followed-by') {
    const { name, where } = rest
    return {
      ...(name === undefined ? {} : { name }),
      ...(where === undefined ? {} : { where }),
      not: true,
      ...(kind === 'not-next' ? { contiguity: 'next' } : {}),
    }
  }
  return kind === 'followed-by' ? rest : { ...rest, contiguity: kind }
}

/** How often: what `times` and `oneOrMore` say together. */
export type Often =
  | { readonly kind: 'once' | 'one-or-more' }
  | { readonly kind: 'exactly' | 'at-least'; readonly min: Value | undefined }
  | {
      readonly kind: 'between'
      readonly min: Value | undefined
      readonly max: Value | undefined
    }

export function oftenOf({ times, oneOrMore }: JsonObject): Often {
  if (oneOrMore === true) return { kind: 'one-or-more' }
  if (times === undefined || times === null) return { kind: 'once' }
  if (!isObject(times)) return { kind: 'exactly', min: times }
  const { min, max } = times
  return Object.hasOwn(times, 'max') ? { kind: 'between', min, max } : { kind: 'at-least', min }
}

/** With another number of times; what only repetitions have goes with the last of them. */
export function withOften(stage: JsonObject, often: Often): JsonObject {
  const { times: _, oneOrMore: __, ...rest } = stage
  switch (often.kind) {
    case 'once': {
      const { until: _until, loopContiguity: _loop, greedy, ...once } = rest
      return greedy === true && once.optional === true ? { ...once, greedy } : once
    }
    case 'one-or-more':
      return { ...rest, oneOrMore: true }
    case 'exactly':
      return { ...rest, times: often.min ?? 2 }
    case 'at-least':
      return { ...rest, times: { min: often.min ?? 2 } }
    case 'between':
      return { ...rest, times: { min: often.min ?? 1, max: often.max ?? 3 } }
  }
}

export function isRepeated(stage: JsonObject): boolean {
  const often = oftenOf(stage)
  switch (often.kind) {
    case 'once':
      return false
    case 'exactly':
      return often.min !== 1
    case 'between':
      return often.max !== 1
    default:
      return true
  }
}

/** Whether there is something to be greedy for. */
export function hasChoice(stage: JsonObject): boolean {
  const often = oftenOf(stage)
  return stage.optional === true || (often.kind !== 'once' && often.kind !== 'exactly')
}

/** `2 to 4 times, optional`; nothing for a stage that comes once. */
export function oftenText(stage: JsonObject): string {
  const parts = [timesText(oftenOf(stage))]
  if (stage.greedy === true) parts.push('greedy')
  if (stage.optional === true) parts.push('optional')
  return parts.filter((part) => part !== '').join(', ')
}

function timesText(often: Often): string {
  switch (often.kind) {
    case 'once':
      return ''
    case 'one-or-more':
      return 'one or more'
    case 'exactly':
      return `${often.min} times`
    case 'at-least':
      return `at least ${often.min} times`
    case 'between':
      return `${often.min} to ${often.max} times`
  }
}
