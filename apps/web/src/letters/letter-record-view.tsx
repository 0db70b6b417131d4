/** A record to be looked at: as text or byte by byte, with the part at fault marked. */

import { type ReactNode, useState } from 'react'
import { bytesText, countText } from '../live/formats.ts'
import {
  BYTES_SHOWN,
  faultInBytes,
  firstWindow,
  hexLines,
  type LetterRecord,
  type MarkedText,
  markText,
  roughText,
  type Span,
  TEXT_SHOWN,
} from './letter-bytes.ts'

interface LetterRecordViewProps {
  readonly record: LetterRecord
  readonly title: string
  /** Only the beginning was kept. */
  readonly truncated: boolean
  /** What is marked is no fault, but what was corrected. */
  readonly isCorrection?: boolean
}

export function LetterRecordView(props: LetterRecordViewProps): ReactNode {
  const { record, title, truncated, isCorrection = false } = props
  const [asBytes, setAsBytes] = useState(record.text === undefined)
  return (
    <section className="letter-record" aria-label={title} data-correction={isCorrection}>
      <header className="letter-record-head">
        <h3>{title}</h3>
        <span className="quiet">
          {bytesText(record.bytes.length)}
          {truncated ? ', the beginning of a longer one' : ''}
        </span>
        <span className="spacer" />
        <span className="record-kinds">
          <button type="button" aria-pressed={!asBytes} onClick={() => setAsBytes(false)}>
            Text
          </button>
          <button type="button" aria-pressed={asBytes} onClick={() => setAsBytes(true)}>
            Bytes
          </button>
        </span>
      </header>
      {asBytes ? <BytesView record={record} /> : <TextView record={record} />}
    </section>
  )
}

/** What is shown of a long record, and the buttons that show more. */
function useWindow(length: number, shown: number, fault: Span | undefined) {
  const [window, setWindow] = useState(() => firstWindow(length, shown, fault))
  const more = (what: (count: number) => string) => (
    <>
      {window.start > 0 ? (
        <button
          type="button"
          className="link"
          onClick={() => setWindow({ ...window, start: Math.max(0, window.start - shown) })}
        >
          Show more of what is before: {what(window.start)}
        </button>
      ) : null}
      {window.end < length ? (
        <button
          type="button"
          className="link"
          onClick={() => setWindow({ ...window, end: Math.min(length, window.end + shown) })}
        >
          Show more of what follows: {what(length - window.end)}
        </button>
      ) : null}
    </>
  )
  return { window, more }
}

function TextView({ record }: { readonly record: LetterRecord }): ReactNode {
  const text = roughText(record)
  const fault = record.text === undefined ? undefined : record.fault
  const { window, more } = useWindow(text.length, TEXT_SHOWN, fault)
  if (text === '') return <p className="quiet">It is empty.</p>
  return (
    <>
      {record.text === undefined ? (
        <p className="letter-hint">
          The bytes are no UTF-8. What cannot be read stands as �; look at the bytes.
        </p>
      ) : null}
      <pre className="record-text letter-text">
        {window.start > 0 ? <span className="quiet">…</span> : null}
        <Marked parts={markText(text, window, fault)} isMarked={fault !== undefined} />
        {window.end < text.length ? <span className="quiet">…</span> : null}
      </pre>
      {more((count) => `${countText(count)} characters`)}
    </>
  )
}

function Marked(props: { readonly parts: MarkedText; readonly isMarked: boolean }): ReactNode {
  const { before, marked, after } = props.parts
  return (
    <>
      {before}
      {props.isMarked ? <mark data-empty={marked === ''}>{marked}</mark> : null}
      {after}
    </>
  )
}

function BytesView({ record }: { readonly record: LetterRecord }): ReactNode {
  const fault = faultInBytes(record)
  const { bytes } = record
  const { window, more } = useWindow(bytes.length, BYTES_SHOWN, fault)
  if (bytes.length === 0) return <p className="quiet">It is empty.</p>
  return (
    <>
      <div className="record-text letter-hex">
        <table>
          <thead className="visually-hidden">
            <tr>
              <th scope="col">Place</th>
              <th scope="col">Bytes</th>
              <th scope="col">Characters</th>
            </tr>
          </thead>
          <tbody>
            {hexLines(bytes, window, fault).map(({ offset, hex, characters }) => (
              <tr key={offset}>
                <th scope="row">
                  {offset.toString(16).padStart(bytes.length > 0xffff ? 6 : 4, '0')}
                </th>
                <td>
                  <Marked parts={hex} isMarked={hex.marked !== ''} />
                </td>
                <td>
                  <Marked parts={characters} isMarked={characters.marked !== ''} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more(bytesText)}
    </>
  )
}
