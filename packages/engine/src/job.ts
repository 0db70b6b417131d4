/**
 * One running pipeline. A job is a graph of RxJS operators driven by a loop of turns: pick a
 * source, push one batch of it synchronously through the graph, let nodes finish what that set
 * off, give the thread back. Nothing queues in between, so back-pressure is not taking the next
 * turn.
 *
 * Pause, step, pace and taps take effect between slices.
 */

import type { Row } from '@millrace/pipeline'
import { EMPTY, type Observable } from 'rxjs'
import { BusyMeter } from './busy-meter.ts'
import {
  fitCheckpoint,
  identityOf,
  type RestoredJob,
  type SavedNode,
  type SavedRunner,
} from './checkpoint.ts'
import type { CheckpointStore, CheckpointSummary } from './checkpoint-store.ts'
import { type Element, START_OF_TIME_MS } from './element.ts'
import type { Env } from './env.ts'
import { type JobFailure, toJobFailure } from './failure.ts'
import { JobCheckpoints, type JobTransaction, prepareAll } from './job-checkpoints.ts'
import { Ledger, type LedgerJson } from './ledger.ts'
import { MemoryState } from './memory-state.ts'
import type {
  Clocked,
  Input,
  Kept,
  KeptRows,
  OpenWindow,
  OperatorDefinition,
  Outstanding,
  Progress,
  RestoredRunner,
  RunContext,
} from './operator.ts'
import { type JobPlan, type PlanEnd, type PlanNode, type Shape, toShapes } from './plan.ts'
import { pickSource } from './read-order.ts'
import type { RowLink } from './row-chain.ts'
import { SourceNode } from './source-node.ts'
import type { State } from './state.ts'
import { NodeFailed, namedSink, type TransactionalSink } from './transactional-sink.ts'
import { TurnAgenda } from './turn-agenda.ts'
import { withoutOldRows } from './upsert-view.ts'
import { START_VALVE_CHANNEL } from './valve.ts'

export interface JobOptions {
  readonly env: Env
  /** At most this many records a batch; results do not depend on it. */
  readonly batchRowsMax?: number
  /** Whether neighbours run as one loop where they can. Results do not depend on it. */
  readonly chains?: boolean
  /**
   * The absolute path for a path of the document; fails with a `JobFailed` where it is not
   * allowed.
   */
  resolvePath(path: string): string
  /**
   * Takes the rows of `errors` ports that no edge reads. Columns as `ERRORS_SCHEMA`. What it has
   * not written yet is outstanding work of the node.
   */
  deadLetters(rows: readonly Row[], outstanding: Outstanding): void
  /** Makes dead letters last before any sink commits. */
  readonly deadLetterSink?: TransactionalSink
  readonly checkpoints?: CheckpointOptions
  /** What a sink has written is now there for everybody. */
  readonly onCommitted?: (nodeId: string) => void
}

/** Where checkpoints go, and which one the job goes on from. */
export interface CheckpointOptions {
  readonly store: CheckpointStore
  /** From the end of one to the beginning of the next; only when asked for if absent. */
  readonly intervalMs?: number
  /** What `readCheckpoint` returned. What of it does not fit the plan is left out. */
  readonly restored?: RestoredJob | undefined
}

export type JobState = 'running' | 'paused' | 'finishing' | 'finished' | 'failed' | 'stopped'

export interface NodeView {
  readonly ledger: LedgerJson
  readonly watermarkMs: number
  readonly idle: boolean
  readonly inputs: Progress['inputs']
  /** Milliseconds in which it worked, as long as `measureBusy` is on. */
  readonly busyMs: number
}

/** What the loop should do next. */
export type Slice = 'more' | 'waiting' | 'done'

/** The thread is due back after 10 ms; a collection may come on top of the last turn. */
const SLICE_MS = 7
/**
 * Batches shrink until a turn takes less than this, and grow again while it takes less than half.
 */
const TURN_MS = 6
/** Batches begin small, since code is slow before it has been compiled. */
const FIRST_BATCH_ROWS = 256
/** What a source is asked for at once: making it up must not take a slice of its own. */
const READ_ROWS_MAX = 4096
const OUTSTANDING_MAX = 16

interface RunningNode {
  readonly node: PlanNode
  readonly context: RunContext
  readonly outputs: { readonly [port: string]: Observable<Element> }
  readonly source: SourceNode | undefined
  readonly state: MemoryState
  readonly runner: Kept | undefined
}

export class Job {
  /** Called when there may be something to do after `runSlice` said that it waits. */
  onWake: () => void = () => {}

  readonly #options: JobOptions
  readonly #env: Env
  readonly #nodes: RunningNode[] = []
  readonly #sources: SourceNode[] = []
  readonly #transactions: JobTransaction[] = []
  readonly #checkpoints: JobCheckpoints | undefined
  readonly #restored: RestoredJob | undefined
  /** Nodes whose stored state goes on. */
  readonly #kept: ReadonlySet<string>
  /** Sinks take back what no checkpoint holds; until then nothing arrives. */
  #recovering = false
  /** For each source without event time, where the nodes stand that give it one. */
  readonly #timedBy = new Map<SourceNode, readonly Progress[]>()
  /** The nodes that do something at points in processing time, from the sources down. */
  readonly #clocked: Clocked[] = []
  /** The nodes that may be chained, by id. */
  readonly #rowLinks = new Map<string, RowLink>()
  readonly #agenda: TurnAgenda
  readonly #meter: BusyMeter
  readonly #shapes: readonly Shape[]
  readonly #batchRowsMax: number
  #batchRows: number
  #state: JobState = 'running'
  #failure: JobFailure | undefined
  #stepsLeft = 0
  #recordsPerSecond: number | undefined
  #pausedAtMs = 0
  #paceStartMs = 0
  #paceCount = 0
  #nowMs: number
  #outstanding = 0
  #liveTurn = true
  #longestSliceMs = 0
  #sliceCount = 0
  #cancelTimer: (() => void) | undefined
  #timerAtMs = Number.POSITIVE_INFINITY

  constructor(plan: JobPlan, options: JobOptions) {
    this.#options = options
    this.#env = options.env
    this.#batchRowsMax = options.batchRowsMax ?? 4096
    this.#batchRows = Math.min(this.#batchRowsMax, FIRST_BATCH_ROWS)
    this.#nowMs = this.#env.clock.nowMs()
    this.#shapes = toShapes(plan)
    this.#agenda = new TurnAgenda(this.#shapes, () => this.#env.clock.monotonicMs())
    this.#meter = new BusyMeter(this.#env.clock, plan.nodes.length)
    const restored = options.checkpoints?.restored
    this.#restored = restored
    const fits = restored === undefined ? [] : fitCheckpoint(restored.meta, plan)
    this.#kept = new Set(fits.flatMap(({ nodeId, kind }) => (kind === 'kept' ? [nodeId] : [])))
    this.#checkpoints = this.#createCheckpoints(options)
    if (options.deadLetterSink !== undefined) {
      this.#transactions.push({ nodeId: undefined, sink: options.deadLetterSink })
    }
    for (const [depth, node] of plan.nodes.entries()) {
      if (this.#failure === undefined) this.#startNode(node, depth, plan)
    }
    if (this.#checkpoints !== undefined && this.#failure === undefined) void this.#recover()
  }

  /**
   * Resolves when a checkpoint that is cut from now on is stored and what sinks have prepared for
   * it is visible. Rejects where there are none, where it could not be stored, and where the job
   * ends before.
   */
  async checkpoint(): Promise<Pick<CheckpointSummary, 'id' | 'atMs'>> {
    if (this.#checkpoints === undefined || this.#isOver) {
      throw new Error('The job takes no checkpoints.')
    }
    const taken = this.#checkpoints.ask()
    this.onWake()
    return taken
  }

  /** The checkpoint that it goes on from is its last: all there is to do is in `#recover`. */
  get #hadFinished(): boolean {
    const { meta } = this.#restored ?? {}
    return meta?.finished === true && this.#kept.size === this.#nodes.length
  }

  get #isOver(): boolean {
    return this.#state !== 'running' && this.#state !== 'paused'
  }

  get state(): JobState {
    return this.#state
  }

  get failure(): JobFailure | undefined {
    return this.#failure
  }

  /** Whether a source goes on until it is told to end. */
  get live(): boolean {
    return this.#sources.some((source) => !source.bounded)
  }

  /** Where each node stands, by id. */
  nodes(): ReadonlyMap<string, NodeView> {
    return new Map(
      this.#nodes.map(({ node, context }, depth) => {
        const { watermarkMs, idle, inputs } = context.progress
        const busyMs = this.#meter.busyMs(depth)
        return [node.id, { ledger: context.ledger.toJson(), watermarkMs, idle, inputs, busyMs }]
      }),
    )
  }

  /** Whether to clock how long each node works. Between slices only. */
  measureBusy(on: boolean): void {
    this.#meter.on = on
  }

  /**
   * Calls back whenever a node's watermark has risen, before it fires what is due; undefined stops
   * it.
   */
  watchWatermarks(nodeId: string, onWatermark: ((watermarkMs: number) => void) | undefined): void {
    const watcher = this.#find(nodeId)?.context.wiring.watcher
    if (watcher !== undefined) watcher.onWatermark = onWatermark
  }

  /** The windows that stand in a node's state; undefined where it has none. */
  windowsOf(nodeId: string): readonly OpenWindow[] | undefined {
    const found = this.#find(nodeId)
    return found?.node.operator.inspectWindows?.(found.node.config, found.context.state)
  }

  /** The newest rows that a sink keeps; undefined where it keeps none. */
  rowsOf(nodeId: string, limit: number): KeptRows | undefined {
    const found = this.#find(nodeId)
    return found?.node.operator.inspectRows?.(found.context.state, limit)
  }

  /** How often the loop ran and how long it held the thread at the most, in milliseconds. */
  get slices(): { readonly count: number; readonly longestMs: number } {
    return { count: this.#sliceCount, longestMs: this.#longestSliceMs }
  }

  /**
   * What leaves through a port from now on; unsubscribe to stop looking. Empty for a port that is
   * not there.
   */
  tap(nodeId: string, port: string): Observable<Element> {
    return this.#find(nodeId)?.outputs[port] ?? EMPTY
  }

  /**
   * What a node keeps, for reading: its rows, its windows. Undefined for a node that is not
   * there.
   */
  stateOf(nodeId: string): State | undefined {
    return this.#find(nodeId)?.context.state
  }

  #find(nodeId: string): RunningNode | undefined {
    return this.#nodes.find(({ node }) => node.id === nodeId)
  }

  pause(): void {
    if (this.#state !== 'running') return
    this.#state = 'paused'
    this.#stepsLeft = 0
    this.#pausedAtMs = this.#env.clock.monotonicMs()
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    const nowMs = this.#env.clock.monotonicMs()
    for (const source of this.#sources) source.standStill(nowMs - this.#pausedAtMs, nowMs)
    this.#resetPace()
    this.onWake()
  }

  /** While paused, lets this many more records in, with all they cause. */
  step(records = 1): void {
    if (this.#state !== 'paused') return
    this.#stepsLeft += records
    this.onWake()
  }

  /** Lets at most this many records a second in, over all sources; undefined for full speed. */
  setPace(recordsPerSecond: number | undefined): void {
    this.#recordsPerSecond = recordsPerSecond
    this.#resetPace()
    this.onWake()
  }

  /**
   * Stops the job as it stands: open windows do not fire, and sinks leave what was there before.
   */
  stop(): void {
    if (this.#state === 'running' || this.#state === 'paused') this.#state = 'stopped'
    this.onWake()
  }

  /**
   * Ends the input here: every source ends as if there were no more. Windows fire and outputs are
   * completed. Records that a live source has already read still go in, unless its pace would only
   * let them in later.
   */
  drain(): void {
    if (this.#state !== 'running' && this.#state !== 'paused') return
    for (const source of this.#sources) source.drain()
    this.setPace(undefined)
    this.resume()
    this.onWake()
  }

  /** Works for one slice. After `done`, `finish` must be called. */
  runSlice(): Slice {
    const startMs = this.#env.clock.monotonicMs()
    this.#agenda.beginSlice(startMs + SLICE_MS)
    let slice: Slice | undefined
    try {
      do {
        slice = this.#runTurn()
      } while (slice === undefined && this.#env.clock.monotonicMs() - startMs < SLICE_MS)
    } catch (error) {
      this.#fail(error, undefined)
      slice = 'done'
    }
    this.#sliceCount++
    const tookMs = this.#env.clock.monotonicMs() - startMs
    if (tookMs > this.#longestSliceMs) this.#longestSliceMs = tookMs
    return slice ?? 'more'
  }

  /** Makes outputs complete, or leaves what was there before, and lets go of everything. */
  async finish(): Promise<JobFailure | undefined> {
    this.#cancelTimer?.()
    await this.#writing
    if (this.#failure === undefined && !this.#isOver) {
      this.#state = 'finishing'
      await this.#complete()
    }
    this.#checkpoints?.giveUp(new Error('The job has ended before the checkpoint was taken.'))
    for (const { sink, nodeId } of this.#transactions) {
      const aborts = this.#state !== 'finished' && this.#checkpoints === undefined
      await this.#tried(nodeId, () => (aborts ? sink.abort() : sink.close()))
    }
    for (const source of this.#sources) await this.#tried(source.nodeId, () => source.close())
    return this.#failure
  }

  /** One that cannot be closed must not leave the others open. */
  async #tried(nodeId: string | undefined, close: () => Promise<void>): Promise<void> {
    try {
      await close()
    } catch (error) {
      this.#fail(error, nodeId)
    }
  }

  // The loop

  /** Undefined when a turn was taken and another may follow. */
  #runTurn(): Slice | undefined {
    if (this.#failure !== undefined || this.#state === 'stopped') return 'done'
    if (this.#recovering) return 'waiting'
    if (this.#hadFinished) return 'done'
    if (this.#outstanding > OUTSTANDING_MAX) return 'waiting'
    if (!this.#agenda.empty) {
      this.#agenda.resumeOne()
      return undefined
    }
    const monotonicMs = this.#env.clock.monotonicMs()
    this.#cutIfDue(monotonicMs)
    for (const source of this.#sources) {
      this.#metered(source, () => source.fill(Math.min(this.#batchRowsMax, READ_ROWS_MAX)))
      if (this.#state !== 'paused') source.checkIdle(monotonicMs)
    }
    if (this.#failure !== undefined) return 'done'
    // Idleness has let a watermark go, and what that set off comes first.
    if (!this.#agenda.empty) return undefined
    if (this.#state !== 'paused' && this.#tickOne(monotonicMs)) return undefined
    return this.#takeBatch(monotonicMs)
  }

  /**
   * Lets the first node whose processing time has come do what is due; true if there was one. Else
   * the loop wakes when the next one is due.
   */
  #tickOne(monotonicMs: number): boolean {
    if (this.#clocked.length === 0) return false
    const nowMs = this.#env.clock.nowMs()
    let nextMs = Number.POSITIVE_INFINITY
    for (const node of this.#clocked) {
      const dueMs = node.nextTickMs()
      if (dueMs <= nowMs) {
        this.#nowMs = nowMs
        node.tick(nowMs)
        return true
      }
      nextMs = Math.min(nextMs, dueMs)
    }
    if (nextMs !== Number.POSITIVE_INFINITY) this.#wakeAt(monotonicMs + nextMs - nowMs)
    return false
  }

  #takeBatch(monotonicMs: number): Slice | undefined {
    const allowed = this.#allowed(monotonicMs)
    if (this.#sources.every((source) => source.completed)) {
      return this.#outstanding > 0 ? 'waiting' : 'done'
    }
    if (allowed <= 0) return 'waiting'
    const pick = pickSource(this.#sources, this.#liveTurn, monotonicMs, (source) =>
      this.#readAt(source),
    )
    if (pick.source === undefined) {
      this.#wakeAt(pick.untilMs)
      return 'waiting'
    }
    const { source, limit } = pick
    this.#liveTurn = source.bounded
    this.#nowMs = this.#env.clock.nowMs()
    // The watermark of a source without event time is known only after each record, further down.
    const alone = this.#sources.length === 1 || source.hasEventTime || !source.bounded
    const rowsMax = Math.min(allowed, alone ? this.#batchRows : 1)
    const taken = this.#metered(source, () => source.take(rowsMax, limit, monotonicMs))
    this.#paceCount += taken
    if (this.#state === 'paused') this.#stepsLeft -= taken
    this.#adaptBatch(taken, rowsMax, this.#env.clock.monotonicMs() - monotonicMs)
    return undefined
  }

  #metered<T>(source: SourceNode, work: () => T): T {
    if (!this.#meter.on) return work()
    const outer = this.#meter.enter(source.depth)
    const result = work()
    this.#meter.leave(outer)
    return result
  }

  /** How many records may go in now. */
  #allowed(monotonicMs: number): number {
    if (this.#state === 'paused') return this.#stepsLeft
    const perSecond = this.#recordsPerSecond
    if (perSecond === undefined) return Number.POSITIVE_INFINITY
    const elapsedMs = monotonicMs - this.#paceStartMs
    const allowed = Math.floor((elapsedMs * perSecond) / 1000) + 1 - this.#paceCount
    if (allowed <= 0) this.#wakeAt(this.#paceStartMs + (this.#paceCount * 1000) / perSecond)
    return allowed
  }

  #resetPace(): void {
    this.#paceStartMs = this.#env.clock.monotonicMs()
    this.#paceCount = 0
  }

  #adaptBatch(taken: number, rowsMax: number, tookMs: number): void {
    if (tookMs > TURN_MS) this.#batchRows = Math.max(1, Math.min(this.#batchRows, taken) >> 1)
    else if (taken === rowsMax && tookMs < TURN_MS / 2) {
      this.#batchRows = Math.min(this.#batchRowsMax, this.#batchRows * 2)
    }
  }

  /**
   * The watermark by which a source takes its turn: its own, or that of the nodes that give it
   * event time.
   */
  #readAt(source: SourceNode): number {
    if (source.hasEventTime) return source.watermarkMs
    const timedBy = this.#timedBy.get(source) ?? this.#findTimedBy(source)
    if (timedBy.length === 0) return source.watermarkMs
    let lowestMs = Number.POSITIVE_INFINITY
    for (const { watermarkMs } of timedBy) lowestMs = Math.min(lowestMs, watermarkMs)
    return lowestMs
  }

  #findTimedBy(source: SourceNode): readonly Progress[] {
    const depth = this.#nodes.findIndex((running) => running.source === source)
    const below = this.#shapes[depth]?.timedBy ?? []
    const timedBy = below.flatMap((index) => this.#nodes[index]?.context.progress ?? [])
    this.#timedBy.set(source, timedBy)
    return timedBy
  }

  #wakeAt(monotonicMs: number | undefined): void {
    if (monotonicMs === undefined || monotonicMs >= this.#timerAtMs) return
    this.#cancelTimer?.()
    this.#timerAtMs = monotonicMs
    const delayMs = Math.max(0, Math.ceil(monotonicMs - this.#env.clock.monotonicMs()))
    this.#cancelTimer = this.#env.timers.after(delayMs, () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY
      this.onWake()
    })
  }

  // Ends

  /** All input has ended: the last output becomes visible. */
  async #complete(): Promise<void> {
    try {
      if (this.#checkpoints === undefined) await this.#commitOnce()
      else if (!this.#hadFinished) await this.#take(this.#checkpoints, true)
      if (this.#failure === undefined) this.#state = 'finished'
    } catch (error) {
      this.#fail(error, undefined)
    }
  }

  async #commitOnce(): Promise<void> {
    this.#checkLedgers()
    const outputs = this.#transactions.map(({ nodeId, sink }) => {
      const told = namedSink(nodeId, sink)
      return { nodeId, sink: told, output: told.cut({ checkpointId: 1, isLast: true }) }
    })
    for (const { nodeId, sink, saved } of await prepareAll(outputs)) {
      await sink.commit(saved)
      if (nodeId !== undefined) this.#options.onCommitted?.(nodeId)
    }
  }

  // Checkpoints

  /** The checkpoint that is being written; it never rejects. */
  #writing: Promise<void> = Promise.resolve()

  #createCheckpoints({ env, checkpoints, onCommitted }: JobOptions): JobCheckpoints | undefined {
    if (checkpoints === undefined) return undefined
    const { store, intervalMs, restored } = checkpoints
    return new JobCheckpoints({
      env,
      store,
      intervalMs,
      lastId: restored?.id,
      onCommitted: (nodeId) => onCommitted?.(nodeId),
    })
  }

  async #recover(): Promise<void> {
    this.#recovering = true
    const prepared = this.#restored?.meta.prepared ?? {}
    try {
      for (const { nodeId = '', sink } of this.#transactions) {
        const saved = Object.hasOwn(prepared, nodeId) ? prepared[nodeId] : undefined
        await namedSink(nodeId, sink).recover(saved)
      }
    } catch (error) {
      this.#fail(error, undefined)
    }
    this.#recovering = false
    this.onWake()
  }

  #cutIfDue(monotonicMs: number): void {
    const checkpoints = this.#checkpoints
    if (checkpoints === undefined) return
    const { dueMs } = checkpoints
    if (dueMs > monotonicMs) {
      if (dueMs < Number.POSITIVE_INFINITY) this.#wakeAt(dueMs)
      return
    }
    this.#writing = this.#take(checkpoints, false).catch((error) => this.#fail(error, undefined))
  }

  /** Cuts at once; what follows is written while turns go on. */
  #take(checkpoints: JobCheckpoints, isLast: boolean): Promise<void> {
    this.#checkLedgers()
    const nodes = this.#nodes.map((running) => ({
      nodeId: running.node.id,
      saved: this.#save(running),
      entries: running.state.cut(),
    }))
    const acknowledge: Parameters<JobCheckpoints['take']>[0]['acknowledge'] = (nodeId, source) =>
      this.#find(nodeId)?.source?.acknowledge(source)
    const transactions = this.#transactions.map(({ nodeId, sink }) => ({
      nodeId,
      sink: namedSink(nodeId, sink),
    }))
    return checkpoints.take({ nodes, acknowledge }, transactions, isLast)
  }

  #save({ node, context, source, runner }: RunningNode): SavedNode {
    const depth = context.wiring.depth
    const channels = (this.#shapes[depth]?.channels ?? []).map(({ from, to }) =>
      channelName(from, to),
    )
    return {
      ...identityOf(node),
      ledger: context.ledger.save(),
      idle: context.progress.idle,
      ...(runner === undefined ? {} : { runner: { channels, ...runner.save() } }),
      ...(source === undefined ? {} : { source: source.save() }),
    }
  }

  #savedNode(nodeId: string): SavedNode | undefined {
    return this.#kept.has(nodeId) ? this.#restored?.meta.nodes[nodeId] : undefined
  }

  #checkLedgers(): void {
    for (const { node, context } of this.#nodes) {
      const { ledger } = context
      if (ledger.in === ledger.sum()) continue
      const books = JSON.stringify(ledger.toJson())
      throw new Error(`The ledger of "${node.id}" does not balance: ${books}`)
    }
  }

  #fail(error: unknown, nodeId: string | undefined): void {
    this.#failure ??=
      error instanceof NodeFailed
        ? toJobFailure(error.cause, error.nodeId)
        : toJobFailure(error, nodeId)
    this.#state = 'failed'
    this.onWake()
  }

  // The graph

  /** What a node throws as it starts fails the job, so that those started before it are closed. */
  #startNode(node: PlanNode, depth: number, plan: JobPlan): void {
    try {
      this.#nodes.push(this.#start(node, depth, plan))
    } catch (error) {
      this.#fail(error, node.id)
    }
  }

  #start(node: PlanNode, depth: number, plan: JobPlan): RunningNode {
    const state = new MemoryState(this.#checkpoints !== undefined)
    const kept: { runner: Kept | undefined } = { runner: undefined }
    const context = this.#createContext(node, depth, plan, state, (runner) => {
      kept.runner = runner
    })
    const saved = this.#savedNode(node.id)
    if (saved !== undefined) {
      context.ledger.restore(saved.ledger)
      context.progress.idle = saved.idle
      state.restore(this.#restored?.entries.get(node.id) ?? [])
    }
    const { operator, config } = node
    if (operator.read !== undefined) {
      const reader = operator.read(config, context)
      const source = new SourceNode(context, reader, () => this.onWake(), saved?.source)
      this.#sources.push(source)
      const outputs = Object.fromEntries(
        [...source.outputs].map(([name, { stream }]) => [name, stream]),
      )
      this.#keepDeadLetters(outputs, context)
      return { node, context, outputs, source, state, runner: undefined }
    }
    if (operator.run === undefined) {
      throw new Error(`Operator "${operator.id}" has nothing to run it with.`)
    }
    const outputs = operator.run(config, this.#inputs(operator, depth), context)
    this.#keepDeadLetters(outputs, context)
    return { node, context, outputs, source: undefined, state, runner: kept.runner }
  }

  #keepDeadLetters(outputs: RunningNode['outputs'], context: RunContext): void {
    if (context.connected('errors')) return
    outputs.errors?.subscribe((element) => {
      if (element.kind !== 'batch' || element.rows.length === 0) return
      try {
        this.#options.deadLetters(element.rows, context.outstanding)
      } catch (error) {
        this.#fail(error, context.nodeId)
      }
    })
  }

  #inputs(operator: OperatorDefinition, depth: number): { readonly [port: string]: Input } {
    const channels = this.#shapes[depth]?.channels ?? []
    return Object.fromEntries(
      operator.inputs.map((port) => {
        const edges = channels.filter((edge) => edge.to.port === port)
        const upserts = operator.upsertInputs?.includes(port) ?? false
        return [port, { channels: edges.map(({ from }) => this.#channel(from, upserts)) }]
      }),
    )
  }

  #channel({ node, port }: PlanEnd, upserts: boolean): Observable<Element> {
    const isUpsert = this.#find(node)?.node.outputSchemas[port]?.changes === 'upsert'
    const elements = this.tap(node, port)
    return upserts && isUpsert ? withoutOldRows(elements) : elements
  }

  /** Nodes are started from the sources down, so the one above is known. */
  #linkRows(link: RowLink, depth: number): void {
    const from = this.#shapes[depth]?.channels[0]?.from
    const above = from?.port === 'out' ? this.#rowLinks.get(from.node) : undefined
    if (above !== undefined) above.next = link
    this.#rowLinks.set(link.context.nodeId, link)
  }

  #createContext(
    node: PlanNode,
    depth: number,
    plan: JobPlan,
    state: MemoryState,
    keep: (runner: Kept) => void,
  ): RunContext {
    const shape = this.#shapes[depth]
    const read = new Set(
      plan.edges.filter(({ from }) => from.node === node.id).map(({ from }) => from.port),
    )
    return {
      nodeId: node.id,
      env: this.#env,
      state,
      ledger: new Ledger(),
      progress: { watermarkMs: START_OF_TIME_MS, idle: false, inputs: [] },
      inputSchemas: node.inputSchemas,
      outputSchemas: node.outputSchemas,
      channels: (port) => (node.channels.get(port) ?? []).map(({ schema }) => schema),
      connected: (port) => read.has(port),
      nowMs: () => this.#nowMs,
      resolvePath: (path) => this.#options.resolvePath(path),
      fail: (error) => this.#fail(error, node.id),
      outstanding: {
        add: (count) => {
          this.#outstanding += count
        },
        remove: (count) => {
          this.#outstanding -= count
          this.onWake()
        },
      },
      onCheckpoint: (sink) => {
        this.#transactions.push({ nodeId: node.id, sink })
      },
      checkpointed: this.#checkpoints !== undefined,
      bounded: this.#isBounded(depth),
      position: this.#savedNode(node.id)?.source?.position,
      wiring: {
        depth,
        tracksOrigins: shape?.tracksOrigins ?? false,
        merges: shape?.merges ?? false,
        agenda: this.#agenda,
        meter: this.#meter,
        watcher: { onWatermark: undefined },
        goByClock: (node) => this.#clocked.push(node),
        restored: this.#restoredRunner(node.id, depth),
        keep,
        ...(this.#options.chains === false
          ? {}
          : { linkRows: (link) => this.#linkRows(link, depth) }),
      },
    }
  }

  /** Its channels by where they come from: an edited pipeline may have others. */
  #restoredRunner(nodeId: string, depth: number): RestoredRunner | undefined {
    const saved: SavedRunner | undefined = this.#savedNode(nodeId)?.runner
    if (saved === undefined) return undefined
    const places = (this.#shapes[depth]?.channels ?? []).map(({ from, to }) =>
      saved.channels.indexOf(channelName(from, to)),
    )
    return {
      outgoingMs: saved.outgoingMs,
      ended: places.map((place) => saved.ended[place] ?? false),
      valve: {
        ...saved.valve,
        channels: places.map((place) => saved.valve.channels[place] ?? START_VALVE_CHANNEL),
      },
    }
  }

  #isBounded(depth: number): boolean {
    const above = this.#shapes[depth]?.ancestors.flatMap((set) => [...set]) ?? []
    return above.every((index) => this.#nodes[index]?.source?.bounded !== false)
  }
}

function channelName(from: PlanEnd, to: PlanEnd): string {
  return `${from.node}.${from.port} ${to.port}`
}
