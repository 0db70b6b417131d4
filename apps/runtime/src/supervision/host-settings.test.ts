/** What Node is told of the memory of an engine host. */

import { expect, test } from 'vitest'
import { nodeFlags, ofArgument } from './host-settings.ts'

const MB = 2 ** 20

function heapMb(memoryBytesMax: number): number | undefined {
  const flags = nodeFlags({ ...ofArgument(undefined), memoryBytesMax })
  return flags.flatMap(
    (flag) => /^--max-old-space-size=(\d+)$/.exec(flag)?.slice(1).map(Number) ?? [],
  )[0]
}

test('a heap leaves a quarter of the memory to code and buffers, and what they need in any case', () => {
  expect([2048, 512, 320, 256].map((mb) => heapMb(mb * MB))).toEqual([1536, 384, 192, 128])
})

test('without a limit a heap is as large as Node makes it, and nothing becomes code', () => {
  const flags = nodeFlags(ofArgument(undefined))
  expect(flags.filter((flag) => flag.includes('old-space'))).toEqual([])
  expect(flags).toContain('--disallow-code-generation-from-strings')
})
