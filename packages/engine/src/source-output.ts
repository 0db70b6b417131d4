/** How what a source brings leaves it: rows by their ports, watermarks by all of them. */

import { ERRORS_SCHEMA, type Row } from '@millrace/pipeline'
import { END_OF_TIME_MS, type Mark, START_OF_TIME_MS } from './element.ts'
import type { RunContext } from './operator.ts'
import { OutputPort } from './output-port.ts'
import { refusalRow } from './refusals.ts'
import type { Reject, SourceChunk } from './source.ts'

/** Rows [from, to) of a chunk. Marks and origins are counted from the first of them. */
export interface HandedRows {
  readonly chunk: SourceChunk
  readonly from: number
  readonly to: number
  readonly marks: readonly Mark[]
  readonly origins: readonly number[] | undefined
}

export class SourceOutput {
  /** By port name, `errors` among them. */
  readonly ports: ReadonlyMap<string, OutputPort>
  /** Where what is handed on next stems from: the place in the turn. */
  sequence = 0
  /** The watermark that has left. */
  emittedMs: number
  readonly #context: RunContext
  /** What `SourceChunk.rowPorts` points to. */
  readonly #dataPorts: readonly OutputPort[]
  readonly #errors: OutputPort

  constructor(context: RunContext, ports: readonly string[], emittedMs = START_OF_TIME_MS) {
    this.#context = context
    this.emittedMs = emittedMs
    context.progress.watermarkMs = emittedMs
    this.#dataPorts = ports.map((name) => createPort(context, name))
    this.#errors = createPort(context, 'errors')
    const all = [...this.#dataPorts, this.#errors]
    this.ports = new Map(all.map((port) => [port.name, port]))
  }

  hand(handed: HandedRows): void {
    const { chunk, from, to, marks, origins } = handed
    const { progress } = this.#context
    this.#countIn(to - from)
    progress.watermarkMs = this.emittedMs
    this.#errors.flush()
    if (to === from) return
    const [out, ...others] = this.#dataPorts
    if (out === undefined || others.length > 0) {
      this.#deal(handed)
      return
    }
    const whole = from === 0 && to === chunk.rows.length
    const rows: readonly Row[] = whole ? chunk.rows : chunk.rows.slice(from, to)
    const times = whole ? chunk.times : chunk.times?.slice(from, to)
    out.hand({ kind: 'batch', rows, times, changes: undefined, marks, origins })
  }

  /** A chunk of one record, in a turn of its own, past all watermarks. */
  handAgain({ rows, times, rowPorts, rejects }: SourceChunk): void {
    this.sequence = 0
    for (const reject of rejects) this.reject(reject)
    this.#errors.flush()
    if (rows.length === 0) return
    this.#countIn(rows.length)
    const { tracksOrigins } = this.#context.wiring
    const origins = tracksOrigins ? rows.map(() => this.sequence++) : undefined
    const port = this.#dataPorts[rowPorts?.[0] ?? 0]
    port?.hand({ kind: 'batch', rows, times, changes: undefined, marks: [], origins })
  }

  reject(reject: Reject): void {
    const { at: _at, raw, reason, code = 'refused', column, ...detail } = reject
    const { ledger, nodeId } = this.#context
    ledger.in++
    ledger.deadLettered++
    this.#errors.origin = this.sequence++
    const cause = { code, message: reason, column }
    this.#errors.emit(refusalRow(nodeId, raw, cause, detail), Number.NaN)
  }

  /** A watermark leaves on its own, behind no row. */
  watermark(watermarkMs: number): void {
    this.emittedMs = watermarkMs
    this.#context.progress.watermarkMs = watermarkMs
    const origin = this.sequence++
    for (const port of this.#dataPorts) {
      port.origin = origin
      port.mark(watermarkMs)
    }
    for (const port of this.#dataPorts) port.flush()
  }

  status(idle: boolean): void {
    this.#context.progress.idle = idle
    const origin = this.sequence++
    for (const port of this.#dataPorts) {
      port.origin = origin
      port.status(idle)
    }
  }

  complete(): void {
    this.emittedMs = END_OF_TIME_MS
    this.#context.progress.watermarkMs = END_OF_TIME_MS
    for (const port of this.ports.values()) {
      port.origin = this.sequence
      port.mark(END_OF_TIME_MS)
      port.complete()
    }
  }

  #countIn(count: number): void {
    const { ledger } = this.#context
    ledger.in += count
    ledger.passed += count
  }

  /** Hands each row to its port, and every watermark to all of them. */
  #deal({ chunk, from, to, marks, origins }: HandedRows): void {
    const { rows, times, rowPorts } = chunk
    const ports = this.#dataPorts
    const hands = ports.map(() => new Hand())
    let nextMark = 0
    for (let row = from; row <= to; row++) {
      for (let mark = marks[nextMark]; mark?.at === row - from; mark = marks[++nextMark]) {
        for (const hand of hands) hand.marks.push({ ...mark, at: hand.rows.length })
      }
      if (row === to) break
      const hand = hands[rowPorts?.[row] ?? 0]
      const values = rows[row]
      if (hand === undefined || values === undefined) {
        const source = `Source "${this.#context.nodeId}"`
        throw new Error(`${source} gave row ${row} to a port that it does not have.`)
      }
      hand.rows.push(values)
      if (times !== undefined) hand.times.push(times[row] ?? Number.NaN)
      if (origins !== undefined) hand.origins.push(origins[row - from] ?? 0)
    }
    for (const [index, port] of ports.entries()) {
      const hand = hands[index]
      if (hand === undefined || (hand.rows.length === 0 && hand.marks.length === 0)) continue
      port.hand({
        kind: 'batch',
        rows: hand.rows,
        times: times === undefined ? undefined : hand.times,
        changes: undefined,
        marks: hand.marks,
        origins: origins === undefined ? undefined : hand.origins,
      })
    }
  }
}

/** What one port of several gets of a batch. */
class Hand {
  readonly rows: Row[] = []
  readonly times: number[] = []
  readonly origins: number[] = []
  readonly marks: Mark[] = []
}

function createPort({ connected, ledger, outputSchemas, wiring }: RunContext, name: string) {
  const schema = name === 'errors' ? ERRORS_SCHEMA : outputSchemas[name]
  return new OutputPort(
    {
      name,
      eventTime: schema?.eventTime ?? false,
      table: false,
      connected: connected(name),
      tracksOrigins: wiring.tracksOrigins,
    },
    ledger,
    () => {},
  )
}
