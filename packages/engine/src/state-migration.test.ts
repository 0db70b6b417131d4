/** What becomes of stored state of older versions, and where settings have changed. */

import { EMPTY_ROW } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { NodeIdentity } from './checkpoint.ts'
import { defineOperator, type OperatorDefinition } from './operator.ts'
import { process } from './process.ts'
import { planState } from './state-migration.ts'
import { type GoldenCheckpoint, goOnFrom } from './testing/golden-checkpoint.ts'

const config = z.strictObject({ step: z.int().default(1), unit: z.string().default('pieces') })

/** Version 1 kept a sum as a number, version 2 as [sum, count], version 3 by its name. */
function summing(upgrades: OperatorDefinition['stateUpgrades']) {
  return defineOperator({
    title: 'Test',
    icon: 'test',
    summary: 'For tests.',
    examples: [],
    id: 'summing',
    category: 'transform',
    config,
    inputs: ['in'],
    outputs: ['out'],
    stateVersion: 3,
    ...(upgrades === undefined ? {} : { stateUpgrades: upgrades }),
    carriedSettings: new Map([
      [
        'step',
        ({ before, now }) =>
          Number(now) > Number(before)
            ? { summary: `Steps are ${now} and not ${before}.` }
            : { refused: `A step of ${now} is shorter than ${before}.` },
      ],
    ]),
    outputSchemas: (_config, { in: input }) => ({ out: input }),
    run: (_config: z.output<typeof config>, inputs, context) =>
      process<'in', 'out'>(inputs, context, { ports: ['out'] }, ({ out }) => {
        const kept = context.state.value('sum', { sum: 0, count: 0 })
        return {
          rows: (_input, { rows, times }, from, to) => {
            for (let index = from; index < to; index++) {
              const [n] = rows[index] ?? EMPTY_ROW
              const { sum, count } = kept.get()
              kept.set({ sum: sum + Number(n), count: count + 1 })
              context.ledger.passed++
              out.out.emit([sum + Number(n)], times?.[index] ?? 0)
            }
          },
        }
      }),
  })
}

const UPGRADES: OperatorDefinition['stateUpgrades'] = new Map([
  [
    1,
    {
      summary: 'Its sum gets a count.',
      apply: ({ state }) => {
        const sum = state.value<unknown>('sum', 0)
        sum.set([sum.get(), 0])
      },
    },
  ],
  [
    2,
    {
      summary: 'Its sum gets a name.',
      apply: ({ state }) => {
        const kept = state.value<unknown>('sum', [0, 0])
        const [sum, count] = kept.get() as readonly [number, number]
        kept.set({ sum, count })
      },
    },
  ],
])

/** As version 1 stored it, in the middle of 1, 2, 3; never changed. */
const GOLDEN: Omit<GoldenCheckpoint, 'rest'> = {
  title: 'The sum of one, two and three',
  config: {},
  inputs: {
    in: {
      schema: { n: 'integer' },
      elements: [
        { at: 1, row: { n: 1 } },
        { at: 2, row: { n: 2 } },
        { at: 3, row: { n: 3 } },
      ],
    },
  },
  fed: 2,
  nowMs: 1_767_225_600_000,
  run: [
    '0c0206046e6f64650c03060576616c76650c0306086368616e6e656c730b010c03060b77617465726d61',
    '726b4d7305000000000000f0ff060469646c65020607616c69676e65640306086f75747075744d730500',
    '0000000000f0ff060469646c65020605656e6465640b0102060a6f7574676f696e674d73050000000000',
    '00f0ff06066c65646765720c0c0602696e040406036f7574040406067061737365640404060866696c74',
    '65726564040006046c6174650400060c646561644c657474657265640400060764726f70706564040006',
    '0468656c64040006086162736f72626564040006076578706972656404000608696e466c696768740400',
    '0605706f7274730c0106036f75740404',
  ].join(''),
  entries: ['0b03060976616c75652073756d0b0009020406'],
}

function identity(stateVersion: number, settings: Record<string, unknown> = {}): NodeIdentity {
  const meaning = Object.entries(settings).map(([name, value]) => {
    return [`setting "${name}"`, JSON.stringify(value)]
  })
  return { operator: 'summing', stateVersion, meaning: Object.fromEntries(meaning) }
}

describe('state of an older version', () => {
  test('goes on where there is a step from each version to the next', () => {
    const { outputs, ledger } = goOnFrom(summing(UPGRADES), GOLDEN, { stateVersion: 1 })
    expect(outputs.out).toEqual([{ at: 3, row: { n: 6 } }])
    expect(ledger).toMatchObject({ in: 3, passed: 3 })
  })

  test.each([
    ['there is no step', 1, undefined],
    ['one of the steps is missing', 1, new Map([...(UPGRADES ?? [])].slice(0, 1))],
    ['it is of a newer version', 4, UPGRADES],
  ])('is refused by name where %s', (_, stateVersion, upgrades) => {
    const plan = planState(identity(stateVersion), identity(3), summing(upgrades))
    expect(plan).toEqual({
      kind: 'lost',
      reason: `Its state was stored in version ${stateVersion} of summing, and this Millrace has version 3.`,
    })
  })

  test('is told of step by step, and then by setting', () => {
    const operator = summing(UPGRADES)
    const plan = planState(identity(1, { step: 1 }), identity(3, { step: 2 }), operator)
    expect(plan).toMatchObject({
      kind: 'migrated',
      summary: 'Its sum gets a count. Its sum gets a name. Steps are 2 and not 1.',
    })
  })
})

describe('a changed setting', () => {
  const operator = summing(UPGRADES)

  test('that the operator can carry over keeps state', () => {
    const plan = planState(identity(3, { step: 1 }), identity(3, { step: 5 }), operator)
    expect(plan).toMatchObject({ kind: 'migrated', summary: 'Steps are 5 and not 1.' })
  })

  test('that it cannot loses state, with its reason', () => {
    const plan = planState(identity(3, { step: 5 }), identity(3, { step: 1 }), operator)
    expect(plan).toEqual({ kind: 'lost', reason: 'A step of 1 is shorter than 5.' })
  })

  test('that it says nothing of loses state, whatever else can be carried over', () => {
    const before = identity(3, { step: 1, unit: 'pieces' })
    const plan = planState(before, identity(3, { step: 5, unit: 'grams' }), operator)
    expect(plan).toEqual({
      kind: 'lost',
      reason: 'What it has kept means something else now, since this changed: setting "unit".',
    })
  })
})
