/** The log over the channel between engine host and server, with both ends in one process. */

import { TopicFailure, toUtf8 } from '@millrace/engine'
import { MemoryTopics } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { TopicPort } from '../supervision/topic-port.ts'
import { HostTopics } from './host-topics.ts'

function connected() {
  const topics = new MemoryTopics()
  /** Calls wait here while the channel is held. */
  const held: (() => void)[] = []
  const channel = { isHeld: false }
  const told: string[] = []
  const taken: (() => void)[] = []
  /** Answers that the host has not said it has taken in. */
  const answersTaken: (() => void)[] = []
  const answersHeld = { isHeld: false }
  const port: TopicPort = new TopicPort({
    topics,
    answer: (number, packed) => {
      host.answered(number, packed)
      return answersHeld.isHeld
        ? new Promise<void>((resolve) => answersTaken.push(resolve))
        : Promise.resolve()
    },
    appended: (topic) => {
      told.push(topic)
      host.appended(topic)
      return new Promise<void>((resolve) => taken.push(resolve))
    },
  })
  const host: HostTopics = new HostTopics((number, packed) => {
    const send = () => void port.ask(number, packed)
    if (channel.isHeld) held.push(send)
    else send()
  })
  return { topics, host, port, held, channel, told, taken, answersHeld, answersTaken }
}

const record = (value: string) => ({ key: null, value: toUtf8(value), timestampMs: 5 })

test('every call arrives as it was made, and its answer too', async () => {
  const { topics, host } = connected()
  await host.create('t', { partitions: 2, retentionMs: undefined })
  const headers = [{ name: 'trace', value: Uint8Array.of(0, 255) }]
  const appended = await host.append('t', [{ ...record('1'), headers, partition: 1 }], {
    idempotencyKey: 'k',
  })
  expect(appended.partitions).toEqual([{ partition: 1, startOffset: 0, endOffset: 1 }])
  expect(await host.read('t', 1, 0, 1000)).toEqual(await topics.read('t', 1, 0, 1000))
  await host.stage('tx', 't', [record('2')])
  await host.prepare('tx')
  expect(await host.openTransactions('')).toEqual([{ id: 'tx', prepared: true }])
  await host.commit('tx')
  expect(await host.offsetAt('t', 1, 6)).toBe(await topics.offsetAt('t', 1, 6))
  expect(await host.list()).toEqual(await topics.list())
  await host.remove('t')
  expect(await topics.list()).toEqual([])
})

test('a refusal of the log is the same on the other side', async () => {
  const { host } = connected()
  const error = await host.describe('none').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(TopicFailure)
  expect(error).toMatchObject({ code: 'unknown-topic', message: 'There is no topic "none".' })
})

test('too much on its way is refused as busy, and goes on afterwards', async () => {
  const { topics, host, held, channel } = connected()
  await topics.create('t', {})
  channel.isHeld = true
  const value = 'x'.repeat(15 * 1024 * 1024)
  const first = host.append('t', [record(value)])
  await expect(host.append('t', [record(value)])).rejects.toMatchObject({ code: 'busy' })
  channel.isHeld = false
  for (const send of held) send()
  await first
  await host.append('t', [record(value)])
})

test('what is read waits until the host has taken in what was read before', async () => {
  const { topics, host, answersHeld, answersTaken } = connected()
  await topics.create('t', { recordBytesMax: 16 * 2 ** 20 })
  await topics.append('t', [record('x'.repeat(13 * 2 ** 20))])
  answersHeld.isHeld = true
  // In base64 it is more than what may be on its way.
  await host.read('t', 0, 0, 1000)
  let isRead = false
  const second = host.read('t', 0, 0, 1000).then(() => {
    isRead = true
  })
  // All else goes on.
  await host.offsets('t')
  await host.offsets('t')
  expect(isRead).toBe(false)
  for (const take of answersTaken.splice(0)) take()
  await second
})

test('who watches a topic is told once until it has taken that in', async () => {
  const { topics, host, port, told, taken } = connected()
  await topics.create('t', {})
  let calls = 0
  const stop = host.onAppended('t', () => {
    calls++
  })
  await expect.poll(() => calls).toBe(1)
  for (let round = 0; round < 10; round++) await topics.append('t', [record('1')])
  expect([told.length, calls]).toEqual([1, 2])
  taken.shift()?.()
  await expect.poll(() => told.length).toBe(2)
  taken.shift()?.()
  stop()
  await Promise.resolve()
  await topics.append('t', [record('1')])
  expect(told.length).toBe(2)
  port.close()
})
