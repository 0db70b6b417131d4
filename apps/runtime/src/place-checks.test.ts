/** What is found before a start to be missing around a pipeline. */

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { checkPipeline, parseDocument, placesOf, type wire } from '@millrace/pipeline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resolveBelowRoots } from './env/file-roots.ts'
import { createNodeEnv } from './env/node-env.ts'
import { checkFilePlaces, checkTopicPlaces } from './place-checks.ts'
import { createRegistry } from './registry.ts'

let root = ''

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'millrace-places-'))
  writeFileSync(path.join(root, 'there.jsonl'), '{}\n')
  symlinkSync('/', path.join(root, 'out-of-here'))
})

afterAll(() => rmSync(root, { recursive: true }))

function fileOf(written: string, use: 'read' | 'write'): wire.Place {
  return { nodeId: 'n', kind: 'file', path: written, use }
}

async function checkFile(written: string, use: 'read' | 'write') {
  const resolve = (one: string) => resolveBelowRoots(one, [root])
  const around = { disk: createNodeEnv().disk, folder: root, resolve }
  return checkFilePlaces([fileOf(written, use)], around)
}

test.each<[what: string, written: string, use: 'read' | 'write']>([
  ['a file that is there', 'there.jsonl', 'read'],
  ['a file that is written anew', 'new.jsonl', 'write'],
  ['a file in a folder that is made', 'new/folder/new.jsonl', 'write'],
  ['a path that is not given yet', '', 'read'],
])('nothing speaks against %s', async (_, written, use) => {
  expect(await checkFile(written, use)).toEqual([])
})

test('a file that is not there is a warning with its whole path and the way out', async () => {
  expect(await checkFile('gone.jsonl', 'read')).toEqual([
    {
      ...{ code: 'file-not-there', severity: 'warning', nodeId: 'n', path: ['path'] },
      message:
        `There is no file "${path.join(root, 'gone.jsonl')}" yet, and without it the job fails ` +
        `when it starts. "gone.jsonl" counts from the folder "${root}". Create it, or change path.`,
    },
  ])
})

test.each(['../outside.jsonl', 'out-of-here/tmp/outside.jsonl', 'secret://path'])(
  'the path %s is an error to read and to write',
  async (written) => {
    for (const use of ['read', 'write'] as const) {
      expect(await checkFile(written, use)).toMatchObject([
        { code: 'path-outside-roots', severity: 'error', nodeId: 'n' },
      ])
    }
  },
)

test('a folder is no file', async () => {
  expect(await checkFile('.', 'write')).toMatchObject([
    { code: 'path-is-folder', severity: 'error', message: expect.stringContaining('is a folder') },
  ])
})

test('a topic is there, is made by who writes it, or is missed by who reads it', () => {
  const places: readonly wire.Place[] = [
    { nodeId: 'a', kind: 'topic', topic: 'there', use: 'read' },
    { nodeId: 'b', kind: 'topic', topic: 'made', use: 'write' },
    { nodeId: 'c', kind: 'topic', topic: 'made', use: 'read' },
    { nodeId: 'd', kind: 'topic', topic: 'gone', use: 'read' },
  ]
  const problems = checkTopicPlaces(places, new Set(['there']))
  expect(problems.map(({ nodeId, code, severity }) => [nodeId, code, severity])).toEqual([
    ['c', 'topic-not-there', 'warning'],
    ['d', 'topic-not-there', 'warning'],
  ])
  expect(problems[0]?.message).toContain('only while it starts')
  expect(problems[1]?.message).toBe(
    'There is no topic "gone" yet, and without it the job fails when it starts. Create it, or ' +
      'choose another topic.',
  )
})

test('the places of a pipeline are those of its files, webhooks and topics', () => {
  const schema = { n: 'integer' }
  const { pipeline } = parseDocument(
    JSON.stringify({
      ...{ format: 'millrace/1', name: 'Places' },
      nodes: {
        file: {
          operator: 'file-source',
          config: { path: 'in.jsonl', format: 'jsonl', schema },
        },
        hook: { operator: 'http-source', config: { path: 'sent', schema } },
        out: { operator: 'topic-sink', config: { topic: 'out' } },
      },
      edges: [{ from: 'file', to: 'out' }],
    }),
  )
  if (pipeline === undefined) throw new Error('The document does not parse.')
  expect(placesOf(checkPipeline(pipeline, createRegistry()))).toEqual([
    { nodeId: 'file', kind: 'file', path: 'in.jsonl', use: 'read' },
    { nodeId: 'hook', kind: 'webhook', path: 'sent' },
    { nodeId: 'out', kind: 'topic', topic: 'out', use: 'write' },
  ])
})
