/** Chooses how a record stands to the one before, in a word that reads on from the line above. */

import type { ReactNode } from 'react'
import type { Link, LinkKind } from './stage-words.ts'

interface LinkChoiceProps {
  readonly label: string
  readonly links: readonly Link[]
  readonly kind: LinkKind
  readonly invalid: boolean
  readonly onChoose: (kind: LinkKind) => void
}

export function LinkChoice(props: LinkChoiceProps): ReactNode {
  const { label, links, kind, invalid, onChoose } = props
  const chosen = links.find((link) => link.kind === kind)
  return (
    <span className="link-choice">
      <select
        aria-label={label}
        aria-invalid={invalid}
        value={kind}
        onChange={({ target }) => {
          const next = links.find((link) => link.kind === target.value)
          if (next !== undefined) onChoose(next.kind)
        }}
      >
        {links.map((link) => (
          <option key={link.kind} value={link.kind}>
            {link.title}
          </option>
        ))}
      </select>
      <span className="link-means">{chosen?.means}</span>
    </span>
  )
}
