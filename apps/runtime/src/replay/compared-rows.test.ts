/** Bags of rows against a naive count, in memory and over the disk. */

import { MemoryDisk, type SeededRandom, seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { ComparedRows, type Side } from './compared-rows.ts'

interface Added {
  readonly side: Side
  readonly group: string
  readonly key: string
}

function draw(random: SeededRandom, count: number): readonly Added[] {
  return Array.from({ length: count }, () => {
    const group = `g${random.integer(0, 12)}`
    return { side: random.pick(['old', 'new']), group, key: `${group}-${random.integer(0, 4)}` }
  })
}

/** How often each side has a row more often than the other one. */
function naive(added: readonly Added[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { side, key } of added) {
    counts.set(key, (counts.get(key) ?? 0) + (side === 'old' ? 1 : -1))
  }
  return new Map([...counts].filter(([, count]) => count !== 0).sort())
}

async function compared(added: readonly Added[], rowsMax: number) {
  const disk = new MemoryDisk()
  const rows = new ComparedRows({ disk, place: '/spill', rowsMax })
  for (const [number, { side, group, key }] of added.entries()) {
    rows.add(group, key, { side, row: [key], timeMs: number, number })
    if (rows.busy) await rows.settled
  }
  const counts = new Map<string, number>()
  const groups: string[] = []
  for await (const left of rows.left()) {
    groups.push(String(left[0]?.row[0]).split('-')[0] ?? '')
    for (const { side, row } of left) {
      const key = String(row[0])
      counts.set(key, (counts.get(key) ?? 0) + (side === 'old' ? 1 : -1))
    }
  }
  return { counts: new Map([...counts].sort()), groups, files: [...disk.files.keys()] }
}

test('300 random bags leave over what a count says, in memory and beyond it', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed)
    const added = draw(random, random.integer(0, 120))
    const expected = naive(added)
    for (const rowsMax of [1000, random.integer(1, 20)]) {
      const { counts, groups, files } = await compared(added, rowsMax)
      expect(counts, `seed ${seed}, ${rowsMax} rows`).toEqual(expected)
      // Rows of one group come together, so that they can be paired.
      expect(new Set(groups).size, `seed ${seed}`).toBe(groups.length)
      expect(files).toEqual([])
    }
  }
})
