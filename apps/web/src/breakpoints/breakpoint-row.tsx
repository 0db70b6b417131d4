/** In the Records tab: the breakpoint of a port, and the record behind which the job stands. */

import type { PortPlace, wire } from '@millrace/pipeline'
import { OctagonPause, X } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useState } from 'react'
import { timeText, watermarkText } from '../live/formats.ts'
import { useLive, useValue } from '../live/live.tsx'
import { type Breakpoint, placeKey, SKIP_MAX } from './breakpoint-list.ts'
import { useBreakpoint, useHitAt } from './use-breakpoints.ts'
import './breakpoint-row.css'

export function BreakpointRow({ node, port }: PortPlace): ReactNode {
  const point = useBreakpoint({ node, port })
  const hit = useHitAt({ node, port })
  return (
    <>
      {point === undefined ? null : <Settings key={placeKey(point)} point={point} />}
      {hit === undefined ? null : <Stands hit={hit} />}
    </>
  )
}

function Settings({ point }: { readonly point: Breakpoint }): ReactNode {
  const { breakpoints } = useLive()
  const key = placeKey(point)
  const refusal = useValue(breakpoints.refusals).get(key)
  const [where, setWhere] = useState(point.where)
  const [skip, setSkip] = useState(String(point.skip))
  const take = (): void => {
    const count = Math.min(SKIP_MAX, Math.max(0, Math.trunc(Number(skip)) || 0))
    setSkip(String(count))
    breakpoints.put({ ...point, where: where.trim(), skip: count })
  }
  const onEnter = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') take()
  }
  return (
    <fieldset className="breakpoint-row" aria-label="Breakpoint">
      <label className="breakpoint-on">
        <input
          type="checkbox"
          checked={point.on}
          onChange={(event) => breakpoints.put({ ...point, on: event.target.checked })}
        />
        Pause the job at records where
      </label>
      <input
        className="drawer-input breakpoint-where"
        type="text"
        value={where}
        maxLength={4_096}
        spellCheck={false}
        placeholder="anything, or a condition, as ms > 100"
        aria-label="Only at records where this condition is true"
        aria-invalid={refusal !== undefined}
        onChange={(event) => setWhere(event.target.value)}
        onKeyDown={onEnter}
        onBlur={take}
      />
      <label className="breakpoint-skip">
        after
        <input
          className="drawer-input"
          type="text"
          inputMode="numeric"
          value={skip}
          aria-label="How many of these records pass first"
          onChange={(event) => setSkip(event.target.value)}
          onKeyDown={onEnter}
          onBlur={take}
        />
        of them
      </label>
      <button
        type="button"
        className="breakpoint-remove"
        aria-label="Remove the breakpoint"
        title="Remove the breakpoint"
        onClick={() => breakpoints.remove(key)}
      >
        <X size={13} aria-hidden />
      </button>
      {refusal === undefined ? null : (
        <p className="breakpoint-refusal" role="alert">
          {refusal}
        </p>
      )}
    </fieldset>
  )
}

function Stands({ hit }: { readonly hit: wire.BreakpointHit }): ReactNode {
  const { eventTime, change, row } = hit.record
  return (
    <div className="breakpoint-stands" role="status">
      <OctagonPause size={14} aria-hidden />
      <p>
        <strong>The job stands behind this record.</strong> What it caused has been done.
      </p>
      <dl>
        {change === null ? null : <Fact name="change" value={change} />}
        {eventTime === null ? null : (
          <Fact
            name="event time"
            value={typeof eventTime === 'number' ? timeText(eventTime) : watermarkText(eventTime)}
          />
        )}
        {Object.entries(row).map(([name, value]) => (
          <Fact
            key={name}
            name={name}
            value={typeof value === 'string' ? value : JSON.stringify(value)}
          />
        ))}
      </dl>
    </div>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
