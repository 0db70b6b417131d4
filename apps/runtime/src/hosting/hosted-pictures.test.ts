/** Which windows are recorded with nobody looking, and for how long. */

import type { Job, OperatorDefinition } from '@millrace/engine'
import { VirtualEnv } from '@millrace/engine/testing'
import type { CheckedNode } from '@millrace/pipeline'
import { NEVER } from 'rxjs'
import { expect, test } from 'vitest'
import { HostedPictures } from './hosted-pictures.ts'

type Node = CheckedNode<OperatorDefinition>

/** A job of so many windows, that notes which of them are recorded. */
function open(count: number) {
  const env = new VirtualEnv()
  const recorded = new Set<string>()
  const job = {
    windowsOf: () => [],
    tap: () => NEVER,
    watermarkOf: () => 0,
    stateBytesOf: () => 0,
    sources: () => new Map(),
    watchWatermarks: (nodeId: string, onWatermark?: () => void) => {
      if (onWatermark === undefined) recorded.delete(nodeId)
      else recorded.add(nodeId)
    },
  } as unknown as Job
  const ids = Array.from({ length: count }, (_, index) => `w${index + 1}`)
  const operator = { inspectWindows: () => [] } as unknown as OperatorDefinition
  const nodes = new Map(ids.map((id) => [id, { id, operator, config: {} } as unknown as Node]))
  const beside = { id: 'f', operator: {}, config: {} } as unknown as Node
  const checked = { edges: [], nodes: new Map([['f', beside], ...nodes]) }
  const pictures = new HostedPictures({ jobId: 'job', env, job, checked })
  const node = (id: string) => nodes.get(id) ?? beside
  return { env, pictures, node, recorded: () => [...recorded].sort() }
}

const drawn = (pictures: HostedPictures, endedAtMs: number | null = null) =>
  pictures.draw(endedAtMs).map(({ nodeId, atMs }) => [nodeId, atMs])

test('the first windows of a slow job are recorded, and drawn once somebody looks', () => {
  const { pictures, node, recorded, env } = open(12)
  expect(recorded()).toEqual([])
  pictures.setSlow(true)
  expect(recorded()).toHaveLength(10)
  expect(recorded()).not.toContain('w11')
  expect(drawn(pictures)).toEqual([])
  pictures.open(node('w2'))
  expect(drawn(pictures)).toEqual([['w2', env.clock.nowMs()]])
  pictures.close('w2')
  expect(drawn(pictures)).toEqual([])
})

test('of a job that is fast only what somebody has looked at goes on', () => {
  const { pictures, node, recorded } = open(4)
  pictures.setSlow(true)
  pictures.open(node('w1'))
  pictures.open(node('w2'))
  pictures.close('w2')
  pictures.setSlow(false)
  expect(recorded()).toEqual(['w1', 'w2'])
  pictures.setSlow(true)
  expect(recorded()).toEqual(['w1', 'w2', 'w3', 'w4'])
  pictures.closeAll()
  expect(recorded()).toEqual([])
})

test('windows beyond the first, and all of a fast job, are forgotten long after the last look', () => {
  const { pictures, node, recorded, env } = open(11)
  pictures.setSlow(true)
  for (const id of ['w1', 'w11']) {
    pictures.open(node(id))
    pictures.close(id)
  }
  env.advance(16 * 60_000)
  pictures.draw(null)
  expect(recorded()).toContain('w1')
  expect(recorded()).not.toContain('w11')
  pictures.setSlow(false)
  pictures.draw(null)
  expect(recorded()).toEqual([])
})

test('after the end of the job pictures are as they were then', () => {
  const { pictures, node, env } = open(1)
  pictures.setSlow(true)
  env.advance(3_600_000)
  pictures.open(node('w1'))
  expect(drawn(pictures, 7)).toEqual([['w1', 7]])
})
