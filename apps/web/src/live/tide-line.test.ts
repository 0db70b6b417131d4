/** Checks the words of the tide line: one thing at a glance, all of it on asking. */

import { expect, test } from 'vitest'
import type { Board } from './board.ts'
import type { NodeLevel } from './live-job.ts'
import { metricsOf } from './testing/wire-values.ts'
import { type Around, tideDetails, tideWords } from './tide-line.tsx'

const from = (node: string) => ({ port: 'in', from: { node, port: 'out' } })
const node = { title: 'All', operator: 'union', category: 'transform', outputs: ['out'] } as const
const clicks = { ...node, id: 'clicks', title: 'Clicks', channels: [] }
const all = { ...node, id: 'all', channels: [from('clicks'), from('gone')] }
const board: Board = { nodes: new Map([clicks, all].map((one) => [one.id, one])) }

const around: Around = { board, metricsOf: () => undefined }

const inputs = [
  { watermark: 10_000, idle: false },
  { watermark: 58_000, idle: false },
]

function level(changes: Parameters<typeof metricsOf>[0], heldFromMs?: number): NodeLevel {
  return {
    metrics: metricsOf(changes),
    surface: { atMs: 100_000, scale: undefined },
    heldBack: heldFromMs === undefined ? undefined : { input: 0, sinceMs: heldFromMs },
  }
}

test('the input that holds back is named once it has done so for a while', () => {
  expect(tideWords(level({ watermark: 10_000, inputs }, 52_000), around, 'all')).toBe(
    'held 48 s by Clicks',
  )
  expect(tideWords(level({ watermark: 10_000, inputs }, 96_000), around, 'all')).toBe(
    'lag 1 min 30 s',
  )
})

test('the source is named from which the watermark of that input comes', () => {
  const hook = { ...node, id: 'hook', title: 'Hook', channels: [] }
  const same = { ...node, id: 'same', title: 'Same', channels: [from('hook')] }
  const below = { ...node, id: 'below', channels: [from('same'), from('clicks')] }
  const nodes = [clicks, hook, same, below].map((one) => [one.id, one] as const)
  const metrics = new Map([
    ['hook', metricsOf({ watermark: 10_000 })],
    ['same', metricsOf({ watermark: 10_000, inputs: inputs.slice(0, 1) })],
  ])
  const behind = { board: { nodes: new Map(nodes) }, metricsOf: (id: string) => metrics.get(id) }
  const held = level({ watermark: 10_000, inputs }, 52_000)
  expect(tideWords(held, behind, 'below')).toBe('held 48 s by Hook')
  expect(tideDetails(held, behind, 'below')).toContain('Held back by Hook for 48 s.')
})

test('a replay of the past is called history, and says how far it is behind its inputs', () => {
  const clock = { atMs: 9 * 365 * 86_400_000, scale: undefined }
  const words = (changes: Parameters<typeof metricsOf>[0]) =>
    tideWords({ ...level(changes), surface: clock }, around, 'all')
  const close = [{ watermark: 10_400, idle: false }]
  expect(words({ watermark: 10_000, inputs: close })).toBe('history')
  expect(words({ watermark: 10_000, inputs: inputs.slice(1) })).toBe('48 s behind')
  const details = tideDetails({ ...level({ watermark: 10_000 }), surface: clock }, around, 'all')
  expect(details).toContain('9 y behind the clock.')
})

test('the details say it all in sentences', () => {
  expect(tideDetails(level({ watermark: 10_000, inputs, held: 92 }, 52_000), around, 'all')).toBe(
    'Watermark: 1970-01-01 00:00:10.000 UTC. 1 min 30 s behind the clock. 48 s behind its inputs. ' +
      'Held back by Clicks for 48 s. 92 records held.',
  )
})

test('a node without event time says so once records pass, and nothing before', () => {
  expect(tideWords(level({}), around, 'all')).toBe('')
  expect(tideWords(level({ in: 4 }), around, 'all')).toBe('no event time yet')
})

test('idle and ended are words of their own, and data from ahead is not behind', () => {
  expect(tideWords(level({ watermark: 5, idle: true }), around, 'all')).toBe('idle')
  expect(tideWords(level({ watermark: 'end' }), around, 'all')).toBe('ended')
  expect(tideWords(level({ watermark: 103_000 }), around, 'all')).toBe('3 s ahead')
})
