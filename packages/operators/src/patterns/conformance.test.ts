/**
 * Apache Flink's own cases of its pattern library, which lie beside the repository and are used
 * where they are there. Each is run as it is, run in words of ours, or skipped for a reason.
 */

import { record, runOperator, stream } from '@millrace/engine/testing'
import { conformanceTests } from '@millrace/engine/testing/conformance'
import { columnText, compareRows } from '@millrace/pipeline'
import { expect } from 'vitest'
import { pattern } from './pattern.ts'
import type { Contiguity, StageConfig } from './stage-config.ts'

interface FlinkStage {
  readonly contiguity:
    | 'begin'
    | 'next'
    | 'followedBy'
    | 'followedByAny'
    | 'notNext'
    | 'notFollowedBy'
  readonly name?: string
  readonly where?: readonly { readonly op: string; readonly expr: string }[]
  readonly quantifier?: readonly (readonly [string, ...number[]])[]
  readonly until?: { readonly expr: string }
  readonly subtype?: string
  readonly group?: { readonly stages: readonly FlinkStage[] }
}

interface FlinkEvent {
  readonly ts: number
  readonly id: number
  readonly name: string
  readonly price: number
  readonly volume?: number
  readonly type?: string
}

interface FlinkCase {
  readonly id: string
  readonly pattern: {
    readonly stages: readonly FlinkStage[]
    readonly withinMs?: number
    readonly afterMatchSkip?: { readonly strategy: string; readonly pattern?: string }
  }
  readonly input: readonly FlinkEvent[]
  readonly expectMatches: readonly (readonly number[])[]
  readonly tsAssigned?: string
  readonly ambiguousEqualEvents?: boolean
}

/** Run with another pattern or comparison than the file's, and why that means the same. */
const ADAPTED: ReadonlyMap<string, string> = new Map([
  [
    'NFAITCase.testNoConditionNFA',
    'A pattern without any condition is refused; "id > 0" stands in its first stage.',
  ],
  [
    'NFAITCase.testNoConditionLoopingNFA',
    'A pattern without any condition is refused; "id > 0" stands in its first stage.',
  ],
  [
    'NFAITCase.testAnyWithNoConditionNFA',
    'A pattern without any condition is refused; "id > 0" stands in its first stage.',
  ],
  [
    'NFAITCase.testStartAndEndWithZeroOrMore',
    'A pattern that may be empty is refused; its only stage is mandatory, as only matches with records count.',
  ],
  [
    'NFAITCase.testMultipleTakesVersionCollision',
    'One match for each assignment of records to stages; Flink repeats some. Compared as sets of records.',
  ],
  [
    'GreedyITCase.testEndWithZeroOrMoreGreedy',
    'Greedy at the end is refused, since it changes nothing there; run without it.',
  ],
  [
    'GreedyITCase.testEndWithZeroOrMoreConsecutiveGreedy',
    'Greedy at the end is refused, since it changes nothing there; run without it.',
  ],
  [
    'GreedyITCase.testEndWithGreedyTimesRange',
    'Greedy at the end is refused, since it changes nothing there; run without it.',
  ],
])

const SKIPPED: ReadonlyMap<string, string> = new Map([
  [
    'NotPatternITCase.testNotFollowedByBeforeOptionalAtTheEnd',
    'Flink lets the match without its optional last stage leave at once, before it can know that nothing follows that ' +
      'must not. Here such a match waits until its time is over.',
  ],
])

/** Time enough for every case that sets none: what repeats without a limit is refused without. */
const WITHIN = '1000d'

const CONDITIONS: ReadonlyMap<string, string> = new Map([
  ['e.volume > 5.0', 'volume > 5.0'],
  ['e.price > 3.0', 'price > 3.0'],
  ['e.price === 5.0', 'price = 5.0'],
  ['e.name.includes("a") || e.name.includes("c")', "name LIKE '%a%' OR name LIKE '%c%'"],
  ['e.name.includes("b") || e.name.includes("c")', "name LIKE '%b%' OR name LIKE '%c%'"],
  ['e.name.includes("b") && ctx("a")[0].price === e.price', "name LIKE '%b%' AND a.price = price"],
  ['ctx("d").length === 3', 'COUNT(d.*) = 3'],
  ['sum(ctx("middle").map(x=>x.price)) === 6.0', 'COALESCE(SUM(middle.price), 0.0) = 6.0'],
  ['sum(ctx("middle").map(x=>x.price)) === 4.0', 'COALESCE(SUM(middle.price), 0.0) = 4.0'],
  [
    'e.name.startsWith("foo") && sum(ctx("middle").map(x=>x.price)) + e.price < 5.0',
    "name LIKE 'foo%' AND COALESCE(SUM(middle.price), 0.0) + price < 5.0",
  ],
  [
    'e.name === "start" && sum(ctx("start").map(x=>x.price)) + e.price < 5.0',
    "name = 'start' AND COALESCE(SUM(start.price), 0.0) + price < 5.0",
  ],
  [
    'e.name === "end" && sum(ctx("start").map(x=>x.price)) >= 2.0',
    "name = 'end' AND SUM(start.price) >= 2.0",
  ],
  [
    'e.name === "start" && sum(ctx("middle2").map(x=>x.price)) + e.price <= 5.0',
    "name = 'start' AND COALESCE(SUM(middle2.price), 0.0) + price <= 5.0",
  ],
])

function translated(expression: string): string {
  const known = CONDITIONS.get(expression)
  if (known !== undefined) return known
  const equal = /^e\.name === "([^"]+)"$/.exec(expression)?.[1]
  if (equal !== undefined) return `name = '${equal}'`
  const part = /^e\.name\.includes\("([^"]+)"\)$/.exec(expression)?.[1]
  if (part !== undefined) return `name LIKE '%${part}%'`
  const begin = /^e\.name\.startsWith\("([^"]+)"\)$/.exec(expression)?.[1]
  if (begin !== undefined) return `name LIKE '${begin}%'`
  throw new Error(`There is no translation of ${expression}.`)
}

const CONTIGUITIES: Readonly<Record<FlinkStage['contiguity'], Contiguity | undefined>> = {
  begin: undefined,
  next: 'next',
  followedBy: 'followed-by',
  followedByAny: 'followed-by-any',
  notNext: 'next',
  notFollowedBy: 'followed-by',
}

function toStage(stage: FlinkStage, id: string): StageConfig {
  const { contiguity, name, where = [], quantifier = [], until, subtype, group } = stage
  const words = new Map(quantifier.map(([word, ...numbers]) => [word, numbers]))
  const conditions = where.map(({ expr }) => `(${translated(expr)})`)
  if (subtype !== undefined) conditions.push(`type = '${subtype}'`)
  const times = words.get('times') ?? []
  const orMore = words.get('timesOrMore')?.[0] ?? (words.has('oneOrMore') ? 1 : undefined)
  const [min = 1, max = min] = times
  const loop = words.has('consecutive')
    ? ('next' as const)
    : words.has('allowCombinations')
      ? ('followed-by-any' as const)
      : undefined
  const greedy = words.has('greedy') && !id.includes('EndWith')
  const nearness = CONTIGUITIES[contiguity]
  return {
    ...(name === undefined ? {} : { name }),
    ...(conditions.length === 0 ? {} : { where: conditions.join(' AND ') }),
    ...(words.has('times') ? { times: { min, max } } : {}),
    ...(orMore === undefined ? {} : { times: { min: orMore } }),
    ...(words.has('optional') ? { optional: true } : {}),
    ...(greedy ? { greedy } : {}),
    ...(until === undefined ? {} : { until: translated(until.expr) }),
    ...(nearness === undefined ? {} : { contiguity: nearness }),
    ...(loop === undefined ? {} : { loopContiguity: loop }),
    ...(contiguity.startsWith('not') ? { not: true } : {}),
    ...(group === undefined ? {} : { group: group.stages.map((inner) => toStage(inner, id)) }),
  }
}

function toStages({ id, pattern: { stages } }: FlinkCase): readonly StageConfig[] {
  const [first, ...others] = stages.map((stage) => toStage(stage, id))
  if (first === undefined) return []
  if (id.includes('NoCondition')) return [{ ...first, where: 'id > 0' }, ...others]
  if (id.endsWith('testStartAndEndWithZeroOrMore')) return [{ ...first, optional: false }]
  return [first, ...others]
}

function toAfterMatch({ pattern: { afterMatchSkip } }: FlinkCase) {
  const { strategy, pattern: stage } = afterMatchSkip ?? { strategy: 'noSkip' }
  if (strategy === 'skipToNext') return 'skip-to-next'
  if (strategy === 'skipPastLastEvent') return 'skip-past-last'
  if (strategy === 'noSkip') return 'no-skip'
  return { skip: strategy === 'skipToFirst' ? 'skip-to-first' : 'skip-to-last', stage }
}

function stageNames(stages: readonly StageConfig[]): string[] {
  return stages.flatMap(({ name, not, group }) =>
    group === undefined ? (not === true || name === undefined ? [] : [name]) : stageNames(group),
  )
}

const SCHEMA = {
  n: 'integer',
  id: 'integer',
  name: 'string',
  price: 'double',
  volume: 'double',
  type: 'string',
}

/** The places in the input of the records of each match, in order; equal records share one. */
function matchesOf(flinkCase: FlinkCase): readonly (readonly number[])[] {
  const { input, pattern: flink, tsAssigned, ambiguousEqualEvents } = flinkCase
  const pattern_ = toStages(flinkCase)
  const names = stageNames(pattern_)
  const config = {
    pattern: pattern_,
    within: flink.withinMs === undefined ? WITHIN : `${flink.withinMs}ms`,
    afterMatch: toAfterMatch(flinkCase),
    columns: Object.fromEntries(names.map((name) => [name, `COLLECT(${columnText(name)}.n)`])),
  }
  // Flink's harness feeds the records as they stand; here they are sorted by time first.
  const sorted = input.every(({ ts }, index) => ts >= (input[index - 1]?.ts ?? ts))
  const byPlace = tsAssigned === 'index' || !sorted
  const elements = input.map(({ ts, id, name, price, volume = null, type = null }, n) =>
    record({ n, id, name, price, volume, type }, byPlace ? n : ts),
  )
  const { outputs, failure } = runOperator(pattern, config, { in: stream(SCHEMA, elements) })
  if (failure !== undefined) throw new Error(failure.message)
  const equal = (one: FlinkEvent, other: FlinkEvent) =>
    one.id === other.id && one.name === other.name && one.price === other.price
  return (outputs.out ?? []).flatMap((element) => {
    if (!('row' in element)) return []
    const places = Object.values(element.row).flatMap((list) => (list ?? []) as number[])
    const shown = places.map((place) => {
      const own = input[place]
      if (ambiguousEqualEvents !== true || own === undefined) return place
      return input.findIndex((other) => equal(own, other))
    })
    return [shown.sort((a, b) => a - b)]
  })
}

function distinct(matches: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return [...new Map(matches.map((match) => [match.join(), match])).values()]
}

function flinkCase(given: FlinkCase): void {
  const found = matchesOf(given)
  const expected = given.expectMatches
  const asSets = given.id.endsWith('testMultipleTakesVersionCollision')
  const [one, other] = asSets ? [distinct(found), distinct(expected)] : [found, expected]
  expect([...one].sort(compareRows)).toEqual([...other].sort(compareRows))
}

conformanceTests<FlinkCase>({
  file: 'flink-cep',
  cases: 179,
  skipped: 1,
  trial: (given) => {
    const name = given.id.replace('flink-cep/', '')
    const skipped = SKIPPED.get(name)
    if (skipped !== undefined) return { skipped }
    const mode = ADAPTED.get(name)
    return { ...(mode === undefined ? {} : { mode }), run: () => flinkCase(given) }
  },
})
