/** How much a reader of lines asks for: results do not depend on it, but memory does. */

import { expect, test } from 'vitest'
import { memoryInput } from './byte-input.node.ts'
import { LineReader } from './line-reader.node.ts'

/** How large the pieces were that it asked for, and how many lines it has read. */
async function readAll(bytes: Uint8Array, pieceMax = Number.POSITIVE_INFINITY) {
  const asked: number[] = []
  const memory = memoryInput(bytes)
  const read = (into: Uint8Array) => {
    asked.push(into.length)
    return memory.read(into.subarray(0, pieceMax))
  }
  const reader = new LineReader({ read, close: memory.close })
  let lines = 0
  while (await reader.fill()) while (reader.advance()) lines++
  await reader.close()
  return { asked, lines }
}

const KB = 1024

test('a small file takes little room, and a large one is read in large pieces', async () => {
  const line = Buffer.from(`${'x'.repeat(99)}\n`)
  const small = await readAll(Buffer.concat([line, line]))
  expect(small).toEqual({ asked: [64 * KB, 4 * KB], lines: 2 })
  const large = await readAll(Buffer.alloc(10_000 * line.length, line))
  expect(large.lines).toBe(10_000)
  expect(large.asked.slice(0, 4)).toEqual([64 * KB, 128 * KB, 256 * KB, 256 * KB])
})

test('a pipe that gives little at a time is asked for twice as much', async () => {
  const { asked, lines } = await readAll(Buffer.alloc(100_000, 'some line\n'), 3000)
  expect(lines).toBe(10_000)
  expect(new Set(asked.slice(1))).toEqual(new Set([6000, 4 * KB]))
})
