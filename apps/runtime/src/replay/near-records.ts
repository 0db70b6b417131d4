/** For each difference, records of sources that it may stem from: near in time, with its key. */

import type { OperatorDefinition } from '@millrace/engine'
import { type CheckedPipeline, createRowText, type Row, type wire } from '@millrace/pipeline'
import type { StoredRecording } from '@millrace/storage'

const NEAR_MAX = 5
/** Differences of a sink for which records are looked up. */
const LOOKED_UP_MAX = 10

interface Candidate {
  /** Lower is nearer. */
  readonly distance: number
  readonly record: wire.NearRecord
}

interface Sought {
  readonly fromMs: number
  readonly toMs: number
  /** Columns that records may have, with the value that they should. */
  readonly key: ReadonlyMap<string, string>
  readonly found: Candidate[]
}

/** The same comparisons, with records at their first differences. Reads the recording once. */
export async function addNearRecords(
  sinks: readonly wire.SinkComparison[],
  recording: StoredRecording,
  checked: CheckedPipeline<OperatorDefinition>,
): Promise<wire.SinkComparison[]> {
  const sought = new Map(
    sinks.flatMap(({ first, key }) =>
      first.slice(0, LOOKED_UP_MAX).flatMap((one) => {
        const wanted = toSought(one, key)
        return wanted === undefined ? [] : [[one, wanted] as const]
      }),
    ),
  )
  if (sought.size > 0) await look([...sought.values()], recording, checked)
  return sinks.map((sink) => ({
    ...sink,
    first: sink.first.map((one) => ({
      ...one,
      near: sought.get(one)?.found.map(({ record }) => record) ?? [],
    })),
  }))
}

/** A result of a window stems from the records in it. */
function toSought(
  { old, new: next, eventTimeMs }: wire.RowDifference,
  key: readonly string[],
): Sought | undefined {
  const row = next ?? old ?? {}
  const start = timeOf(row['window_start'])
  const end = timeOf(row['window_end'])
  const fromMs = start ?? eventTimeMs
  const toMs = end === undefined ? eventTimeMs : end - 1
  if (fromMs === null || toMs === null) return undefined
  const values = key
    .filter((name) => name !== 'window_start' && name !== 'window_end')
    .map((name) => [name, JSON.stringify(row[name] ?? null)] as const)
  return { fromMs, toMs, key: new Map(values), found: [] }
}

function timeOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

async function look(
  sought: readonly Sought[],
  recording: StoredRecording,
  checked: CheckedPipeline<OperatorDefinition>,
): Promise<void> {
  for await (const entry of recording.entries()) {
    if (entry.kind !== 'turn' || entry.turn.kind !== 'records') continue
    const { source, nowMs, chunk } = entry.turn
    const { times, rows, rowPorts } = chunk
    if (times === undefined) continue
    const ports = Object.entries(checked.nodes.get(source)?.outputSchemas ?? {})
      .filter(([port]) => port !== 'errors')
      .map(([, { columns }]) => ({ columns, text: createRowText(columns) }))
    for (const [index, timeMs] of times.entries()) {
      const port = ports[rowPorts?.[index] ?? 0]
      const row = rows[index]
      if (port === undefined || row === undefined) continue
      let json: Record<string, unknown> | undefined
      for (const one of sought) {
        const far = outside(timeMs, one)
        if (one.found.length === NEAR_MAX && far >= (one.found.at(-1)?.distance ?? 0)) continue
        json ??= JSON.parse(port.text(row as Row)) as Record<string, unknown>
        if (!matches(json, one.key)) continue
        put(one.found, {
          distance: far,
          record: { source, arrivedAtMs: nowMs, eventTimeMs: timeMs, row: json },
        })
      }
    }
  }
}

/** How far outside of the time that is sought; 0 inside. */
function outside(timeMs: number, { fromMs, toMs }: Sought): number {
  return Math.max(0, fromMs - timeMs, timeMs - toMs)
}

function matches(row: Record<string, unknown>, key: ReadonlyMap<string, string>): boolean {
  for (const [name, value] of key) {
    if (Object.hasOwn(row, name) && JSON.stringify(row[name] ?? null) !== value) return false
  }
  return true
}

function put(found: Candidate[], candidate: Candidate): void {
  const at = found.findIndex(({ distance }) => distance > candidate.distance)
  found.splice(at < 0 ? found.length : at, 0, candidate)
  if (found.length > NEAR_MAX) found.pop()
}
