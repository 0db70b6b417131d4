/**
 * Every version of every operator's state that was ever stored: it is read and goes on as it did,
 * or its operator says that it is of another version. Files are written once, by running this with
 * MILLRACE_WRITE_CHECKPOINTS=1, and never changed.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { OperatorDefinition } from '@millrace/engine'
import {
  type CheckpointCase,
  type GoldenCheckpoint,
  goOnFrom,
  makeGolden,
} from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { operators } from './index.ts'
import { CHECKPOINT_CASES } from './testing/checkpoint-cases.ts'

const folder = new URL('./checkpoints/', import.meta.url)

const OTHER_STATE =
  'the state is another one. Raise "stateVersion" of the operator and write the file of that version; where no ' +
  'release has the version yet, delete its file and write it anew.'

function fileOf({ id, stateVersion = 1 }: OperatorDefinition): string {
  return `${id}-${stateVersion}.json`
}

function casesOf({ id, examples }: OperatorDefinition): readonly CheckpointCase[] {
  const shown = examples.map(({ title, config, inputs = {} }) => ({ title, config, inputs }))
  return [...shown, ...(CHECKPOINT_CASES.get(id) ?? [])]
}

function goldenOf(operator: OperatorDefinition): readonly GoldenCheckpoint[] {
  return casesOf(operator).flatMap((one) => makeGolden(operator, one) ?? [])
}

const withInputs = operators.filter((operator) => operator.read === undefined)
const keeping = withInputs.filter((operator) => goldenOf(operator).length > 0)

if (process.env.MILLRACE_WRITE_CHECKPOINTS === '1') {
  for (const operator of keeping) {
    const file = new URL(fileOf(operator), folder)
    if (!existsSync(file)) writeFileSync(file, `${JSON.stringify(goldenOf(operator), null, 1)}\n`)
  }
}

const OLDER = readdirSync(folder).flatMap((file) => {
  const [, id, digits] = /^(.+)-(\d+)\.json$/.exec(file) ?? []
  const operator = operators.find((one) => one.id === id)
  const version = Number(digits)
  return operator === undefined || version === (operator.stateVersion ?? 1)
    ? []
    : [{ file, operator, version }]
})

test('state of every older version is carried over, and comes to what it came to then', () => {
  for (const { file, operator, version } of OLDER) {
    const text = readFileSync(new URL(file, folder), 'utf8')
    for (const golden of JSON.parse(text) as readonly GoldenCheckpoint[]) {
      const rest = goOnFrom(operator, golden, { stateVersion: version })
      expect(JSON.parse(JSON.stringify(rest)), `${file}: ${golden.title}`).toEqual(golden.rest)
    }
  }
})

test('every operator that keeps something has a checkpoint of its version', () => {
  const files = readdirSync(folder)
  expect(keeping.length).toBeGreaterThan(20)
  for (const operator of keeping) expect(files).toContain(fileOf(operator))
})

describe.each(keeping.map((operator) => [operator.id, operator] as const))('%s', (_, operator) => {
  const text = readFileSync(new URL(fileOf(operator), folder), 'utf8')
  const stored = JSON.parse(text) as readonly GoldenCheckpoint[]

  test.each(stored.map((golden) => [golden.title, golden] as const))(
    'goes on from the checkpoint of "%s"',
    (_title, golden) => {
      expect(golden.entries.length).toBeGreaterThan(0)
      const rest = JSON.parse(JSON.stringify(goOnFrom(operator, golden)))
      expect(rest).toEqual(golden.rest)
    },
  )

  test('stores what it stored then', () => {
    for (const golden of stored) {
      const now = makeGolden(operator, golden)
      expect(now?.entries.toSorted(), `${golden.title}: ${OTHER_STATE}`).toEqual(
        golden.entries.toSorted(),
      )
    }
  })
})
