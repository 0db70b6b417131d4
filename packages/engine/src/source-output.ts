/** How what a source brings leaves it: rows by their ports, watermarks by all of them. */

import { ERRORS_SCHEMA, type Row } from '@millrace/pipeline'
import { dealRows, type HandedRows, originsOf } from './dealt-rows.ts'
import { END_OF_TIME_MS, START_OF_TIME_MS } from './element.ts'
import type { RunContext } from './operator.ts'
import { OutputPort } from './output-port.ts'
import { refusalRow } from './refusals.ts'
import type { Reject, SourceChunk } from './source.ts'

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
    const { chunk, from, to, marks } = handed
    const { progress } = this.#context
    this.#countIn(to - from)
    progress.watermarkMs = this.emittedMs
    this.#errors.flush()
    if (to === from) return
    const [out, ...others] = this.#dataPorts
    if (out === undefined || others.length > 0) {
      dealRows(this.#context.nodeId, this.#dataPorts, handed)
      return
    }
    const whole = from === 0 && to === chunk.rows.length
    const rows: readonly Row[] = whole ? chunk.rows : chunk.rows.slice(from, to)
    const times = whole ? chunk.times : chunk.times?.slice(from, to)
    const origins = originsOf(handed)
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
