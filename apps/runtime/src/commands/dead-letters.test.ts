/** The commands for dead letters, through a server and in the data folder it leaves behind. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommandLine } from '../command-line.ts'
import { createNodeEnv } from '../env/node-env.ts'
import { createTestTerminal } from '../env/testing/test-terminal.ts'
import { start, startTestServer, type TestServer } from '../server/testing/test-server.ts'

let server: TestServer
let folder = ''

beforeAll(async () => {
  server = await startTestServer()
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-letters-'))
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const WAIT = { timeout: 30_000 }

async function letters(...words: readonly string[]) {
  const terminal = createTestTerminal({ env: createNodeEnv(), folder })
  const code = await runCommandLine(['dead-letters', ...words], terminal)
  return { code, ...terminal.written }
}

const DOCUMENT = {
  ...{ format: 'millrace/1', name: 'Read numbers', settings: { checkpointInterval: '1s' } },
  nodes: {
    in: { operator: 'topic-source', config: { topic: 'numbers', schema: { n: 'integer' } } },
    out: { operator: 'topic-sink', config: { topic: 'read' } },
  },
  edges: [{ from: 'in', to: 'out' }],
}

async function produced(values: readonly object[]) {
  await server.ask('createTopic', '/topics', { topic: 'numbers' })
  await start(server, DOCUMENT)
  for (const value of values) {
    await server.ask('produceRecord', '/topics/numbers/records', { key: null, value })
  }
}

const MISTAKES: readonly (readonly [readonly [string, ...string[]], string])[] = [
  [
    ['replay'],
    'Name the letters that are meant, or their group with --group, or say --all: one of the three.',
  ],
  [
    ['discard', 'a', '--all', '--yes'],
    'Name the letters that are meant, or their group with --group, or say --all: one of the three.',
  ],
  [['replay', 'a', 'b', '--text', 'c'], 'This takes one letter, and 2 are named. Name one.'],
  [
    ['replay', 'a', '--text', 'c', '--file', 'd'],
    '--text and --file both say what is sent in. Give one of them.',
  ],
  [
    ['replay', 'a', '--event-time', 'noon'],
    '--event-time is "noon" and must be a time such as "2026-01-01T00:00:00Z".',
  ],
  [
    ['list', '--state', 'gone'],
    '--state is "gone" and must be one or more of open, sent, done, discarded, with commas.',
  ],
  [
    ['list', '--limit', '0'],
    '--limit is "0" and must be a whole number from 1 to 1000. Correct it.',
  ],
  [['list', '--search', ''], '--search has 0 characters. Give 1 to 300.'],
]

test('letters are listed, shown, sent in, discarded, taken back and exported', async () => {
  await produced([{ text: '{"n":"x"}' }, { text: '{"n":"y"}' }, { base64: '/wA=' }])
  const ask = (verb: string, ...words: readonly string[]) =>
    letters(verb, 'Read numbers', ...words, '--server', server.url)
  await expect
    .poll(async () => (await ask('groups')).out, WAIT)
    .toContain('3 refused in all: 3 open')
  const { groups } = JSON.parse((await ask('groups', '--json')).out) as {
    groups: { group: number; code: string }[]
  }
  const group = `${groups.find(({ code }) => code === 'wrong-type')?.group}`
  const table = (await ask('groups')).out.split('\n')
  expect(table.find((line) => line.startsWith(' ') && line.includes('wrong-type'))).toMatch(
    /in +wrong-type +2 +0 +0 +0 +\S+Z +\S+Z +Partition #: Column "n": "…" is not of type integer\.$/,
  )
  const listed = await ask('list', '--group', group, '--limit', '1')
  const [, newest = '', more] = listed.out.split('\n')
  expect(newest).toMatch(/^\S+ +\S+Z +open +numbers\/0@1 +\{"n":"y"\}$/)
  expect(more).toMatch(/^More: --before \d+$/)
  const [letter = ''] = newest.split(' ')
  expect((await ask('show', letter)).out).toContain('\n\n{"n":"y"}\n')
  const found = (await ask('list', '--search', '"N":"X"')).out.trim().split('\n')
  expect(found.slice(1).map((line) => line.replace(/^.* /, ''))).toEqual(['{"n":"x"}'])
  expect((await ask('list', '--search', 'nowhere')).out).toBe('There are no such letters.\n')

  expect((await ask('replay', letter, '--text', '{"n":7}')).out).toContain('Sent in again: ')
  const state = async () => JSON.parse((await ask('show', letter, '--json')).out) as object
  await expect.poll(state, WAIT).toMatchObject({ state: 'done', result: 'passed' })
  expect((await ask('show', letter)).out).toContain('As it was sent in:\n{"n":7}\n')

  expect((await ask('discard', '--group', group)).err).toContain('Add --yes to do it.')
  expect((await ask('discard', '--group', group, '--yes')).out).toBe('Discarded: 1 letter.\n')
  expect((await ask('list', '--state', 'discarded')).out).toContain('{"n":"x"}')
  expect((await ask('restore', '--all')).out).toBe('Open again: 1 letter.\n')
  expect((await ask('replay', '--all')).out).toBe('Sent in again: 2 letters.\n')
  const exported = async () => {
    const lines = (await ask('export')).out.trim().split('\n')
    return lines.map((line) => {
      const { state: is, result, raw } = JSON.parse(line) as Record<string, unknown>
      return [is, result, raw]
    })
  }
  await expect.poll(exported, WAIT).toEqual([
    ['open', 'refused', { text: '{"n":"x"}' }],
    ['done', 'passed', { text: '{"n":"y"}' }],
    ['open', 'refused', { base64: '/wA=' }],
  ])
  expect((await ask('replay', '--group', '99')).err).toMatch(
    /^There is no cause 99\. There are \d+, \d+\. "groups" says what each of them is\.\n$/,
  )
  expect(await ask('replay', letter, 'none')).toEqual({
    code: 2,
    out: 'Sent in again: 0 letters.\n',
    err:
      `Nothing was done with 2 of 2 letters. So they stand now:\n${letter}: It is done.\n` +
      'none: There is no such dead letter: it was discarded, or is not kept any more.\n',
  })
  expect((await ask('show', 'none')).err).toBe(
    'There is no such dead letter: it was discarded, or is not kept any more.\n',
  )
  expect((await letters('groups', 'Other', '--server', server.url)).err).toBe(
    'There is no pipeline "Other". There are "Read numbers". Name one by its name or its id.\n',
  )

  // In the folder that the server leaves, nothing runs: all but replaying is there.
  const data = path.join(server.folder, 'data')
  expect((await letters('groups', 'Read numbers', '--data', data)).err).toContain(
    'is in use by another Millrace',
  )
  await server.server.stop()
  const here = (verb: string, ...words: readonly string[]) =>
    letters(verb, 'Read numbers', ...words, '--data', data)
  expect((await here('groups')).out).toContain('3 refused in all: 2 open, 1 accepted, 0 discarded.')
  writeFileSync(path.join(folder, 'one.json'), '{"n":1}')
  expect(await here('replay', letter, '--file', 'one.json')).toMatchObject({
    code: 2,
    err: 'The letter has been sent in and was accepted, so it counts already.\n',
  })
  expect(await here('replay', '--all')).toMatchObject({
    code: 2,
    err: 'The pipeline does not run, so nothing can be sent in again. Start it first.\n',
  })
  for (const [words, message] of MISTAKES) {
    expect(await here(...words), words.join(' ')).toEqual({ code: 2, out: '', err: `${message}\n` })
  }
  expect((await here('discard', '--all', '--yes')).out).toBe('Discarded: 2 letters.\n')
})

test.each([
  [['groups', 'None'], 'There is no pipeline "None". There are none here.'],
  [
    ['groups', 'p', '--server', 'http://127.0.0.1:1'],
    'There is no answer from "http://127.0.0.1:1/',
  ],
])('millrace dead-letters %j is refused', async (words, message) => {
  const { code, err } = await letters(...words)
  expect([code, err.startsWith(message)], err).toEqual([2, true])
})
