/** The watermark of several inputs, against Flink's own cases and by hand. */

import { expect, test } from 'vitest'
import { conformanceTests } from './testing/conformance.node.ts'
import { type ValveOutput, WatermarkValve } from './valve.ts'

type Sent = { watermark: number } | { status: 'idle' | 'active' }

interface Step {
  readonly channel?: number
  readonly watermark?: number
  readonly status?: 'idle' | 'active'
  readonly pop?: Sent | null
}

interface FlinkCase {
  readonly id: string
  readonly channels: number
  readonly steps: readonly Step[]
}

function start(channelCount: number) {
  const valve = new WatermarkValve(channelCount)
  const sent: Sent[] = []
  const output: ValveOutput = {
    watermark: (watermark) => sent.push({ watermark }),
    status: (idle) => sent.push({ status: idle ? 'idle' : 'active' }),
  }
  const step = ({ channel = 0, watermark, status }: Step) => {
    if (watermark !== undefined) {
      const raised = valve.advance(channel, watermark)
      if (raised !== undefined) output.watermark(raised)
    } else if (status === 'idle') valve.setIdle(channel, output)
    else if (status === 'active') valve.setActive(channel, output)
  }
  return { valve, sent, step }
}

conformanceTests<FlinkCase>({
  file: 'flink-watermark-valve',
  cases: 16,
  skipped: 0,
  trial: ({ channels, steps }) => ({
    run: () => {
      const { sent, step } = start(channels)
      for (const [index, next] of steps.entries()) {
        if (next.pop === undefined) step(next)
        else expect(sent.shift() ?? null, `step ${index}`).toEqual(next.pop)
      }
      expect(sent).toEqual([])
    },
  }),
})

test('the slowest input decides', () => {
  const { sent, step } = start(2)
  step({ channel: 0, watermark: 10 })
  step({ channel: 1, watermark: 3 })
  step({ channel: 1, watermark: 20 })
  expect(sent).toEqual([{ watermark: 3 }, { watermark: 10 }])
})

test('when the last input goes idle, what the fastest one reached leaves first', () => {
  const { sent, step } = start(2)
  step({ channel: 0, watermark: 10 })
  step({ channel: 1, watermark: 3 })
  step({ channel: 0, status: 'idle' })
  step({ channel: 1, status: 'idle' })
  expect(sent).toEqual([{ watermark: 3 }, { watermark: 10 }, { status: 'idle' }])
})

test('an input that comes back counts again only once it has caught up', () => {
  const { sent, step } = start(2)
  step({ channel: 0, watermark: 10 })
  step({ channel: 1, status: 'idle' })
  step({ channel: 1, status: 'active' })
  step({ channel: 1, watermark: 5 })
  step({ channel: 0, watermark: 20 })
  step({ channel: 1, watermark: 30 })
  step({ channel: 0, watermark: 40 })
  expect(sent).toEqual([{ watermark: 10 }, { watermark: 20 }, { watermark: 30 }])
})

test('an input that does not exist is our bug', () => {
  expect(() => start(1).valve.advance(1, 0)).toThrow('There is no input 1.')
})
