/** What a port collects, and for whom. */

import { expect, test } from 'vitest'
import type { Element } from './element.ts'
import { Ledger } from './ledger.ts'
import { OutputPort } from './output-port.ts'

function createPort(connected: boolean) {
  const ledger = new Ledger()
  const handedOn: number[] = []
  const settings = { name: 'late', eventTime: true, table: false, connected, tracksOrigins: false }
  return {
    port: new OutputPort(settings, ledger, (count) => handedOn.push(count)),
    ledger,
    handedOn,
  }
}

test('a port that nobody reads counts its rows, and hands on no batch for its watermarks', () => {
  const { port, ledger, handedOn } = createPort(false)
  port.emit([1], 1)
  port.mark(1)
  port.flush()
  port.mark(2)
  port.flush()
  expect(handedOn).toEqual([])
  expect([ledger.out, ledger.outByPort.get('late')]).toEqual([1, 1])
})

test('who reads a port later gets what is emitted from then on', () => {
  const { port, ledger } = createPort(false)
  const elements: Element[] = []
  port.emit([1], 1)
  port.mark(1)
  const subscription = port.stream.subscribe((element) => elements.push(element))
  port.emit([2], 2)
  port.mark(2)
  port.flush()
  subscription.unsubscribe()
  port.emit([3], 3)
  port.flush()
  expect(elements).toEqual([
    {
      kind: 'batch',
      rows: [[2]],
      times: [2],
      changes: undefined,
      marks: [{ at: 1, watermarkMs: 2, origin: 0 }],
      origins: undefined,
    },
  ])
  expect(ledger.out).toBe(3)
})

test('a connected port hands on its watermarks, also without rows', () => {
  const { port, handedOn } = createPort(true)
  port.mark(1)
  port.flush()
  expect(handedOn).toEqual([0])
})

test('large rows are handed on long before there are many, and weigh as several', () => {
  const { port, handedOn } = createPort(true)
  const batches: number[] = []
  port.stream.subscribe((element) => {
    if (element.kind === 'batch') batches.push(element.rows.length)
  })
  for (let n = 0; n < 64; n++) port.emit([`${n}`.padEnd(100_000)], n)
  expect(batches).toEqual([16, 16, 16, 16])
  expect(Math.min(...handedOn)).toBeGreaterThan(4096)
  for (let n = 0; n < 300; n++) port.emit([n], n)
  port.flush()
  expect(batches.slice(4)).toEqual([256, 44])
  expect(handedOn.slice(4)).toEqual([256, 44])
})
