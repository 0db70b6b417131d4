/** The glossary of the docs, read as the page shows it: each word with what it means. */

/** Marked as in the docs: `code`, *another word*. */
export interface Piece {
  readonly kind: 'text' | 'code' | 'word'
  readonly text: string
}

export interface GlossaryEntry {
  readonly term: string
  readonly meaning: readonly Piece[]
  /** A word of its own and what it means, row by row; none for most. */
  readonly rows: readonly (readonly [word: string, meaning: string])[]
}

const HEADING = '## What the words mean'
const TERM = /^\*\*(.+?)\.\*\*\s+(.*)$/s

export function readGlossary(markdown: string): readonly GlossaryEntry[] {
  const section = (markdown.split(HEADING)[1] ?? '').split(/^## /m)[0] ?? ''
  const entries: GlossaryEntry[] = []
  for (const block of section.split(/\n{2,}/)) {
    const [, term, meaning] = TERM.exec(block.trim()) ?? []
    const last = entries.at(-1)
    if (term !== undefined && meaning !== undefined) {
      entries.push({ term, meaning: piecesOf(meaning), rows: [] })
    } else if (block.startsWith('|') && last !== undefined) {
      entries[entries.length - 1] = { ...last, rows: rowsOf(block) }
    }
  }
  return entries
}

function piecesOf(text: string): readonly Piece[] {
  const parts = text.replaceAll('\n', ' ').split(/(`[^`]+`|\*[^*]+\*)/)
  return parts.filter(Boolean).map((part) => {
    const inner = part.slice(1, -1)
    if (part.startsWith('`')) return { kind: 'code', text: inner }
    return part.startsWith('*') ? { kind: 'word', text: inner } : { kind: 'text', text: part }
  })
}

/** Without its head and the line below it. */
function rowsOf(table: string): GlossaryEntry['rows'] {
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => {
      const [, word = '', meaning = ''] = line.split('|').map((cell) => cell.trim())
      return [word, meaning]
    })
}

/** Those that are called so come before those that speak of what begins so. */
export function findWords(
  entries: readonly GlossaryEntry[],
  search: string,
): readonly GlossaryEntry[] {
  const wanted = search.trim().toLowerCase()
  if (wanted === '') return entries
  const called = entries.filter(({ term }) => term.toLowerCase().includes(wanted))
  const speaks = entries.filter((one) => {
    return !called.includes(one) && wordsFrom(textOf(one)).some((from) => from.startsWith(wanted))
  })
  return [...called, ...speaks]
}

/** The text from each of its words on. */
function wordsFrom(text: string): readonly string[] {
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(({ index }) => text.slice(index))
}

function textOf({ meaning, rows }: GlossaryEntry): string {
  const said = meaning.map(({ text }) => text).join('')
  return [said, ...rows.flat()].join(' ').toLowerCase()
}
