/** When a job says that it waits for what a sink writes to. */

import { expect, test } from 'vitest'
import { StallNote } from './stall-note.ts'

function noting() {
  const noted: string[] = []
  const note = new StallNote({
    titleOf: (nodeId) => nodeId.toUpperCase(),
    onNoted: ({ kind, nodeId, message }) => noted.push(`${kind} ${nodeId}: ${message}`),
  })
  return { note, noted }
}

test('a long wait is said once, and its end once', () => {
  const { note, noted } = noting()
  for (const durationMs of [100, 4_900, 5_200, 9_000, 60_000])
    note.look({ nodeId: 'a', durationMs })
  note.look(undefined)
  note.look(undefined)
  expect(noted).toEqual([
    'held a: What "A" writes to has taken nothing for 5 s, and no more may be on its way. So sources ' +
      'wait, and nothing is lost. Look after what it writes to.',
    'released a: What "A" writes to takes records again, and sources are read on.',
  ])
})

test('back-pressure while something is taken is nothing to say', () => {
  const { note, noted } = noting()
  for (let look = 0; look < 100; look++) note.look({ nodeId: 'a', durationMs: 900 })
  note.look(undefined)
  expect(noted).toEqual([])
})
