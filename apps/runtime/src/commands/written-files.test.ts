/** How a run tells which files it has written. */

import { MemoryDisk } from '@millrace/engine/testing'
import { checkPipeline, parseDocument } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import type { PipelineOutcome } from '../pipeline-job.ts'
import { createRegistry } from '../registry.ts'
import { writtenText } from './written-files.ts'

async function told(
  files: readonly string[],
  options: { sinks?: number; numbered?: boolean; state?: PipelineOutcome['state'] } = {},
): Promise<string> {
  const { sinks = 1, numbered = false, state = 'finished' } = options
  const disk = new MemoryDisk()
  for (const path of files) await (await disk.open(path, 'create')).close()
  const names = Array.from({ length: sinks }, (_, n) => `out-${n}`)
  const { pipeline } = parseDocument(
    JSON.stringify({
      ...{ format: 'millrace/1', name: 'Written' },
      nodes: Object.fromEntries(
        names.map((name) => {
          const config = { path: `${name}.jsonl`, format: 'jsonl' }
          return [name, { operator: 'file-sink', config }]
        }),
      ),
      edges: [],
    }),
  )
  if (pipeline === undefined) throw new Error('The document does not parse.')
  const checked = checkPipeline(pipeline, createRegistry())
  const outcome: PipelineOutcome = {
    ...{ state, failure: undefined, nodes: new Map(), records: 0, seconds: 0 },
  }
  const resolve = (path: string) => `/out/${path}`
  return writtenText({ checked, outcome, numbered, disk, resolve })
}

test('a file of a run that came to its end is named whole', async () => {
  expect(await told(['/out/out-0.jsonl'])).toBe('out-0: 0 rows in /out/out-0.jsonl\n')
})

test('nothing is said of a file that stood there before a run that was stopped', async () => {
  expect(await told(['/out/out-0.jsonl'], { state: 'stopped' })).toBe('')
})

test('numbered files are named from the first to the last, also of a run that was stopped', async () => {
  const files = [1, 2, 3].map((number) => `/out/out-0-00000${number}.jsonl`)
  const others = ['/out/out-0.jsonl', '/out/out-0-part.jsonl', '/out/out-0-000004.csv']
  const state = 'stopped'
  expect(await told([...files, ...others], { numbered: true, state })).toBe(
    'out-0: 0 rows in /out/out-0-000001.jsonl to out-0-000003.jsonl (3 files in all)\n',
  )
  expect(await told(files.slice(0, 1), { numbered: true, state })).toBe(
    'out-0: 0 rows in /out/out-0-000001.jsonl\n',
  )
})

test('of very many sinks the first are named and the others counted', async () => {
  const files = Array.from({ length: 25 }, (_, n) => `/out/out-${n}.jsonl`)
  const lines = (await told(files, { sinks: 25 })).trimEnd().split('\n')
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('and the files of 5 more sinks')
})
