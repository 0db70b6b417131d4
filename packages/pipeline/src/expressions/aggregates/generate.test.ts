/**
 * Goal: aggregates as generated code and as closures are the same. Method: random sets of
 * aggregates over random records, added, merged and taken back side by side; accumulators, rows and
 * what is thrown must be equal after each step. The naive tests hold the closures.
 */

import { describe, expect, test } from 'vitest'
import type { CompileFunction } from '../generate/compile.ts'
import { GENERATING_CONTEXT, outcomeOf, TEST_CONTEXT } from '../testing/evaluate.ts'
import { AGGREGATES, COLUMNS, randomRecord } from '../testing/naive-aggregates.ts'
import { Dice } from '../testing/random.ts'
import { compileAggregates } from './index.ts'

const SEED = 4_711

/** Beside those that have a value for every record. */
const OTHERS: readonly string[] = [
  'SUM(100 / i)',
  'COUNT(*) FILTER (WHERE 10 / i > 1)',
  'MAX(100 / i) FILTER (WHERE i <> 0)',
  'SUM(i * 300000000000000)',
  'SUM(d) / SUM(i)',
  'COUNT(1)',
  'SUM(NULLIF(i, 3))',
  "COUNT(DISTINCT s || 'x') FILTER (WHERE p)",
  'MIN(-d)',
  'MAX(CASE WHEN p THEN i ELSE 0 END)',
]

function randomTexts(dice: Dice): Record<string, string> {
  const all = [...AGGREGATES.map(([text]) => text), ...OTHERS]
  const count = dice.below(6) + 1
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`a${index}`, dice.pick(all)]),
  )
}

describe.each([
  ['added', {}],
  ['added and read after each', { updating: true }],
  ['added with two columns more before the results', { leadCount: 3 }],
] as const)(`records that are %s, seed ${SEED}`, (_title, use) => {
  test('make the same in code and in closures', () => {
    const dice = new Dice(SEED)
    for (let round = 0; round < 400; round++) {
      const texts = randomTexts(dice)
      const sides = [TEST_CONTEXT, GENERATING_CONTEXT].map((context) => {
        const compiled = compileAggregates(texts, COLUMNS, ['g'], context, use)
        return { compiled, panes: [compiled.create(), compiled.create()] }
      })
      let failed = false
      for (let step = 0; step < 30 && !failed; step++) {
        const { row, timeMs } = randomRecord(dice, dice.below(20))
        const [pane, merges] = [dice.below(2), dice.chance(0.1)]
        const outcomes = sides.map(({ compiled, panes }) => {
          const [into, from] = [panes[pane] ?? [], panes[1 - pane] ?? []]
          return outcomeOf(() => {
            if (merges) compiled.merge(into, from)
            else compiled.add(into, row, timeMs)
            return [into, compiled.row(into, ['group', 1, 2])]
          })
        })
        expect(outcomes[1], JSON.stringify([texts, row])).toEqual(outcomes[0])
        // A sum that has left its range is not to be used again.
        failed = outcomes.some((one) => 'error' in one && String(one.error).includes('range'))
      }
    }
  })
})

test('a row of numbers alone is no list of numbers to V8, which would make it anew where others are read', () => {
  const bodies: string[] = []
  const compile: CompileFunction = (body, parameters) => {
    bodies.push(body)
    return GENERATING_CONTEXT.env.compile(body, parameters)
  }
  const context = { ...GENERATING_CONTEXT, env: { compile } }
  const texts = { n: 'COUNT(*)', some: 'COUNT(*) FILTER (WHERE p)' }
  const compiled = compileAggregates(texts, COLUMNS, ['g'], context, { leadCount: 3 })
  const made = [
    compiled.row([2, 7], [1, 2, 3]),
    compiled.inNumbers?.()?.row?.(Float64Array.of(0, 2, 7), 1, [1, 2, 3]),
  ]
  expect(made).toEqual([
    [1, 2, 3, 2, 7],
    [1, 2, 3, 2, 7],
  ])
  const rows = bodies.filter((body) => body.includes('lead[2]'))
  expect(rows.map((body) => /made = .*, null\]/.test(body))).toEqual([true, true])
})

/** As lists and as numbers of several groups one behind another. */
test.each([
  ['closures', TEST_CONTEXT],
  ['code', GENERATING_CONTEXT],
] as const)(`numbers in a row make the same as lists, in %s, seed ${SEED}`, (_title, context) => {
  const dice = new Dice(SEED)
  let compared = 0
  for (let round = 0; round < 700; round++) {
    const texts = randomTexts(dice)
    const compiled = compileAggregates(texts, COLUMNS, ['g'], context)
    const numbers = compiled.inNumbers?.()
    if (numbers === undefined) continue
    compared++
    const width = numbers.initial.length
    const lists = [compiled.create(), compiled.create(), compiled.create()]
    const row = Float64Array.from([7, ...numbers.initial, ...numbers.initial, ...numbers.initial])
    let failed = false
    for (let step = 0; step < 30 && !failed; step++) {
      const { row: record, timeMs } = randomRecord(dice, dice.below(20))
      const [into, from, merges] = [dice.below(3), dice.below(3), dice.chance(0.1)]
      const [intoList, fromList] = [lists[into] ?? [], lists[from] ?? []]
      const outcomes = [
        outcomeOf(() => {
          if (merges && into !== from) compiled.merge(intoList, fromList)
          else compiled.add(intoList, record, timeMs)
        }),
        outcomeOf(() => {
          const [intoAt, fromAt] = [1 + into * width, 1 + from * width]
          if (merges && into !== from) numbers.merge(row, intoAt, row, fromAt)
          else numbers.add(row, intoAt, record, timeMs)
        }),
      ]
      expect(outcomes[1], JSON.stringify([texts, record])).toEqual(outcomes[0])
      failed = outcomes.some((one) => 'error' in one && String(one.error).includes('range'))
      const [at, lead] = [1 + into * width, ['group']]
      const [made, wanted] = [
        () => numbers.row?.(row, at, lead),
        () => compiled.row(intoList, lead),
      ]
      if (!failed && numbers.row !== undefined) expect(outcomeOf(made)).toEqual(outcomeOf(wanted))
      if (!failed) expect([...row], JSON.stringify([texts, record])).toEqual([7, ...lists.flat()])
    }
  }
  expect(compared).toBeGreaterThan(100)
})

test(`records that are taken back leave the same in code and in closures, seed ${SEED}`, () => {
  const dice = new Dice(SEED)
  for (let round = 0; round < 300; round++) {
    const texts = randomTexts(dice)
    const sides = [TEST_CONTEXT, GENERATING_CONTEXT].map((context) => {
      const compiled = compileAggregates(texts, COLUMNS, ['g'], context, { retractable: true })
      return { compiled, accumulator: compiled.create() }
    })
    const there: ReturnType<typeof randomRecord>[] = []
    let failed = false
    for (let step = 0; step < 30 && !failed; step++) {
      const back = there.length > 0 && dice.chance(0.4)
      const record = back ? dice.pick(there) : randomRecord(dice, dice.below(20))
      const outcomes = sides.map(({ compiled, accumulator }) =>
        outcomeOf(() => {
          const { row, timeMs } = record
          if (back) compiled.retract(accumulator, row, timeMs)
          else compiled.add(accumulator, row, timeMs)
          return [accumulator, compiled.count(accumulator), compiled.row(accumulator, ['group'])]
        }),
      )
      expect(outcomes[1], JSON.stringify([texts, record])).toEqual(outcomes[0])
      failed = outcomes.some((one) => 'error' in one && String(one.error).includes('range'))
      if (back) there.splice(there.indexOf(record), 1)
      else if (!failed && !outcomes.some((one) => 'error' in one)) there.push(record)
    }
  }
})
