/** The field above the letters that leaves those whose record contains a text. */

import { wire } from '@millrace/pipeline'
import { type KeyboardEvent, type ReactNode, useEffect, useState } from 'react'
import { useSession } from '../editor/session.tsx'
import type { LettersWay } from './use-letters.ts'

/** Somebody who types on does not want what is there so far. */
const TYPED_MS = 250

export function LetterSearch({ way }: { readonly way: LettersWay }): ReactNode {
  const { env } = useSession()
  const { place, go } = way
  const { search: sought = '' } = place
  const [text, setText] = useState(sought)
  useEffect(() => setText(sought), [sought])
  useEffect(() => {
    if (text === sought) return undefined
    const search = text === '' ? undefined : text
    return env.after(TYPED_MS, () => go({ search, letter: undefined }))
  }, [text, sought, go, env])
  const press = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || text === '') return
    // The page is left with the next one.
    event.preventDefault()
    setText('')
  }
  return (
    <input
      className="input letter-search"
      type="search"
      aria-label="Find in the records"
      placeholder="Find"
      title="Find in the records, as they came or were corrected"
      spellCheck={false}
      maxLength={wire.LETTER_SEARCH_LENGTH_MAX}
      value={text}
      onChange={({ target }) => setText(target.value)}
      onKeyDown={press}
    />
  )
}
