/** What may become of one file: cut at every byte, each bit turned over, its tail overwritten. */

import type { SeededRandom } from '../../packages/engine/src/testing/index.ts'

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

/** So many bytes at the end of a file are tried one by one. */
const END_BYTES = 20

export function* damagesOf(
  bytes: Uint8Array,
  every: number,
  random: SeededRandom,
): IterableIterator<{ readonly how: string; readonly bytes: Uint8Array }> {
  const tail = (at: number, fill: (index: number) => number) =>
    bytes.map((byte, index) => (index < at ? byte : fill(index)))
  const isDrawn = () => every === 1 || random.integer(1, every) === 1
  for (let at = 0; at < bytes.length; at++) {
    const isEnd = at >= bytes.length - END_BYTES
    if (isEnd || isDrawn()) yield { how: `cut at byte ${at}`, bytes: bytes.slice(0, at) }
    if (isDrawn()) yield { how: `zeros from byte ${at}`, bytes: tail(at, () => 0) }
    if (isDrawn()) {
      yield { how: `garbage from byte ${at}`, bytes: tail(at, (index) => (index * 89 + 7) & 255) }
    }
  }
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    if (!isDrawn()) continue
    const flipped = bytes.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield { how: `bit ${bit & 7} of byte ${bit >> 3} turned over`, bytes: flipped }
  }
  for (const [how, more] of [
    ['zeros', new Uint8Array(600)],
    ['garbage', Uint8Array.from({ length: 600 }, (_, index) => (index * 89 + 7) & 255)],
    ['itself', bytes],
  ] as const) {
    const longer = new Uint8Array(bytes.length + more.length)
    longer.set(bytes)
    longer.set(more, bytes.length)
    yield { how: `followed by ${how}`, bytes: longer }
  }
}
