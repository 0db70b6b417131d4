/** Files of records as streams are: out of order, twice, with gaps, with lines that are none. */

import type { SeededRandom } from '../../packages/engine/src/testing/index.ts'

export const SCHEMA = {
  at: 'timestamp',
  id: 'integer',
  k: 'string',
  n: 'integer',
  v: 'double',
  tags: 'list<string>',
} as const

const START_MS = Date.UTC(2026, 0, 1)
const POISON = [
  '{"at": "yesterday"}',
  'no record at all',
  '{"id": 1.5, "at": 5}',
  '[1, 2]',
  '{"k":',
]

/** Lines of JSON. Ids count from `firstId`. */
export function randomLines(random: SeededRandom, firstId: number): string {
  const count = random.integer(1, random.chance(0.1) ? 150 : 40)
  const stepMs = random.pick([1, 50, 400, 3000])
  const disorderMs = random.pick([0, 0, stepMs * 3, stepMs * 12])
  const poison = random.pick([0, 0, 0, 0.1])
  const keys = random.integer(1, 5)
  const lines: string[] = []
  let timeMs = START_MS + random.integer(0, 5000)
  for (let index = 0; index < count; index++) {
    timeMs += random.chance(0.03) ? stepMs * 60 : random.integer(0, 2 * stepMs)
    const at = timeMs - random.integer(0, disorderMs)
    const tags = Array.from({ length: random.integer(0, 2) }, () => random.pick(['x', 'y']))
    lines.push(
      JSON.stringify({
        at: new Date(at).toISOString(),
        id: firstId + index,
        k: random.chance(0.05) ? null : `kä${random.integer(1, keys)}`,
        n: random.integer(0, 9),
        v: random.chance(0.1) ? null : random.integer(-8, 8) / 2,
        tags,
      }),
    )
    if (random.chance(0.03)) lines.push(lines.at(-1) ?? '')
    if (random.chance(poison)) lines.push(random.pick(POISON))
    if (random.chance(0.02)) lines.push('')
  }
  return `${lines.join('\n')}${random.chance(0.8) ? '\n' : ''}`
}
