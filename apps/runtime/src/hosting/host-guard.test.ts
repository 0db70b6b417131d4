/** An engine host whose server is killed ends, whatever it is doing. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { bomb } from '../server/testing/documents.ts'
import { engineFile } from '../server/testing/test-server.ts'
import { packAnswer } from '../supervision/topic-calls.ts'

/** Stands for the server: starts a host, and in it a job that never gives the thread back. */
const STARTER = `
const { fork } = require('node:child_process')
const [engine, document, dataFolder, none, nothing] = process.argv.slice(1)
const checkpoints = { dataFolder, pipelineId: 'p', begin: { kind: 'beginning' }, after: 0 }
const host = fork(engine, [], { stdio: 'inherit' })
const quotas = { recordsPerSecond: null, stateBytes: null }
const job = { jobId: 'job', slot: 1, patient: false, probationMs: 0, document, roots: ['.'] }
const body = { ...job, pace: null, paused: false, checkpoints, quotas }
host.send({ number: 1, name: 'startJob', body })
let number = 1
host.on('message', (asked) => {
  if (asked.kind !== 'topicsAsked') return
  const reads = Buffer.from(asked.packed, 'base64').includes('resend')
  const answer = { number: asked.number, packed: reads ? nothing : none }
  host.send({ number: ++number, name: 'answerTopics', body: answer })
})
`

test('a host that never gives its thread back ends with the process that started it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-orphan-'))
  // The log has nothing to say but that all is well.
  const given = [await engineFile(), JSON.stringify(bomb('loop')), folder, packAnswer([])]
  const nothing = packAnswer({ records: [] })
  const words = ['-e', STARTER, ...given, nothing]
  const starter = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const closed = once(starter, 'close')
  const [printed] = await once(starter.stdout as NodeJS.ReadableStream, 'data')
  expect(String(printed)).toBe('looping\n')
  starter.kill('SIGKILL')
  // The host holds the output too, so it is closed only when the host has ended.
  expect(await closed).toEqual([null, 'SIGKILL'])
  rmSync(folder, { recursive: true })
})
