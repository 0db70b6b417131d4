/** What reaches a client that keeps up, and what waits for one that does not. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { Outbox } from './outbox.ts'

/** A client that has to take in each event before it is sent the next. */
function createClient() {
  const taps: wire.SocketEvents['tapFilled'][] = []
  const pictures: wire.Picture[] = []
  const client = { writable: true }
  const keep = (name: string, event: unknown) => {
    client.writable = false
    if (name === 'tapFilled') taps.push(event as wire.SocketEvents['tapFilled'])
    else pictures.push(event as wire.Picture)
  }
  const outbox = new Outbox({
    id: 'client',
    get writable() {
      return client.writable
    },
    send: keep,
    sendVolatile: keep,
  })
  const takeIn = () => {
    client.writable = true
    outbox.flush()
  }
  return { outbox, taps, pictures, takeIn, client }
}

/** A tap that the client knows of. */
function openTap(outbox: Outbox, tapId: string): void {
  outbox.openTap(tapId)
  outbox.releaseTap(tapId)
}

function records(from: number, to: number, text = ''): wire.TappedRecord[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const number = from + index
    return { number, eventTime: null, seenAtMs: 0, change: null, row: { text } }
  })
}

const numbersOf = (taps: readonly wire.SocketEvents['tapFilled'][]) =>
  taps.flatMap((tap) => tap.records.map(({ number }) => number))

test('records that come while the client takes something in reach it afterwards, all of them', () => {
  const { outbox, taps, takeIn, client } = createClient()
  openTap(outbox, 'a')
  client.writable = false
  outbox.fillTap({ tapId: 'a', records: records(1, 3), seen: 3 })
  outbox.fillTap({ tapId: 'a', records: records(4, 5), seen: 6 })
  expect(taps).toEqual([])
  takeIn()
  expect(taps).toEqual([{ tapId: 'a', records: records(1, 5), seen: 6, unsent: 1 }])
  takeIn()
  expect(taps).toHaveLength(1)
})

test('a paused tap is told its counts, without records', () => {
  const { outbox, taps } = createClient()
  openTap(outbox, 'a')
  outbox.fillTap({ tapId: 'a', records: [], seen: 9 })
  expect(taps).toEqual([{ tapId: 'a', records: [], seen: 9, unsent: 9 }])
})

test('a client that stalls keeps the newest records, and is told how many went', () => {
  const { outbox, taps, takeIn, client } = createClient()
  openTap(outbox, 'a')
  client.writable = false
  const text = 'x'.repeat(1000)
  for (let from = 1; from <= 100_000; from += 100) {
    outbox.fillTap({ tapId: 'a', records: records(from, from + 99, text), seen: from + 99 })
  }
  expect(taps).toEqual([])
  for (let round = 0; round < 5; round++) takeIn()
  const numbers = numbersOf(taps)
  const count = numbers.length
  expect(count).toBeGreaterThan(200)
  expect(count).toBeLessThan(260)
  expect(numbers).toEqual(Array.from({ length: count }, (_, index) => 100_001 - count + index))
  expect(taps.at(-1)).toMatchObject({ seen: 100_000, unsent: 100_000 - count })
  for (const tap of taps) expect(JSON.stringify(tap).length).toBeLessThan(140 * 1024)
})

test('taps take turns, so that a fat one does not hold the others up', () => {
  const { outbox, taps, takeIn, client } = createClient()
  openTap(outbox, 'fat')
  openTap(outbox, 'thin')
  client.writable = false
  outbox.fillTap({ tapId: 'fat', records: records(1, 20, 'x'.repeat(10_000)), seen: 20 })
  outbox.fillTap({ tapId: 'thin', records: records(1, 1), seen: 1 })
  for (let round = 0; round < 5; round++) takeIn()
  expect(taps.map(({ tapId }) => tapId)).toEqual(['fat', 'thin', 'fat'])
  expect(numbersOf(taps).length).toBe(21)
})

test('a tap that is opened again or closed sends nothing of before', () => {
  const { outbox, taps, takeIn, client } = createClient()
  openTap(outbox, 'a')
  openTap(outbox, 'b')
  client.writable = false
  outbox.fillTap({ tapId: 'a', records: records(1, 3), seen: 3 })
  outbox.fillTap({ tapId: 'b', records: records(1, 3), seen: 3 })
  openTap(outbox, 'a')
  outbox.closeTap('b')
  outbox.fillTap({ tapId: 'a', records: records(1, 1), seen: 1 })
  takeIn()
  expect(taps).toEqual([{ tapId: 'a', records: records(1, 1), seen: 1, unsent: 0 }])
})

test('of the pictures that a client has missed, it is sent the latest', () => {
  const { outbox, pictures, takeIn, client } = createClient()
  const picture = (nodeId: string, atMs: number): wire.Picture => ({
    ...{ jobId: 'job', nodeId, atMs, watermark: 'start' as const },
    ...{ windows: [], dots: [], steps: [], sampledOneIn: 1, sources: [], firesByClock: false },
  })
  client.writable = false
  outbox.showPicture(picture('a', 1))
  outbox.showPicture(picture('b', 2))
  outbox.showPicture(picture('a', 3))
  outbox.closePicture('job', 'b')
  takeIn()
  takeIn()
  expect(pictures).toEqual([picture('a', 3)])
})

test('records that come before the client knows of their tap wait until it does', () => {
  const { outbox, taps } = createClient()
  outbox.openTap('a')
  outbox.fillTap({ tapId: 'a', records: records(1, 3), seen: 3 })
  // Its job began anew meanwhile, which tells the client no more.
  outbox.openTap('a')
  outbox.fillTap({ tapId: 'a', records: records(1, 2), seen: 2 })
  expect(taps).toEqual([])
  outbox.releaseTap('a')
  expect(taps).toEqual([{ tapId: 'a', records: records(1, 2), seen: 2, unsent: 0 }])
})
