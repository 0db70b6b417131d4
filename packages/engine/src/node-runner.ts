/** A node in a running job that is a `Handler`; `process` says what is done here for it. */

import type { RefusalCause, Row } from '@millrace/pipeline'
import { type Batch, type Element, END_OF_TIME_MS, START_OF_TIME_MS } from './element.ts'
import type { Emit, Handler, ProcessSettings } from './handler.ts'
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
import { inputEnded } from './resends.ts'
import { RowChain, type RowLink } from './row-chain.ts'
import { RowRefusals } from './row-refusals.ts'
import { ArrivalStage, type Cursor, type End, MergingStage, type Stage } from './stage.ts'
import { WatermarkValve } from './valve.ts'

const ROWS_A_STEP_MAX = 4096
const END: End = { kind: 'end' }

export class NodeRunner<In extends string, Out extends string> implements Task, Clocked, Kept {
  readonly outputs: Outputs<Out>
  readonly #context: RunContext
  readonly #handler: Handler
  readonly #ports: readonly OutputPort[]
  readonly #valve: WatermarkValve
  readonly #stage: Stage
  readonly #ended: boolean[]
  readonly #refusals: RowRefusals
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
    const refusals = new RowRefusals(context, {
      inputPorts: channels.map(({ port }) => port),
      onError: settings.onError ?? 'dead-letter',
      errors: this.#ports.find(({ name }) => name === 'errors'),
    })
    this.#refusals = refusals
    this.#handler = create({
      out: Object.fromEntries(byName) as { readonly [port in Out]: OutputPort },
      refuse: (input, row, cause) => refusals.refuse(input, row, cause),
      refuseMade: (raw, cause, record) => refusals.refuseMade(raw, cause, record),
      watermark: (watermarkMs) => this.#leave(watermarkMs),
    })
    const { rowPorts } = this.#handler
    this.#goesRowByRow =
      context.wiring.tracksOrigins &&
      settings.ports.some((name) => context.connected(name) && rowPorts?.includes(name) !== false)
    if (this.#handler.processingTime !== undefined) context.wiring.goByClock(this)
    this.#chain = this.#createChain()
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

  catchUp(channel: number, watermarkMs: number, idle: boolean): void {
    const origins = this.#context.wiring.tracksOrigins ? [] : undefined
    const marks = [{ at: 0, watermarkMs, origin: 0 }]
    const none = { kind: 'batch', rows: [], times: undefined, changes: undefined } as const
    if (watermarkMs > START_OF_TIME_MS) this.#receive(channel, { ...none, marks, origins })
    if (idle) this.#receive(channel, { kind: 'status', idle, origin: 0 })
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

  #createChain(): RowChain | undefined {
    const { linkRows } = this.#context.wiring
    const { step } = this.#handler
    const out = this.#ports.find(({ name }) => name === 'out')
    if (linkRows === undefined || step === undefined || out === undefined) return undefined
    const link: RowLink = {
      context: this.#context,
      step,
      out,
      next: undefined,
      pass: (watermarkMs, origin) => this.#pass(watermarkMs, origin, out),
      refuse: (row, cause, origin, eventTimeMs) => {
        this.#setOrigin(origin)
        this.#refusals.refuseAt(0, row, cause, eventTimeMs)
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
      const cursor = this.#stage.next()
      if (cursor === undefined) return this.#stage.pause
      if (this.#work(cursor, this.#stage.originMax)) this.#stage.remove(cursor)
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
      this.#refusals.taking(batch, from)
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
    if (this.#firing !== undefined && !this.#fireOn(this.#firing)) return false
    this.#firing = undefined
    if (this.#unmarked) this.#unmarked = false
    else this.#letWatermarkLeave()
    if (this.#statusAfterFiring !== undefined) {
      for (const port of this.#ports) port.status(this.#statusAfterFiring)
      this.#statusAfterFiring = undefined
    }
    return true
  }

  /** By itself, since V8 takes long to optimise a loop with all that comes behind it. */
  #fireOn(firing: Iterator<unknown>): boolean {
    while (firing.next().done !== true) if (this.#stepIsOver()) return false
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
    if (this.#handler.underWay !== undefined) this.#leave(END_OF_TIME_MS)
    for (const port of this.#ports) port.complete()
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
      (weight) => {
        this.#rowsThisStep += weight
      },
    )
  }
}

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
