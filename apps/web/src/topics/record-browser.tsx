/** The records of a topic, a page at a time, from wherever one begins, or live. */

import { parseTimestamp, type wire } from '@millrace/pipeline'
import { type ReactNode, useEffect, useState } from 'react'
import type { Api } from '../api/api.ts'
import { DrawerButton, EmptyTab } from '../drawer/parts.tsx'
import { bytesText, countText } from '../live/formats.ts'
import { useValue } from '../live/live.tsx'
import type { Workbench } from '../workbench/workbench-store.ts'
import {
  type BrowseSession,
  type BrowseStart,
  type BrowseView,
  newerThan,
} from './browse-session.ts'
import { notATime } from './new-record.ts'
import { RecordDetails } from './record-details.tsx'
import { RecordList } from './record-list.tsx'
import './record-browser.css'

interface RecordBrowserProps {
  readonly session: BrowseSession
  readonly api: Api
  readonly workbench: Workbench
  readonly topic: wire.WireTopic
  readonly onWrite: () => void
}

export function RecordBrowser(props: RecordBrowserProps): ReactNode {
  const { session, api, workbench, topic, onWrite } = props
  const view = useValue(session.view)
  const [chosen, setChosen] = useState<string>()
  const record = view.records.find((one) => recordKey(one) === chosen)
  const count = topic.partitions.length
  const newer = newerThan(view, topic)
  const isEmpty = view.phase === 'shown' && view.records.length + view.older === 0 && !view.live
  // The first ones are shown as they come, and not a topic without any beside its figures.
  useEffect(() => {
    if (isEmpty && newer > 0) session.refresh()
  }, [isEmpty, newer, session])
  return (
    <section className="topic-panel record-browser" aria-labelledby="records-title">
      <h2 id="records-title" className="visually-hidden">
        Records
      </h2>
      <Toolbar session={session} view={view} partitions={count} />
      {view.message === undefined || view.phase === 'refused' ? null : (
        <p className="browser-said" role="alert">
          {view.message}
        </p>
      )}
      {view.records.length > 0 ? (
        <RecordList
          view={view}
          severalPartitions={count > 1}
          chosen={chosen}
          onChoose={setChosen}
          onOlder={() => session.showOlder()}
          onNewer={() => session.showNewer()}
        />
      ) : (
        <NoRecords view={view} topic={topic} onWrite={onWrite} session={session} />
      )}
      {record === undefined ? null : (
        <RecordDetails
          key={chosen}
          {...{ record, api, workbench }}
          topic={topic.topic}
          onClose={() => setChosen(undefined)}
        />
      )}
      <Foot view={view} session={session} newer={newer} />
    </section>
  )
}

export function recordKey({ partition, offset }: wire.BrowsedRecord): string {
  return `${partition}:${offset}`
}

interface ToolbarProps {
  readonly session: BrowseSession
  readonly view: BrowseView
  readonly partitions: number
}

function Toolbar({ session, view, partitions }: ToolbarProps): ReactNode {
  const { partition, start, live } = view
  const [kind, setKind] = useState(start.kind)
  useEffect(() => setKind(start.kind), [start])
  const choosePartition = (text: string): void => {
    const next = text === '' ? undefined : Number(text)
    // An offset means nothing in all partitions, and something else in another one.
    session.open(next, start.kind === 'offset' ? { kind: 'latest' } : start)
  }
  const chooseStart = (next: BrowseStart['kind']): void => {
    setKind(next)
    if (next === 'latest' || next === 'earliest') session.open(partition, { kind: next })
  }
  return (
    <div className="tab-bar browser-bar">
      {partitions > 1 ? (
        <select
          className="drawer-select"
          aria-label="Partition"
          value={partition === undefined ? '' : `${partition}`}
          onChange={({ target }) => choosePartition(target.value)}
        >
          <option value="">All partitions, by time</option>
          {Array.from({ length: partitions }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a partition is its number
            <option key={index} value={`${index}`}>
              Partition {index}
            </option>
          ))}
        </select>
      ) : null}
      <select
        className="drawer-select"
        aria-label="Begin at"
        value={kind}
        onChange={({ target }) => chooseStart(target.value as BrowseStart['kind'])}
      >
        <option value="latest">Newest</option>
        <option value="earliest">Oldest</option>
        <option value="offset">From an offset</option>
        <option value="time">From a time</option>
      </select>
      {kind === 'offset' ? (
        <OffsetField
          ask={partition === undefined && partitions > 1}
          onGo={(offset) => session.open(partition ?? 0, { kind: 'offset', offset })}
        />
      ) : null}
      {kind === 'time' ? (
        <TimeField onGo={(atMs) => session.open(partition, { kind: 'time', atMs })} />
      ) : null}
      <span className="spacer" />
      {view.passedOver > 0 ? (
        <strong className="browser-passed">{countText(view.passedOver)} passed over</strong>
      ) : null}
      <DrawerButton pressed={live} onPress={() => session.setLive(!live)}>
        <span className="live-mark" data-on={live} aria-hidden />
        Live
      </DrawerButton>
    </div>
  )
}

interface OffsetFieldProps {
  /** All partitions are shown, so that it has to be said which one is meant. */
  readonly ask: boolean
  readonly onGo: (offset: number) => void
}

function OffsetField({ ask, onGo }: OffsetFieldProps): ReactNode {
  const [text, setText] = useState('')
  const [said, setSaid] = useState<string>()
  return (
    <form
      className="browser-field"
      onSubmit={(event) => {
        event.preventDefault()
        const digits = text.replace(/[,\s]/g, '')
        if (!/^\d{1,15}$/.test(digits)) setSaid(`"${text}" is no offset. Write a whole number.`)
        else {
          setSaid(ask ? 'Of partition 0. Choose another one beside.' : undefined)
          onGo(Number(digits))
        }
      }}
    >
      <input
        className="input mono"
        aria-label="Offset"
        inputMode="numeric"
        placeholder="offset"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <button type="submit" className="drawer-button">
        Go
      </button>
      <span role="status">{said}</span>
    </form>
  )
}

function TimeField({ onGo }: { readonly onGo: (atMs: number) => void }): ReactNode {
  const [text, setText] = useState('')
  const [said, setSaid] = useState<string>()
  return (
    <form
      className="browser-field"
      onSubmit={(event) => {
        event.preventDefault()
        const atMs = parseTimestamp(text.trim())
        setSaid(atMs === null ? notATime(text.trim()) : undefined)
        if (atMs !== null) onGo(atMs)
      }}
    >
      <input
        className="input mono"
        aria-label="Time in UTC"
        placeholder="2026-01-01T12:00:00Z"
        data-wide
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <button type="submit" className="drawer-button">
        Go
      </button>
      <span role="status">{said}</span>
    </form>
  )
}

interface NoRecordsProps extends Pick<RecordBrowserProps, 'topic' | 'onWrite' | 'session'> {
  readonly view: BrowseView
}

function NoRecords({ view, topic, onWrite, session }: NoRecordsProps): ReactNode {
  const { phase, message = '', older, partition, live } = view
  if (phase === 'loading') {
    return (
      <div className="browser-empty" aria-busy="true">
        <EmptyTab title="Reading" />
      </div>
    )
  }
  if (phase === 'refused') {
    return (
      <div className="browser-empty">
        <EmptyTab title="These records cannot be read">{message}</EmptyTab>
        <button type="button" className="button" onClick={() => session.refresh()}>
          Try again
        </button>
      </div>
    )
  }
  if (older > 0) {
    return (
      <div className="browser-empty">
        <EmptyTab title="There is nothing behind this place yet">
          {`${countText(older)} stand before it.`}
        </EmptyTab>
        <button type="button" className="button" onClick={() => session.showOlder()}>
          Show older records
        </button>
      </div>
    )
  }
  const where = partition === undefined ? topic.topic : `partition ${partition}`
  return (
    <div className="browser-empty">
      <EmptyTab title={live ? 'Waiting for records' : `Nothing is in ${where}`}>
        A topic sink writes here as its job runs. To try it out, write a record by hand.
      </EmptyTab>
      {topic.damage === undefined ? (
        <button type="button" className="button" onClick={onWrite}>
          Write a record
        </button>
      ) : null}
    </div>
  )
}

interface FootProps {
  readonly view: BrowseView
  readonly session: BrowseSession
  readonly newer: number
}

function Foot({ view, session, newer }: FootProps): ReactNode {
  const { records, older, live } = view
  const shown = records.reduce((sum, { key, value }) => {
    return sum + (key?.bytes ?? 0) + (value?.bytes ?? 0)
  }, 0)
  const text = `${countText(records.length)} shown, ${bytesText(shown)}`
  return (
    <footer className="browser-foot">
      <button
        type="button"
        className="drawer-button"
        disabled={older === 0}
        onClick={() => session.showOlder()}
      >
        Older
      </button>
      <span className="quiet">{older === 0 ? 'none' : countText(older)}</span>
      <span className="browser-count">{text}</span>
      <span className="quiet">{newer === 0 || live ? 'none' : countText(newer)}</span>
      <button
        type="button"
        className="drawer-button"
        disabled={newer === 0 || live}
        onClick={() => session.showNewer()}
      >
        Newer
      </button>
    </footer>
  )
}
