/** Files of pipelines stay below their roots, whatever a path or link says. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resolveBelowRoots } from './file-roots.ts'

let folder = ''
let root = ''

beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'millrace-roots-')))
  root = path.join(folder, 'root')
  mkdirSync(path.join(root, 'sub'), { recursive: true })
  mkdirSync(path.join(folder, 'root-beside'))
  writeFileSync(path.join(folder, 'secret.txt'), '')
  symlinkSync('..', path.join(root, 'up'))
  symlinkSync('../secret.txt', path.join(root, 'link.txt'))
  symlinkSync('sub', path.join(root, 'inside'))
  mkdirSync(path.join(root, '.git'))
  symlinkSync('.git', path.join(root, 'hidden'))
  mkdirSync(path.join(root, 'state'))
  writeFileSync(path.join(root, 'state/millrace.lock'), '')
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

test.each([
  ['.', ''],
  ['a.jsonl', 'a.jsonl'],
  ['new/folder/a.jsonl', 'new/folder/a.jsonl'],
  ['sub/../a.jsonl', 'a.jsonl'],
  ['inside/a.jsonl', 'inside/a.jsonl'],
  ['a..b/c.', 'a..b/c.'],
])('%s is below the root', (written, place) => {
  expect(resolveBelowRoots(written, [root])).toEqual({ absolute: path.join(root, place) })
})

test.each(['..', '../secret.txt', 'sub/../../secret.txt', '/etc/passwd', '../root-beside/a'])(
  '%s is refused',
  (written) => {
    expect(resolveBelowRoots(written, [root])).toEqual({ refusal: expect.any(String) })
  },
)

test.each(['up/secret.txt', 'link.txt', 'up/new/a.jsonl'])(
  'the symbolic link %s leads out and is refused',
  (written) => {
    expect(resolveBelowRoots(written, [root])).toEqual({ refusal: expect.any(String) })
  },
)

const HIDDEN =
  'which is hidden: names that begin with a dot are for settings and secrets of programs. Choose ' +
  'another path, or start the server with --root for that folder.'

test.each(['.env', '.git/hooks/post-commit', 'sub/.ssh/id_rsa', '..a', 'hidden/config'])(
  'the hidden file %s is refused',
  (written) => {
    const refusal = expect.stringContaining(HIDDEN)
    expect(resolveBelowRoots(written, [root])).toEqual({ refusal })
  },
)

test('a hidden folder that is a root itself is open', () => {
  const own = path.join(root, '.git')
  expect(resolveBelowRoots(path.join(own, 'config'), [root, own])).toEqual({
    absolute: path.join(own, 'config'),
  })
})

test.each(['state/millrace.sqlite', 'state/new/folder/a.jsonl', 'sub/millrace.lock'])(
  'what is in a data folder is refused: %s',
  (written) => {
    const data = path.join(root, written.startsWith('sub') ? 'sub' : 'state')
    const place = path.join(root, written)
    expect(resolveBelowRoots(written, [root])).toEqual({
      refusal:
        `The path "${written}" leads to "${place}", which is in "${data}", where a Millrace keeps ` +
        'its own data. Choose a path outside of it.',
    })
  },
)

test('in a data folder that is a root itself, what Millrace keeps is refused', () => {
  const state = path.join(root, 'state')
  const refusal = expect.stringContaining('where a Millrace keeps its own data')
  for (const own of ['millrace.sqlite', 'dead-letters.sqlite-wal', 'log/a', 'checkpoints']) {
    expect(resolveBelowRoots(own, [state])).toEqual({ refusal })
  }
  expect(resolveBelowRoots('a.jsonl', [state])).toEqual({ absolute: path.join(state, 'a.jsonl') })
})

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url))

test.each(['scripts/serve.mjs', 'package.json', 'node_modules/new/a.js', 'examples/../apps/x.ts'])(
  'the code of Millrace is refused: %s',
  (written) => {
    const refusal = expect.stringContaining('which is part of Millrace itself.')
    expect(resolveBelowRoots(written, [REPOSITORY])).toEqual({ refusal })
  },
)

test.each(['examples/clicks.jsonl', 'out/a.jsonl', 'per-page.jsonl', 'docs/../out.jsonl'])(
  'other files in the folder of Millrace are not: %s',
  (written) => {
    expect(resolveBelowRoots(written, [REPOSITORY])).toEqual({ absolute: expect.any(String) })
  },
)

test('a path of very many parts that are not there is below the root', () => {
  const parts = 'a/'.repeat(1500)
  expect(resolveBelowRoots(`sub/${parts}x`, [root])).toEqual({
    absolute: path.join(root, 'sub', parts, 'x'),
  })
  expect(resolveBelowRoots(`up/${parts}x`, [root])).toEqual({ refusal: expect.any(String) })
})

test('a path that no file can have is refused before it is looked at', () => {
  expect(resolveBelowRoots('a/'.repeat(2_000_000), [root])).toEqual({
    refusal: 'The path has 4000000 characters, and may have 4096. Choose a shorter one.',
  })
})

test('a text with a NUL character is refused', () => {
  expect(resolveBelowRoots('a\0b', [root])).toEqual({
    refusal: 'The path has a NUL character, which no file has in its name. Write the path anew.',
  })
})

test('a secret is no path', () => {
  expect(resolveBelowRoots('secret://place', [root])).toEqual({
    refusal:
      'The path "secret://place" is a reference to a secret, and a path is none: it would be shown ' +
      'in messages and logs. Write the path itself.',
  })
})

test('the refusal names where the path leads, the roots, and what to do', () => {
  const other = path.join(folder, 'other')
  expect(resolveBelowRoots('../secret.txt', [root, other])).toEqual({
    refusal:
      `The path "../secret.txt" leads to "${path.join(folder, 'secret.txt')}", which is outside the ` +
      `folders that files may be in: "${root}", "${other}". Choose a path below, or start the ` +
      'server with --root for another folder.',
  })
})

test('an absolute path below any root is allowed', () => {
  const place = path.join(folder, 'root-beside', 'a')
  expect(resolveBelowRoots(place, [root, path.join(folder, 'root-beside')])).toEqual({
    absolute: place,
  })
})
