/** What an operator shows by example it also does as a pipeline that is opened from there. */

import { describe, expect, test } from 'vitest'
import { runnableConnectors } from '../packages/connectors/src/node.ts'
import { normalized, runPipeline, type TestElement } from '../packages/engine/src/testing/index.ts'
import { exampleDocument, operators } from '../packages/operators/src/index.ts'
import { parseDocument } from '../packages/pipeline/src/index.ts'

const all = [...operators, ...runnableConnectors]

const drawn = operators.flatMap((operator) =>
  operator.examples.flatMap((example) => {
    const document = exampleDocument(operator, example)
    return document === undefined ? [] : [{ operator, example, document }]
  }),
)

test('every operator between a source and a sink has one that can be opened', () => {
  const between = operators.filter(({ category }) => category !== 'source' && category !== 'sink')
  const opened = new Set(drawn.map(({ operator }) => operator.id))
  expect(between.map(({ id }) => id).filter((id) => !opened.has(id))).toEqual([])
})

/** The column that holds the event time, which the example has beside its rows. */
const TIMES = ['at', 'left_at', 'right_at', 'stream_at', 'table_at']

/** What remains of changes that take each other back, without what the times are called. */
function remaining(elements: readonly TestElement[], columns: ReadonlySet<string>): string[] {
  const counts = new Map<string, number>()
  for (const element of elements) {
    if (!('row' in element)) continue
    const kept = Object.entries(element.row).filter(
      ([name, value]) => value !== null && (columns.has(name) || !TIMES.includes(name)),
    )
    const text = JSON.stringify(kept.sort())
    const sign = element.change?.startsWith('-') === true ? -1 : 1
    counts.set(text, (counts.get(text) ?? 0) + sign)
  }
  return [...counts].flatMap(([text, count]) => (count === 0 ? [] : [`${count} x ${text}`])).sort()
}

describe.each(drawn.map((one) => [one.operator.id, one.example.title, one] as const))(
  '%s: %s',
  (_id, _title, { operator, example, document }) => {
    test('can be read, and gives at least what is shown', async () => {
      expect(parseDocument(JSON.stringify(document)).problems).toEqual([])
      const ports = Object.keys(example.outputs ?? {}).filter((port) => port !== 'errors')
      const tap = ports.map((port) => `${operator.id}.${port}`)
      const run = await runPipeline(document, { operators: all, tap })
      expect(run.failure).toBeUndefined()
      for (const port of ports) {
        const shown = (example.outputs?.[port] ?? []).map(normalized)
        const columns = new Set(shown.flatMap((one) => ('row' in one ? Object.keys(one.row) : [])))
        const given = run.taps.get(`${operator.id}.${port}`) ?? []
        expect(remaining(given, columns)).toEqual(remaining(shown, columns))
      }
    })
  },
)
