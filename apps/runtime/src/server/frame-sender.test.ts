/** Frames rebuild the values as they are, whatever is lost on the way. */

import { seededRandom, VirtualEnv } from '@millrace/engine/testing'
import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { FrameSender, type Measured } from './frame-sender.ts'

const STATUS: wire.JobStatus = {
  jobId: 'job',
  pipelineId: 'pipeline',
  version: 1,
  state: 'running',
  startedAtMs: 0,
  endedAtMs: null,
  restarts: 0,
  pace: null,
  failure: null,
  deadLetters: 0,
  checkpoints: null,
}

const COUNTERS = [
  'in',
  'out',
  'inPerSecond',
  'outPerSecond',
  'busy',
  'passed',
  'filtered',
  'late',
  'deadLettered',
  'dropped',
  'held',
  'absorbed',
  'expired',
  'inFlight',
] as const

/** Values of which most stay as they are from one time to the next. */
function createValues(seed: number) {
  const random = seededRandom(seed)
  const counts = new Map<string, number>()
  const count = (name: string) => {
    if (random.next() < 0.3) counts.set(name, (counts.get(name) ?? 0) + 1)
    return counts.get(name) ?? 0
  }
  const node = (id: string): wire.NodeMetrics => ({
    ...(Object.fromEntries(COUNTERS.map((name) => [name, count(`${id}.${name}`)])) as Record<
      (typeof COUNTERS)[number],
      number
    >),
    watermark: random.next() < 0.1 ? 'end' : count(`${id}.watermark`),
    idle: count(`${id}.idle`) % 2 === 1,
    inputs: Array.from({ length: 1 + (count(`${id}.inputs`) % 3) }, (_, input) => ({
      watermark: count(`${id}.input.${input}`),
      idle: false,
    })),
    ports: {
      out: { rows: count(`${id}.rows`), perSecond: 0 },
      ...(count(`${id}.late`) % 3 === 2 ? { late: { rows: 1, perSecond: 0 } } : {}),
    },
  })
  return (atMs: number): Measured => ({
    atMs,
    status: { ...STATUS, deadLetters: count('deadLetters') },
    nodes: Object.fromEntries(['a', 'constructor', 'c'].map((id) => [id, node(id)])),
  })
}

type View = Pick<Measured, 'status' | 'nodes'>

/** What the page does: the base that a frame names, with what the frame changes. */
class Client {
  readonly views = new Map<number, View>()

  take({ sequence, base, status, nodes }: wire.Frame): View {
    const from = this.views.get(base)
    if (base !== 0 && from === undefined) throw new Error(`Frame ${base} was never taken in.`)
    const before = from?.nodes ?? {}
    const changed = Object.entries(nodes).map(([id, metrics]) => {
      const known = Object.hasOwn(before, id) ? before[id] : {}
      return [id, { ...known, ...metrics }]
    })
    const known = status ?? from?.status
    if (known === undefined) throw new Error('A full frame has a status.')
    const view = { status: known, nodes: { ...before, ...Object.fromEntries(changed) } }
    this.views.set(sequence, view)
    return view
  }
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'whatever is lost, late or stalled, a frame gives the values as they are (seed %i)',
  (seed) => {
    const env = new VirtualEnv()
    const random = seededRandom(seed)
    const sender = new FrameSender('job', env.clock)
    const next = createValues(seed + 100)
    const client = new Client()
    const waiting: number[] = []
    let compared = 0
    for (let step = 0; step < 500; step++) {
      env.advance(200)
      const measured = next(env.clock.nowMs())
      const frame = sender.next(measured)
      const sent = frame === undefined ? undefined : structuredClone(frame)
      if (sent !== undefined && random.next() > 0.2) {
        expect(client.take(sent)).toEqual({ status: measured.status, nodes: measured.nodes })
        waiting.push(sent.sequence)
        compared++
      }
      while (waiting.length > 0 && random.next() < 0.6) {
        sender.acknowledge(waiting.splice(Math.floor(random.next() * waiting.length), 1)[0] ?? 0)
      }
      if (random.next() < 0.01) sender.resync()
    }
    expect(compared).toBeGreaterThan(100)
  },
)

test('an acknowledged frame is the base of the next, which holds only what differs', () => {
  const env = new VirtualEnv()
  const sender = new FrameSender('job', env.clock)
  const first = createValues(1)(0)
  const { a } = first.nodes
  if (a === undefined) throw new Error('There is a node "a".')
  expect(sender.next(first)).toMatchObject({ sequence: 1, base: 0 })
  sender.acknowledge(1)
  env.advance(200)
  const nodes = { ...first.nodes, a: { ...a, in: a.in + 5 } }
  expect(sender.next({ ...first, atMs: 200, nodes })).toEqual({
    jobId: 'job',
    sequence: 2,
    base: 1,
    atMs: 200,
    nodes: { a: { in: a.in + 5 } },
  })
})

test('of two clients each is told what differs from what it has', () => {
  const env = new VirtualEnv()
  const [ahead, behind, alike] = [1, 2, 3].map(() => new FrameSender('job', env.clock))
  const values = createValues(1)
  const [first, second, third] = [values(0), values(200), values(400)]
  for (const client of [ahead, behind, alike]) client?.next(first)
  for (const client of [ahead, alike, behind]) client?.acknowledge(1)
  env.advance(200)
  for (const client of [ahead, alike, behind]) client?.next(second)
  for (const client of [ahead, alike]) client?.acknowledge(2)
  env.advance(200)
  const told = ahead?.next(third)
  expect(told?.base).toBe(2)
  const later = behind?.next(third)
  expect(later?.base).toBe(1)
  expect(later?.nodes).not.toEqual(told?.nodes)
  // Compared once, however many look.
  expect(alike?.next(third)?.nodes).toBe(told?.nodes)
})

test('after a stall, one frame is tried every other second', () => {
  const env = new VirtualEnv()
  const sender = new FrameSender('job', env.clock)
  const values = createValues(1)
  const sentAt: number[] = []
  for (let ms = 0; ms <= 6000; ms += 200) {
    if (sender.next(values(ms)) !== undefined) sentAt.push(ms)
    env.advance(200)
  }
  expect(sentAt).toEqual([0, 200, 400, 2400, 4400])
})
