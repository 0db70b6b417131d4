/** A pattern without stages yet: what one is, and three to begin with. */

import type { JsonObject } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { LinkLine } from './link-line.tsx'
import type { Stages } from './stage-list.ts'
import type { LinkKind } from './stage-words.ts'
import './empty-pattern.css'

export interface Start {
  readonly stages: Stages
  /** Fields that it needs, where they are not set yet. */
  readonly config: JsonObject
}

interface KnownStart extends Start {
  readonly title: string
  readonly means: string
  readonly link: LinkKind
}

const STARTS: readonly KnownStart[] = [
  {
    title: 'One, then another',
    means: 'An order, and its payment',
    link: 'followed-by',
    stages: [{ name: 'a' }, { name: 'b' }],
    config: {},
  },
  {
    title: 'Several in a row, then another',
    means: 'Three failed logins, directly followed by a good one',
    link: 'next',
    stages: [
      { name: 'a', times: 3, loopContiguity: 'next' },
      { name: 'b', contiguity: 'next' },
    ],
    config: {},
  },
  {
    title: 'One that nothing follows',
    means: 'An order that nobody pays for in half an hour',
    link: 'not-followed-by',
    stages: [{ name: 'a' }, { name: 'b', not: true }],
    config: { within: '30m' },
  },
]

export function EmptyPattern(props: { readonly onStart: (start: Start) => void }): ReactNode {
  return (
    <div className="stages-empty">
      <p>
        A pattern is a sequence of stages. Each says which record it waits for, and a match is one
        record for each, in their order.
      </p>
      <ul aria-label="Begin with">
        {STARTS.map((start) => (
          <li key={start.title}>
            <button
              type="button"
              className="stages-start stage-add"
              onClick={() => props.onStart(start)}
            >
              <LinkLine kind={start.link} />
              <span>
                <strong>{start.title}</strong>
                <span>{start.means}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
