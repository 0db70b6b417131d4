/** What the words mean that the page uses, for whoever has not met them yet. */

import { type ReactNode, useMemo, useState } from 'react'
import markdown from '../../../../docs/glossary.md?raw'
import { Dialog } from '../dialogs/dialog.tsx'
import { findWords, type GlossaryEntry, readGlossary } from './glossary.ts'
import './glossary-dialog.css'

export default function GlossaryDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const entries = useMemo(() => readGlossary(markdown), [])
  const [search, setSearch] = useState('')
  const found = findWords(entries, search)
  return (
    <Dialog title="What the words mean" onClose={onClose}>
      <div className="glossary-search">
        <input
          className="input"
          type="search"
          aria-label="Find a word"
          placeholder="Find a word, such as watermark"
          spellCheck={false}
          value={search}
          onChange={({ target }) => setSearch(target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            // It would only empty the field.
            event.preventDefault()
            onClose()
          }}
        />
      </div>
      <p className={found.length === 0 ? 'glossary-none' : 'visually-hidden'} role="status">
        {foundText(found.length, search)}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys, too */}
      <section className="glossary" aria-label="Words" tabIndex={0}>
        <dl>
          {found.map((entry) => (
            <Word key={entry.term} entry={entry} />
          ))}
        </dl>
      </section>
    </Dialog>
  )
}

function foundText(count: number, search: string): string {
  if (count === 0) return `"${search.trim()}" is not among them.`
  return count === 1 ? '1 word' : `${count} words`
}

function Word({ entry }: { readonly entry: GlossaryEntry }): ReactNode {
  const { term, meaning, rows } = entry
  return (
    <div className="glossary-word">
      <dt>{term}</dt>
      <dd>
        <p>
          {meaning.map(({ kind, text }, at) => {
            // Pieces may be equal, and are never moved.
            const key = `${at} ${text}`
            if (kind === 'code') return <code key={key}>{text}</code>
            return kind === 'word' ? <em key={key}>{text}</em> : text
          })}
        </p>
        {rows.length === 0 ? null : (
          <ul>
            {rows.map(([word, said]) => (
              <li key={word}>
                <em>{word}</em> {said}
              </li>
            ))}
          </ul>
        )}
      </dd>
    </div>
  )
}
