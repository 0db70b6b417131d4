/** Reading on from any position brings what reading on without a break brings. */

import { gzipSync } from 'node:zlib'
import type { Saved } from '@millrace/engine'
import { type SeededRandom, seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { readFileFrom } from '../testing/read-file.node.ts'

const schema = { at: 'timestamp', n: 'integer', name: 'string' }

function jsonLine(random: SeededRandom): string {
  const n = random.integer(0, 99)
  const name = random.pick(['tea', 'thé', '日本', '😀'])
  return random.pick([
    JSON.stringify({ at: n, n, name }),
    JSON.stringify({ at: n, n, name }),
    '',
    '{"at":1,',
    `{"at":${n},"n":"x"}`,
  ])
}

function csvLine(random: SeededRandom): string {
  const n = random.integer(0, 99)
  return random.pick([
    `${n},${n},tea`,
    `${n},${n},"two\nlines"`,
    `${n},${n},"three\nlines, ""quoted""\nthé"`,
    '',
    `${n},x,tea`,
    `${n},${n},"open`,
    `${n},"${n}`,
  ])
}

const FORMATS = {
  jsonl: { line: jsonLine, head: '', config: { format: 'jsonl' } },
  'csv with a header': { line: csvLine, head: 'at,n,name\n', config: { format: 'csv' } },
  'csv without one': {
    line: csvLine,
    head: '',
    config: { format: 'csv', csv: { header: false } },
  },
}

test.each(Object.entries(FORMATS))(
  '%s: from any place, in chunks of any size',
  async (_, format) => {
    for (let seed = 0; seed < 120; seed++) {
      const random = seededRandom(seed)
      const lines = Array.from({ length: random.integer(0, 40) }, () => format.line(random))
      const mark = random.chance(0.2) ? '\ufeff' : ''
      const text = `${mark}${format.head}${lines.join('\n')}${random.pick(['', '\n'])}`
      const packed = random.chance(0.3)
      const config = {
        ...format.config,
        schema,
        eventTime: 'at',
        ...(packed ? { compression: 'gzip' } : {}),
      }
      // A byte that is no UTF-8 makes a block be read line by line.
      const plain = Buffer.from(text)
      if (random.chance(0.3) && plain.length > 60)
        plain[random.integer(50, plain.length - 1)] = 0xff
      const content = packed ? gzipSync(plain) : plain
      const readFrom = (position: Saved) =>
        readFileFrom(position, content, config, random.integer(8, 64), random.integer(1, 9))
      const { read: whole, stops } = await readFrom(undefined)
      for (const stop of stops) {
        const { read } = await readFrom(stop.next)
        expect(read, `seed ${seed}, from ${JSON.stringify(stop)}`).toEqual({
          rows: whole.rows.slice(stop.rows),
          times: whole.times.slice(stop.rows),
          rejects: whole.rejects
            .slice(stop.rejects)
            .map((reject) => ({ ...reject, at: reject.at - stop.rows })),
          skippedLines: whole.skippedLines - stop.skippedLines,
        })
      }
    }
  },
)
