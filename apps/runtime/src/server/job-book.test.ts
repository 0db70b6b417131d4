/** When the books of jobs are written. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { VirtualEnv } from '@millrace/engine/testing'
import type { wire } from '@millrace/pipeline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../storage/database.ts'
import { JobStore } from '../storage/job-store.ts'
import { PipelineStore } from '../storage/pipeline-store.ts'
import { WriteGroup } from '../storage/write-group.ts'
import { JobBook } from './job-book.ts'

let folder = ''
let store: Store

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-book-'))
  store = await openStore(folder)
})

afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a job is in the books at once when it begins and when it has ended', async () => {
  const env = new VirtualEnv()
  const { database } = store
  const faults: unknown[] = []
  const onFault = (error: unknown) => faults.push(error)
  const writes = new WriteGroup({ database, timers: env.timers, onFault })
  const book = new JobBook({ clock: env.clock, writes, onLogged: () => undefined })
  const jobs = new JobStore(database)
  const unended = async () => (await jobs.unended()).map(({ state }) => state)
  const document = { name: 'Orders', nodeCount: 0, document: '{}' }
  const { id: pipelineId } = await new PipelineStore(database, env).create(document)
  const status: wire.JobStatus = {
    ...{ jobId: 'job', pipelineId, version: 1, state: 'starting', startedAtMs: 1 },
    ...{ endedAtMs: null, restarts: 0, pace: null, failure: null, deadLetters: 0 },
    checkpoints: null,
  }
  // Its clock stands still: nothing is written because its time has come.
  book.begins('job', { begin: { kind: 'beginning' }, after: 0 })
  book.changed(status)
  await expect.poll(unended).toEqual(['starting'])
  book.changed({ ...status, state: 'running' })
  expect(await unended()).toEqual(['starting'])
  book.changed({ ...status, state: 'finished', endedAtMs: 2 })
  await expect.poll(unended).toEqual([])
  expect(faults).toEqual([])
})
