/** What goes over the wire arrives as it was sent. */

import { expect, test } from 'vitest'
import { apiError, routes, socketEvents, socketRequests } from './index.ts'

const ODD = '{"__proto__":1,"constructor":2,"toString":null,"hasOwnProperty":"x","":0}'

test('every name of a column survives, also those that objects have by themselves', () => {
  const row: unknown = JSON.parse(ODD)
  const record = { number: 1, eventTime: 'start', seenAtMs: 0, change: null, row }
  const filled = socketEvents.tapFilled.parse({
    ...{ tapId: 'tap', records: [record] },
    ...{ seen: 1, unsent: 0 },
  })
  expect(JSON.stringify(filled.records[0]?.row)).toBe(ODD)
  const view = routes.getView.reply.parse({ columns: [], rows: [row], total: 1 })
  expect(JSON.stringify(view.rows[0])).toBe(ODD)
})

test('every field of a document reaches its own checks', () => {
  const { document } = routes.createPipeline.body.parse({ document: JSON.parse(ODD) })
  expect(JSON.stringify(document)).toBe(ODD)
})

test.each([[undefined], [null], ['{}'], [[]]])('%j is no document', (document) => {
  expect(routes.createPipeline.body.safeParse({ document }).success).toBe(false)
})

test('routes and socket events are told apart by their names and places', () => {
  const places = Object.values(routes).map(({ method, path }) => `${method} ${path}`)
  expect(new Set(places).size).toBe(places.length)
  const requests = Object.keys(socketRequests)
  expect(requests.filter((name) => Object.hasOwn(socketEvents, name))).toEqual([])
  expect(apiError.safeParse({ code: 'x', message: 'y' }).success).toBe(true)
})
