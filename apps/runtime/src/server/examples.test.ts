/** Which examples the gallery lists, and what it says of them. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listExamples } from './examples.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-gallery-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function write(id: string, files: { readonly [name: string]: string }): void {
  mkdirSync(path.join(folder, id), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, id, name), text)
}

function example(name: string): string {
  return JSON.stringify({ format: 'millrace/1', name, nodes: {}, edges: [] })
}

test('an example has the title and the first paragraph of its page', () => {
  write('clicks', {
    'pipeline.json': example('Name'),
    'README.md': '# Clicks per page\n\nCounts `views`\nof a [page](x).\n\nMore.\n',
  })
  const [found, ...others] = listExamples(folder)
  expect(found).toMatchObject({
    id: 'clicks',
    title: 'Clicks per page',
    summary: 'Counts views of a page.',
  })
  expect([found?.group, others]).toEqual([undefined, []])
})

test('examples below a folder are a group with the title of its page, in the order of numbers', () => {
  write('suite', { 'README.md': '# The suite\n\nMany.\n' })
  for (const name of ['q10', 'q2']) write(`suite/${name}`, { 'pipeline.json': example(name) })
  write('alone', { 'pipeline.json': example('Alone') })
  write('empty', { 'notes.txt': 'No example.' })
  expect(listExamples(folder).map(({ id, title, group }) => [id, title, group])).toEqual([
    ['alone', 'Alone', undefined],
    ['suite/q2', 'q2', 'The suite'],
    ['suite/q10', 'q10', 'The suite'],
  ])
})

test('a group without a page has the name of its folder, and no folder has no examples', () => {
  write('suite/a', { 'pipeline.json': example('A') })
  expect(listExamples(folder).map(({ group }) => group)).toEqual(['suite'])
  expect(listExamples(path.join(folder, 'missing'))).toEqual([])
})

test("Millrace's own examples are Nexmark as one group, and others that stand alone", () => {
  const own = listExamples(fileURLToPath(new URL('../../../../examples/', import.meta.url)))
  const groups = new Set(own.map(({ group }) => group))
  expect([...groups]).toEqual([undefined, 'Nexmark'])
  expect(own.filter(({ group }) => group === 'Nexmark')).toHaveLength(23)
  expect(own.every(({ summary }) => summary.length > 20)).toBe(true)
})
