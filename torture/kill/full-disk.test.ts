/**
 * A real disk that is full: `millrace run --state` on a small file system in memory. The job says
 * what is missing, and goes on when there is room, to the same bytes as on a large disk.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { bundledCommandLine, Workload } from './workload.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What the job writes takes about 150 kB. */
const DOCUMENT = {
  format: 'millrace/1',
  name: 'Copy',
  nodes: {
    clicks: {
      operator: 'generator-source',
      config: {
        columns: {
          page: { type: 'choice', values: ['a', 'b', 'c'] },
          ms: { type: 'uniform', min: 0, max: 500 },
        },
        rate: 4000,
        count: 4000,
        pace: 'event-time',
        watermark: { maxOutOfOrderness: '10ms', interval: '5ms' },
      },
    },
    'per-page': {
      operator: 'tumbling-window',
      config: { size: '20ms', groupBy: ['page'], aggregates: { n: 'COUNT(*)', sum: 'SUM(ms)' } },
    },
    all: { operator: 'file-sink', config: { path: 'all.jsonl', format: 'jsonl' } },
    out: { operator: 'file-sink', config: { path: 'per-page.jsonl', format: 'jsonl' } },
  },
  edges: [
    { from: 'clicks', to: 'per-page' },
    { from: 'per-page', to: 'out' },
    { from: 'clicks', to: 'all' },
  ],
  settings: { checkpointInterval: '100ms' },
}

class SmallDisk {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'millrace-full-'))

  /** Undefined where it could be mounted, otherwise why not. */
  mount(): string | undefined {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', this.folder], PIPED)
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  resize(kilobytes: number): void {
    execFileSync('mount', ['-o', `remount,size=${kilobytes}k`, this.folder], PIPED)
  }

  remove(isMounted: boolean): void {
    if (isMounted) execFileSync('umount', [this.folder], PIPED)
    rmdirSync(this.folder)
  }
}

const PIPED = { stdio: 'pipe' } as const
const disk = new SmallDisk()
const whyNot = disk.mount()
if (whyNot !== undefined) {
  process.stderr.write(`NO FULL DISK IS TRIED: a file system cannot be mounted here (${whyNot}).\n`)
}
afterAll(() => disk.remove(whyNot === undefined))

test.skipIf(whyNot !== undefined)(
  'a job whose disk is full says so, and goes on with more room as if nothing had been',
  async () => {
    const bundled = await bundledCommandLine(ROOT)
    const usual = new Workload(bundled, { document: DOCUMENT })
    const full = new Workload(bundled, { parent: disk.folder, document: DOCUMENT })
    try {
      expect((await usual.start()).code).toBe(0)
      // Each time there is more room, and not yet enough.
      for (const kilobytes of [64, 112]) {
        disk.resize(kilobytes)
        const { code, printed } = await full.start()
        expect(code).toBe(3)
        expect(printed).toMatch(/no space left/i)
        expect(lines(full)).toEqual({})
      }
      disk.resize(4096)
      expect(await full.finish()).toBe(1)
      expect(lines(full)).toEqual(lines(usual))
      expect(full.leftovers()).toEqual([])
    } finally {
      usual.remove()
      full.remove()
    }
  },
)

/** Of each file that can be seen. */
function lines({ folder }: Workload): Readonly<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]),
  )
}
