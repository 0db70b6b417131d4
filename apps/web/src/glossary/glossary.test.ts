/** The glossary of the docs as the page shows it. */

import { expect, test } from 'vitest'
import markdown from '../../../../docs/glossary.md?raw'
import { findWords, readGlossary } from './glossary.ts'

const entries = readGlossary(markdown)
const termsOf = (search: string) => findWords(entries, search).map(({ term }) => term)

test('every word of the docs is there, in the order of the alphabet', () => {
  const section = markdown.slice(markdown.indexOf('## What'), markdown.indexOf('## Words of'))
  const terms = entries.map(({ term }) => term)
  expect(terms).toHaveLength(section.match(/^\*\*/gm)?.length ?? 0)
  expect(terms).toEqual(terms.toSorted())
  expect(terms).toContain('Watermark')
  expect(terms).not.toContain('Env')
})

test('nothing of how it is marked in the docs is left', () => {
  for (const { meaning, rows } of entries) {
    const text = [...meaning.map((piece) => piece.text), ...rows.flat()].join(' ')
    expect(text).not.toMatch(/[*|`\n]|\]\(/)
    expect(text).toMatch(/^[A-Z]/)
  }
  const late = entries.find(({ term }) => term === 'Late')
  expect(late?.meaning).toContainEqual({ kind: 'code', text: 'late' })
  const window = entries.find(({ term }) => term === 'Window')
  expect(window?.meaning).toContainEqual({ kind: 'word', text: 'Tumbling' })
})

test('the buckets of the ledger are rows of their own', () => {
  const ledger = entries.find(({ term }) => term === 'Ledger')
  expect(ledger?.rows).toHaveLength(9)
  expect(ledger?.rows[1]).toEqual(['filtered', 'was not wanted, or belongs to no window'])
})

test('a search finds the words that are called so before those that speak of it', () => {
  expect(termsOf('WATERMARK').slice(0, 2)).toEqual(['Watermark', 'Checkpoint'])
  expect(termsOf('late')[0]).toBe('Allowed lateness')
  // Not where it stands in the middle of a word, as in "calculated".
  expect(termsOf('late')).not.toContain('Dead letter')
  expect(termsOf('allowed lateness')).toEqual(['Allowed lateness', 'Firing', 'Purge'])
  expect(termsOf('tumbling')).toEqual(['Window'])
  expect(termsOf('expired')).toEqual(['Ledger'])
  expect(termsOf('nothing is called so')).toEqual([])
})
