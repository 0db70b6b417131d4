/**
 * Runs an operator that is written as two questions: what to do with rows, and what to do when a
 * watermark has passed. Everything else is done here, once for all operators:
 *
 * - rows and watermarks are taken in their order, batches and inputs notwithstanding;
 * - a watermark leaves after everything it caused, as the minimum over the inputs;
 * - what fires many rows is a generator, which is left when enough has been done and resumed later;
 * - rows in and out are counted, and bad records go to `errors` or fail the job.
 */

import { createRowText, type RefusalCause, type Row, type RowStep } from '@millrace/pipeline'
import { type Batch, type Element, END_OF_TIME_MS, START_OF_TIME_MS } from './element.ts'
import { JobFailed, shownRecord } from './failure.ts'
import type {
  Clocked,
  Inputs,
  Kept,
  Outputs,
  RestoredRunner,
  Resumed,
  RunContext,
  Task,
} from './operator.ts'
import { OutputPort } from './output-port.ts'
import { refusalRow } from './refusals.ts'
import { inputEnded } from './resends.ts'
import { RowChain, type RowLink } from './row-chain.ts'
import { ArrivalStage, type Cursor, type End, MergingStage, type Stage } from './stage.ts'
import { WatermarkValve } from './valve.ts'

export interface Handler {
  /**
   * Rows [from, to) of the batch have arrived and no watermark stands between them. `input` counts
   * the channels over all ports in their order: 0 is left and 1 right for a join. Where one row may
   * cause very many, what is not done yet is given back, and the rows behind it come later.
   */
  rows: TakeRows<void> | TakeRows<Unfinished | undefined>
  /**
   * What `rows` does with each row of an append stream, where that is all the node does and what is
   * made leaves by `out`. In a job that is done instead, in one loop with its neighbours.
   */
  readonly step?: RowStep
  /**
   * The ports by which something may leave while `rows` is at work; all of them, if absent. Where
   * paths from one source meet again, rows can then be taken many at a time.
   */
  readonly rowPorts?: readonly string[]
  /**
   * The minimum over the inputs has risen to `watermarkMs`; `+Infinity` when all input has ended.
   * It leaves when this returns. What may emit many rows is a generator that yields after each row
   * or so.
   */
  watermark?(watermarkMs: number): Iterator<unknown> | undefined
  /**
   * The next point in processing time, in UTC milliseconds, at which `processingTime` should be
   * called; Infinity for none. What is pending when all input has ended is called no more: a node
   * does what is still to do at the watermark `+Infinity`.
   */
  nextProcessingMs?(): number
  /** The clock shows `nowMs`, which is not before `nextProcessingMs`. As `watermark`. */
  processingTime?(nowMs: number): Iterator<unknown> | undefined
  /** The watermark that leaves for this one; it must not fall. The same, if absent. */
  outgoingWatermark?(watermarkMs: number): number
  /** All input has ended and everything has left. */
  end?(): void
  /**
   * Whether work goes on outside of the loop, of which something may still leave at
   * `processingTime`. The outputs of a node that says so end when it is over; till then the node is
   * called by the clock.
   */
  underWay?(): boolean
}

type TakeRows<Left> = (input: number, batch: Batch, from: number, to: number) => Left

/**
 * The rows before `to` have been taken, and `work` is still to be done for the last of them.
 * Without `work`, they have caused so much together that the thread may be due back.
 */
export interface Unfinished {
  readonly to: number
  /** Yields after each row or so. */
  readonly work: Iterator<unknown> | undefined
}

export interface Emit<Out extends string> {
  readonly out: { readonly [port in Out]: OutputPort }
  /**
   * Sends a record of this input to `errors`, or fails the job, as `onError` says. It is counted.
   */
  refuse(input: number, row: Row, cause: RefusalCause): void
  /**
   * Sends to `errors`, as text, what was to be made of records and has no value. It is not counted:
   * the records are in other buckets. `record` is the one that is at fault, if it is one.
   */
  refuseMade(raw: string, cause: RefusalCause, record?: Row): void
  /**
   * Lets a watermark leave that the node makes itself, behind what it has emitted. One that is not
   * above the last is ignored. Such a node keeps the ones that come in back through
   * `outgoingWatermark`.
   */
  watermark(watermarkMs: number): void
}

export interface ProcessSettings<Out extends string> {
  readonly ports: readonly Out[]
  readonly onError?: 'dead-letter' | 'fail'
}

/** See above. Every port in `ports` has an observable that completes after its last element. */
export function process<In extends string, Out extends string>(
  inputs: Inputs<In>,
  context: RunContext,
  settings: ProcessSettings<Out>,
  create: (emit: Emit<Out>) => Handler,
): Outputs<Out> {
  const runner = new NodeRunner(inputs, context, settings, create)
  return runner.outputs
}

const ROWS_A_STEP_MAX = 4096
const END: End = { kind: 'end' }

class NodeRunner<In extends string, Out extends string> implements Task, Clocked, Kept {
  readonly outputs: Outputs<Out>
  readonly #context: RunContext
  readonly #handler: Handler
  readonly #ports: readonly OutputPort[]
  readonly #valve: WatermarkValve
  readonly #stage: Stage
  readonly #ended: boolean[]
  readonly #chain: RowChain | undefined
  /** Whether what leaves while rows are taken must say which of them it stems from. */
  readonly #goesRowByRow: boolean
  #openChannels: number
  /** All input had ended already at the checkpoint that the job went on from. */
  readonly #hadEnded: boolean
  /** What a watermark, the clock or a row set off and has not finished. */
  #firing: Iterator<unknown> | undefined
  #firingMs = START_OF_TIME_MS
  /** No watermark leaves behind what is being done: a row or processing time set it off. */
  #unmarked = false
  #outgoingMs = START_OF_TIME_MS
  #rowsThisStep = 0
  /** What the handler takes now, and from where on its refused rows are looked for. */
  #taken: Batch | undefined
  #takenFrom = 0

  constructor(
    inputs: Inputs<In>,
    context: RunContext,
    settings: ProcessSettings<Out>,
    create: (emit: Emit<Out>) => Handler,
  ) {
    this.#context = context
    const byName = settings.ports.map((name) => [name, this.#createPort(name)] as const)
    this.#ports = byName.map(([, port]) => port)
    this.outputs = Object.fromEntries(
      byName.map(([name, port]) => [name, port.stream]),
    ) as Outputs<Out>
    const channels = Object.entries<Inputs<In>[In]>(inputs).flatMap(([port, { channels }]) =>
      channels.map((stream) => ({ port, stream })),
    )
    const { depth, merges, agenda, restored } = context.wiring
    this.#valve = new WatermarkValve(channels.length, restored?.valve)
    this.#ended = channels.map((_, channel) => restored?.ended[channel] ?? false)
    this.#hadEnded = restored !== undefined && !this.#ended.includes(false)
    this.#outgoingMs = restored?.outgoingMs ?? START_OF_TIME_MS
    context.progress.watermarkMs = this.#outgoingMs
    context.wiring.keep(this)
    this.#stage = merges
      ? new MergingStage(channels.length, (channel) => agenda.frontier(depth, channel))
      : new ArrivalStage()
    this.#openChannels = channels.length
    context.progress.inputs = this.#valve.inputs()
    const refusing = this.#createRefuse(
      channels.map(({ port }) => port),
      settings.onError ?? 'dead-letter',
    )
    this.#handler = create({
      out: Object.fromEntries(byName) as { readonly [port in Out]: OutputPort },
      ...refusing,
      watermark: (watermarkMs) => this.#leave(watermarkMs),
    })
    const { rowPorts } = this.#handler
    this.#goesRowByRow =
      context.wiring.tracksOrigins &&
      settings.ports.some((name) => context.connected(name) && rowPorts?.includes(name) !== false)
    if (this.#handler.processingTime !== undefined) context.wiring.goByClock(this)
    this.#chain = this.#createChain(settings.onError ?? 'dead-letter')
    for (const [channel, { stream }] of channels.entries()) {
      stream.subscribe({
        next: (element) => this.#receive(channel, element),
        complete: () => this.#receive(channel, END),
        error: (error) => context.fail(error),
      })
    }
  }

  save(): RestoredRunner {
    return { valve: this.#valve.save(), ended: [...this.#ended], outgoingMs: this.#outgoingMs }
  }

  sendIn(channel: number, row: Row, eventTimeMs: number | undefined): RefusalCause | undefined {
    if (this.#ended[channel] !== false || this.#hadEnded) return inputEnded(this.#context.nodeId)
    const times = eventTimeMs === undefined ? undefined : [eventTimeMs]
    const origins = this.#context.wiring.tracksOrigins ? [0] : undefined
    const rows = [row]
    this.#receive(channel, { kind: 'batch', rows, times, changes: undefined, marks: [], origins })
    return undefined
  }

  nextTickMs(): number {
    if (this.#outlasts && this.#handler.underWay?.() !== true) return 0
    const ended = this.#openChannels === 0 || this.#hadEnded
    if (ended && !this.#outlasts) return Number.POSITIVE_INFINITY
    return this.#handler.nextProcessingMs?.() ?? Number.POSITIVE_INFINITY
  }

  tick(nowMs: number): void {
    const { wiring } = this.#context
    const { meter } = wiring
    const outer = meter?.on === true ? meter.enter(wiring.depth) : undefined
    this.#rowsThisStep = 0
    try {
      this.#setOrigin(0)
      if (this.#outlasts && this.#handler.underWay?.() !== true) {
        this.#complete()
        return
      }
      this.#firing = this.#handler.processingTime?.(nowMs)
      this.#unmarked = true
      if (!this.#continueFiring()) wiring.agenda.add(wiring.depth, this)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#flush()
      if (outer !== undefined) meter?.leave(outer)
    }
  }

  resume(): Resumed {
    const { meter, depth } = this.#context.wiring
    if (meter?.on !== true) return this.#resume()
    const outer = meter.enter(depth)
    const resumed = this.#resume()
    meter.leave(outer)
    return resumed
  }

  #resume(): Resumed {
    this.#rowsThisStep = 0
    try {
      return this.#goOn()
    } catch (error) {
      this.#failed(error)
      return 'done'
    } finally {
      this.#flush()
    }
  }

  origin(): number {
    return this.#firing === undefined ? this.#stage.origin() : (this.#ports[0]?.origin ?? 0)
  }

  #receive(channel: number, element: Element | End): void {
    const { meter, depth } = this.#context.wiring
    if (meter?.on !== true) {
      this.#take(channel, element)
      return
    }
    const outer = meter.enter(depth)
    this.#take(channel, element)
    meter.leave(outer)
  }

  #take(channel: number, element: Element | End): void {
    const { wiring } = this.#context
    if (this.#chain !== undefined && element.kind === 'batch') {
      this.#countIn(element.rows.length)
      this.#rowsThisStep = 0
      this.#chain.run(element)
      return
    }
    const cursor: Cursor = { channel, element, row: 0, mark: 0 }
    if (element.kind === 'batch') this.#countIn(element.rows.length)
    const waits = wiring.merges || this.#firing !== undefined || !this.#stage.empty
    if (!waits) {
      this.#rowsThisStep = 0
      try {
        if (this.#work(cursor, Number.POSITIVE_INFINITY)) return
      } catch (error) {
        this.#failed(error)
        return
      } finally {
        this.#flush()
      }
    }
    this.#stage.push(cursor)
    wiring.agenda.add(wiring.depth, this)
  }

  #createChain(onError: 'dead-letter' | 'fail'): RowChain | undefined {
    const { linkRows } = this.#context.wiring
    const { step } = this.#handler
    const out = this.#ports.find(({ name }) => name === 'out')
    if (linkRows === undefined || step === undefined || out === undefined) return undefined
    const refuse = this.#createRefuseRow(['in'], onError)
    const link: RowLink = {
      context: this.#context,
      step,
      out,
      next: undefined,
      pass: (watermarkMs, origin) => this.#pass(watermarkMs, origin, out),
      refuse: (row, cause, origin, eventTimeMs) => {
        this.#setOrigin(origin)
        refuse(0, row, cause, eventTimeMs)
      },
      failed: (error) => this.#failed(error),
      flush: () => this.#flush(),
    }
    linkRows(link)
    return new RowChain(link)
  }

  /** As a mark of the only input; what leaves by `out` is the chain's to hand on. */
  #pass(watermarkMs: number, origin: number, out: OutputPort): number | undefined {
    this.#setOrigin(origin)
    const raised = this.#valve.advance(0, watermarkMs)
    if (raised === undefined) return undefined
    this.#context.wiring.watcher?.onWatermark?.(raised)
    if (raised <= this.#outgoingMs) return undefined
    this.#outgoingMs = raised
    this.#context.progress.watermarkMs = raised
    for (const port of this.#ports) if (port !== out) port.mark(raised)
    return raised
  }

  #goOn(): Resumed {
    for (;;) {
      if (this.#firing !== undefined && !this.#continueFiring()) return 'more'
      const next = this.#stage.next()
      if (!('cursor' in Object(next))) return next as Resumed
      const { cursor, originMax } = next as { cursor: Cursor; originMax: number }
      if (this.#work(cursor, originMax)) this.#stage.remove(cursor)
      else if (this.#firing !== undefined || this.#stepIsOver()) return 'more'
    }
  }

  /**
   * True when the element is worked off; false at `originMax`, at the end of the step, or while
   * firing.
   */
  #work(cursor: Cursor, originMax: number): boolean {
    const { element, channel } = cursor
    if (element.kind === 'batch') return this.#workBatch(cursor, element, originMax)
    if (element.kind === 'end') {
      this.#endChannel(channel)
      return true
    }
    return this.#workStatus(cursor, element.idle, element.origin, channel)
  }

  #workBatch(cursor: Cursor, batch: Batch, originMax: number): boolean {
    const { rows, marks, origins } = batch
    const { channel } = cursor
    for (;;) {
      const mark = marks[cursor.mark]
      const end = mark === undefined ? rows.length : mark.at
      if (origins !== undefined) {
        if (!this.#takeRowsUpTo(cursor, origins, end, originMax)) return false
      } else if (!this.#takeRows(cursor, batch, end)) return false
      if (mark === undefined) return true
      if (mark.origin > originMax) return false
      cursor.mark++
      this.#setOrigin(mark.origin)
      const raised = this.#valve.advance(channel, mark.watermarkMs)
      if (raised !== undefined && !this.#fire(raised)) return false
      const more = cursor.row < rows.length || cursor.mark < marks.length
      if (more && this.#stepIsOver()) return false
    }
  }

  /** False while what a row sets off is unfinished. */
  #takeRows(cursor: Cursor, batch: Batch, end: number): boolean {
    while (cursor.row < end) {
      const from = cursor.row
      this.#context.ledger.inFlight -= end - from
      cursor.row = end
      this.#taken = batch
      this.#takenFrom = from
      const left = this.#handler.rows(cursor.channel, batch, from, end)
      if (left === undefined) return true
      this.#context.ledger.inFlight += end - left.to
      cursor.row = left.to
      if (left.work !== undefined) {
        this.#firing = left.work
        this.#unmarked = true
        if (!this.#continueFiring()) return false
      }
      if (cursor.row < end && this.#stepIsOver()) return false
    }
    return true
  }

  #failed(error: unknown): void {
    this.#context.ledger.settle()
    this.#context.fail(error instanceof Error ? error : new Error(String(error)))
  }

  #countIn(count: number): void {
    this.#context.ledger.in += count
    this.#context.ledger.inFlight += count
  }

  #takeRowsUpTo(
    cursor: Cursor,
    origins: readonly number[],
    end: number,
    originMax: number,
  ): boolean {
    const batch = cursor.element as Batch
    while (cursor.row < end) {
      const origin = origins[cursor.row] ?? 0
      if (origin > originMax) return false
      this.#setOrigin(origin)
      const to = this.#goesRowByRow
        ? cursor.row + 1
        : firstAbove(origins, originMax, cursor.row, end)
      if (!this.#takeRows(cursor, batch, to)) return false
    }
    return true
  }

  #workStatus(cursor: Cursor, idle: boolean, origin: number, channel: number): boolean {
    if (cursor.row > 0) return true
    cursor.row = 1
    this.#setOrigin(origin)
    let left = true
    const output = {
      watermark: (watermarkMs: number) => {
        left = this.#fire(watermarkMs)
      },
      status: (idleNow: boolean) => {
        this.#context.progress.idle = idleNow
        if (left) for (const port of this.#ports) port.status(idleNow)
        else this.#statusAfterFiring = idleNow
      },
    }
    if (idle) this.#valve.setIdle(channel, output)
    else this.#valve.setActive(channel, output)
    return left
  }

  /** All input has ended, and work outside of the loop has not. */
  #outlasts = false
  #statusAfterFiring: boolean | undefined

  /** False while what the watermark sets off is unfinished; then the watermark leaves later. */
  #fire(watermarkMs: number): boolean {
    this.#firingMs = watermarkMs
    this.#context.wiring.watcher?.onWatermark?.(watermarkMs)
    this.#firing = this.#handler.watermark?.(watermarkMs)
    return this.#continueFiring()
  }

  #continueFiring(): boolean {
    const firing = this.#firing
    while (firing !== undefined && firing.next().done !== true) {
      if (this.#stepIsOver()) return false
    }
    this.#firing = undefined
    if (this.#unmarked) this.#unmarked = false
    else this.#letWatermarkLeave()
    if (this.#statusAfterFiring !== undefined) {
      for (const port of this.#ports) port.status(this.#statusAfterFiring)
      this.#statusAfterFiring = undefined
    }
    return true
  }

  #letWatermarkLeave(): void {
    if (this.#firingMs === END_OF_TIME_MS && this.#handler.underWay !== undefined) return
    this.#leave(this.#handler.outgoingWatermark?.(this.#firingMs) ?? this.#firingMs)
  }

  #leave(watermarkMs: number): void {
    if (watermarkMs <= this.#outgoingMs) return
    this.#outgoingMs = watermarkMs
    this.#context.progress.watermarkMs = watermarkMs
    for (const port of this.#ports) port.mark(watermarkMs)
  }

  /** Channels that had ended before a restart end again, for nodes below that are new. */
  #endChannel(channel: number): void {
    this.#ended[channel] = true
    this.#openChannels--
    if (this.#openChannels > 0) return
    this.#outlasts = this.#handler.underWay?.() === true
    if (!this.#outlasts) this.#complete()
  }

  #complete(): void {
    this.#outlasts = false
    const before = this.#outgoingMs
    if (this.#handler.underWay !== undefined) this.#leave(END_OF_TIME_MS)
    if (!this.#hadEnded) this.#handler.end?.()
    for (const port of this.#ports) {
      if (this.#hadEnded && this.#outgoingMs === before) port.mark(before)
      port.complete()
    }
  }

  #stepIsOver(): boolean {
    return this.#rowsThisStep >= ROWS_A_STEP_MAX || this.#context.wiring.agenda.sliceIsOver()
  }

  #setOrigin(origin: number): void {
    for (const port of this.#ports) port.origin = origin
  }

  #flush(): void {
    for (const port of this.#ports) port.flush()
  }

  #createPort(name: Out): OutputPort {
    const { connected, ledger, outputSchemas, wiring } = this.#context
    const schema = outputSchemas[name]
    return new OutputPort(
      {
        name,
        eventTime: schema?.eventTime ?? false,
        table: schema !== undefined && schema.changes !== 'append',
        connected: connected(name),
        tracksOrigins: wiring.tracksOrigins,
      },
      ledger,
      (count) => {
        this.#rowsThisStep += count
      },
    )
  }

  #createRefuse(
    inputPorts: readonly string[],
    onError: 'dead-letter' | 'fail',
  ): Pick<Emit<Out>, 'refuse' | 'refuseMade'> {
    const refuse = this.#createRefuseRow(inputPorts, onError)
    return {
      refuse: (input, row, cause) => refuse(input, row, cause, this.#timeOf(row)),
      refuseMade: (raw, cause, record) => {
        const detail = record === undefined ? {} : this.#detail(0, this.#timeOf(record))
        this.#errors?.emit(refusalRow(this.#context.nodeId, raw, cause, detail), Number.NaN)
      },
    }
  }

  #createRefuseRow(inputPorts: readonly string[], onError: 'dead-letter' | 'fail'): RefuseRow {
    const { nodeId, ledger, inputSchemas } = this.#context
    const errors = this.#errors
    const texts = inputPorts.map((port) => createRowText(inputSchemas[port]?.columns ?? []))
    return (input, row, cause, eventTimeMs) => {
      const raw = texts[input]?.(row) ?? ''
      if (onError === 'fail' || errors === undefined) {
        throw new JobFailed({
          domain: 'user',
          retry: false,
          message: `${cause.message} The record is ${shownRecord(raw)}.`,
        })
      }
      ledger.deadLettered++
      errors.emit(refusalRow(nodeId, raw, cause, this.#detail(input, eventTimeMs)), Number.NaN)
    }
  }

  get #errors(): OutputPort | undefined {
    return this.#ports.find((port) => port.name === 'errors')
  }

  #detail(channel: number, eventTimeMs: number | undefined) {
    return { channel, ...(eventTimeMs === undefined ? {} : { eventTimeMs }) }
  }

  /** Of a row that is being taken; refused rows come in the order of their batch. */
  #timeOf(row: Row): number | undefined {
    const batch = this.#taken
    if (batch?.times === undefined) return undefined
    const index = batch.rows.indexOf(row, this.#takenFrom)
    if (index < 0) return undefined
    this.#takenFrom = index
    return batch.times[index]
  }
}

type RefuseRow = (
  input: number,
  row: Row,
  cause: RefusalCause,
  eventTimeMs: number | undefined,
) => void

/** The index of the first of these, which ascend, that is above `max`; `to` if there is none. */
function firstAbove(origins: readonly number[], max: number, from: number, to: number): number {
  if ((origins[to - 1] ?? 0) <= max) return to
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((origins[middle] ?? 0) > max) high = middle
    else low = middle + 1
  }
  return low
}
