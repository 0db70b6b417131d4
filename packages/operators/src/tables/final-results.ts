/** The results of windows that fire several times: only the last one of each leaves. */

import {
  type Batch,
  type EventTimers,
  type Handler,
  JobFailed,
  keysInOrder,
  type OutputPort,
  type RunContext,
  type StateTable,
  type StateValue,
} from '@millrace/engine'
import { EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import type { Kept } from './latest-rows.ts'
import { keyReader } from './to-table.ts'
import { endOf, type WindowEnd, windowEndAmong } from './window-end.ts'

export class FinalResults implements Handler {
  readonly #out: OutputPort
  readonly #context: RunContext
  readonly #limit: number
  readonly #end: WindowEnd
  readonly #readKey: (row: Row) => Key
  /** By the end of their window, and key. */
  readonly #rows: StateTable<Kept>
  readonly #timers: EventTimers
  readonly #count: StateValue<number>

  constructor(out: OutputPort, context: RunContext, limit: number) {
    const input = context.inputSchemas.in
    const endColumn = input?.window?.endColumn ?? ''
    const end = input && windowEndAmong([endColumn], input)
    if (input === undefined || end === undefined) throw new Error('Final results have a window.')
    this.#out = out
    this.#context = context
    this.#limit = limit
    this.#end = end
    this.#readKey = keyReader(input.key ?? [], input)
    this.#rows = context.state.table('rows')
    this.#timers = context.state.timers('ends')
    this.#count = context.state.value('count', 0)
  }

  rows(_input: number, { rows, times, changes }: Batch, from: number, to: number): void {
    const { ledger, progress } = this.#context
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const change = changes?.[index]
      const endMs = endOf(row, this.#end)
      // What has left is the watermark less the lateness.
      if (endMs - 1 <= progress.watermarkMs) ledger.late++
      else if (change === '-U') ledger.absorbed++
      else if (change === '-D') this.#remove(endMs, row)
      else this.#put(endMs, row, times?.[index] ?? endMs - 1)
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    return this.#timers.nextMs() <= watermarkMs ? this.#fire(watermarkMs) : undefined
  }

  outgoingWatermark(watermarkMs: number): number {
    return watermarkMs - this.#end.latenessMs
  }

  #put(endMs: number, row: Row, timeMs: number): void {
    const { ledger } = this.#context
    const key = this.#readKey(row)
    if (this.#rows.get(endMs, key) === undefined) this.#countOne()
    else ledger.release('absorbed', 1)
    ledger.held++
    this.#rows.put(endMs, key, { row, timeMs })
    this.#timers.set(endMs - 1 + this.#end.latenessMs, endMs, null)
  }

  #countOne(): void {
    const count = this.#count.get() + 1
    this.#count.set(count)
    if (count <= this.#limit) return
    throw new JobFailed({
      domain: 'user',
      retry: false,
      message:
        `Node "${this.#context.nodeId}" holds back ${count} results, and its limit is ${this.#limit}. Raise the ` +
        'limit, or let the windows close sooner.',
    })
  }

  #remove(endMs: number, row: Row): void {
    const { ledger } = this.#context
    const key = this.#readKey(row)
    if (this.#rows.get(endMs, key) === undefined) {
      ledger.dropped++
      return
    }
    ledger.absorbed++
    ledger.release('absorbed', 1)
    this.#rows.delete(endMs, key)
    this.#count.set(this.#count.get() - 1)
  }

  *#fire(watermarkMs: number): Generator<void, void> {
    for (;;) {
      const timer = this.#timers.takeDue(watermarkMs)
      if (timer === undefined) return
      const { namespace: endMs } = timer
      const keys = this.#keysOf(endMs)
      for (const key of keysInOrder(keys)) {
        const kept = key === undefined ? undefined : this.#rows.get(endMs, key)
        if (kept !== undefined) {
          this.#out.emit(kept.row, kept.timeMs)
          this.#context.ledger.release('passed', 1)
          this.#count.set(this.#count.get() - 1)
        }
        yield
      }
      this.#rows.drop(endMs)
    }
  }

  *#keysOf(endMs: number): Generator<Key, void> {
    yield* this.#rows.keys(endMs)
  }
}
