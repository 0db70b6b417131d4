/** All of one record: its key, its value and its headers, as JSON, text or bytes. */

import type { wire } from '@millrace/pipeline'
import { Copy, X } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { type Api, messageOf } from '../api/api.ts'
import { bytesText, countText, timeText } from '../live/formats.ts'
import type { Workbench } from '../workbench/workbench-store.ts'
import { bestKind, type ReadValue, type TextKind, textOf, toReadValue } from './record-text.ts'

interface RecordDetailsProps {
  readonly topic: string
  readonly record: wire.BrowsedRecord
  readonly api: Api
  readonly workbench: Workbench
  readonly onClose: () => void
}

/** More is not laid out in a page. */
const WHOLE_BYTES_MAX = 1024 * 1024

export function RecordDetails(props: RecordDetailsProps): ReactNode {
  const { topic, record, api, workbench, onClose } = props
  const { partition, offset, timestampMs } = record
  const { key, value, headers, said } = useWhole(api, topic, record)
  return (
    <section
      className="record-details"
      aria-label={`Partition ${partition}, offset ${offset}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <header className="tab-bar">
        <strong>
          Partition {partition}, offset {countText(offset)}
        </strong>
        <span className="quiet">{timeText(timestampMs)}</span>
        <span className="spacer" />
        <button
          type="button"
          className="button quiet icon"
          aria-label="Close the details"
          title="Close the details (Escape)"
          onClick={onClose}
        >
          <X size={14} aria-hidden />
        </button>
      </header>
      <div className="record-parts">
        <Part title="Key" none="It has no key." part={key} workbench={workbench} />
        <Part
          title="Value"
          none="It has no value, which says that its key is gone."
          part={value}
          workbench={workbench}
        />
        {said === undefined ? null : <p className="form-below">{said}</p>}
        {headers.length > 0 ? (
          <section className="record-part" aria-label="Headers">
            <h3>Headers</h3>
            <dl className="record-headers">
              {headers.map(({ name, value: header }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat
                <div key={index}>
                  <dt>{name}</dt>
                  <dd>{textOf(header, bestKind(header) === 'bytes' ? 'bytes' : 'text')}</dd>
                </div>
              ))}
            </dl>
          </section>
        ) : null}
      </div>
    </section>
  )
}

interface Whole {
  readonly key: ReadValue | undefined
  readonly value: ReadValue | undefined
  readonly headers: readonly { readonly name: string; readonly value: ReadValue }[]
  /** What is missing, and how to have it. */
  readonly said: string | undefined
}

/** A page brings the beginnings; all of a record is asked for when somebody looks at it. */
function useWhole(api: Api, topic: string, record: wire.BrowsedRecord): Whole {
  const [whole, setWhole] = useState<wire.WireTopicRecord>()
  const [said, setSaid] = useState<string>()
  const { partition, offset } = record
  const parts = [record.key, record.value, ...record.headers.map(({ value }) => value)]
  const isCut = parts.some((part) => part !== null && !toReadValue(part).whole)
  const bytes = parts.reduce((sum, part) => sum + (part?.bytes ?? 0), 0)
  const fits = bytes <= WHOLE_BYTES_MAX
  useEffect(() => {
    if (!isCut || !fits) return undefined
    let left = false
    const query = { partition: `${partition}`, offset: `${offset}`, limit: '1' }
    void api.call('readTopic', { params: { topic }, query }).then((answer) => {
      if (left) return
      if (answer.kind !== 'done') setSaid(messageOf(answer))
      else if (answer.reply.records[0]?.offset === offset) setWhole(answer.reply.records[0])
      else setSaid('The record is not there any more: retention or compaction has taken it.')
    })
    return () => {
      left = true
    }
  }, [api, topic, partition, offset, isCut, fits])
  const shown = whole ?? record
  return {
    key: shown.key === null ? undefined : toReadValue(shown.key),
    value: shown.value === null ? undefined : toReadValue(shown.value),
    headers: shown.headers.map(({ name, value }) => ({ name, value: toReadValue(value) })),
    said: isCut && !fits ? tooLargeText(topic, record, bytes) : said,
  }
}

function tooLargeText(topic: string, record: wire.BrowsedRecord, bytes: number): string {
  const { partition, offset } = record
  return (
    `The record has ${bytesText(bytes)}, and the page shows up to ${bytesText(WHOLE_BYTES_MAX)}; ` +
    'this is its beginning. All of it: ' +
    `millrace topic read ${topic} --partition ${partition} --offset ${offset} --limit 1`
  )
}

const KINDS: readonly (readonly [TextKind, string])[] = [
  ['json', 'JSON'],
  ['text', 'Text'],
  ['bytes', 'Bytes'],
]

interface PartProps {
  readonly title: string
  readonly none: string
  readonly part: ReadValue | undefined
  readonly workbench: Workbench
}

function Part({ title, none, part, workbench }: PartProps): ReactNode {
  const [wanted, setWanted] = useState<TextKind>()
  if (part === undefined) {
    return (
      <section className="record-part" aria-label={title}>
        <h3>{title}</h3>
        <p className="quiet">{none}</p>
      </section>
    )
  }
  const kind = wanted !== undefined && textOf(part, wanted) !== undefined ? wanted : bestKind(part)
  const copy = (): void => {
    const text = part.text ?? textOf(part, 'bytes') ?? ''
    navigator.clipboard.writeText(text).then(
      () => workbench.notify({ kind: 'done', title: `${title} copied.` }),
      () =>
        workbench.notify({
          kind: 'refused',
          title: 'Not copied: the browser does not let this page write to the clipboard.',
        }),
    )
  }
  return (
    <section className="record-part" aria-label={title}>
      <div className="record-part-head">
        <h3>{title}</h3>
        <span className="quiet">{bytesText(part.size)}</span>
        <span className="record-kinds">
          {KINDS.map(([each, words]) => (
            <button
              key={each}
              type="button"
              className="record-kind"
              aria-pressed={each === kind}
              disabled={textOf(part, each) === undefined}
              onClick={() => setWanted(each)}
            >
              {words}
            </button>
          ))}
        </span>
        <span className="spacer" />
        <button
          type="button"
          className="button quiet icon"
          aria-label={`Copy the ${title.toLowerCase()}`}
          title={`Copy the ${title.toLowerCase()}`}
          onClick={copy}
        >
          <Copy size={13} aria-hidden />
        </button>
      </div>
      <pre className="record-text">{textOf(part, kind)}</pre>
    </section>
  )
}
