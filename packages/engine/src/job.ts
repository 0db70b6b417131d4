/**
 * One running pipeline. A job is a graph of RxJS operators driven by a loop of turns: pick a
 * source, push one batch of it synchronously through the graph, let nodes finish what that set
 * off, give the thread back. Nothing queues in between, so back-pressure is not taking the next
 * turn.
 *
 * Pause, step, pace and taps take effect between slices.
 */

import type { Observable } from 'rxjs'
import { BusyMeter } from './busy-meter.ts'
import type { RestoredJob, SavedResends } from './checkpoint.ts'
import type { CheckpointStore, CheckpointSummary } from './checkpoint-store.ts'
import type { Element } from './element.ts'
import type { Env } from './env.ts'
import { type JobFailure, toJobFailure } from './failure.ts'
import { type CheckpointTaken, commitOnce, JobCheckpoints } from './job-checkpoints.ts'
import { type GraphHost, JobGraph } from './job-graph.ts'
import type { LedgerJson } from './ledger.ts'
import type { KeptRows, OpenWindow, Outstanding, Progress, TopicPlace } from './operator.ts'
import type { JobPlan } from './plan.ts'
import { pickSource } from './read-order.ts'
import type { ReplayOptions, TurnRecorder } from './recorded-turn.ts'
import type { DeadLetter } from './refusals.ts'
import { ReplayedTurns } from './replayed-turns.ts'
import { JobResends, type ResendFeed, type ResendOutcome } from './resends.ts'
import type { SourceNode } from './source-node.ts'
import type { State } from './state.ts'
import { limitState, type StateLimit } from './state-limit.ts'
import { StateRoom } from './state-room.ts'
import { NodeFailed, type TransactionalSink } from './transactional-sink.ts'

export interface JobOptions {
  readonly env: Env
  /** The same when the job goes on from a checkpoint, and no other job's; for what leaves it. */
  readonly jobId?: string
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
   * Takes what leaves by `errors` ports that no edge reads. What it has not written yet is
   * outstanding work of the node.
   */
  deadLetters(letters: readonly DeadLetter[], outstanding: Outstanding): void
  /** Makes dead letters last before any sink commits. */
  readonly deadLetterSink?: TransactionalSink
  readonly checkpoints?: CheckpointOptions
  /** Dead letters that are to be sent in again. */
  readonly resends?: ResendOptions
  /** All that a sink will ever write is now there for everybody. */
  readonly onOutputCompleted?: (nodeId: string) => void
  /** What comes, in place of what sources read. At its end the job is stopped, or has finished. */
  readonly replay?: ReplayOptions
}

/** Where checkpoints go, and which one the job goes on from. */
export interface CheckpointOptions {
  readonly store: CheckpointStore
  /** From the end of one to the beginning of the next; only when asked for if absent. */
  readonly intervalMs?: number
  /** What `readCheckpoint` returned. What of it does not fit the plan is left out. */
  readonly restored?: RestoredJob | undefined
  /** Ids come behind this one, where the store has newer ones than the one that is restored. */
  readonly lastId?: number
  readonly onTaken?: (taken: CheckpointTaken) => void
}

export interface ResendOptions {
  readonly feed: ResendFeed
  /** In the same checkpoint as what the record has caused. */
  onOutcome(outcome: ResendOutcome): void
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

export class Job {
  /** Called when there may be something to do after `runSlice` said that it waits. */
  onWake: () => void = () => {}

  readonly #options: JobOptions
  readonly #env: Env
  readonly #graph: JobGraph
  readonly #room: StateRoom
  readonly #stateLimit: StateLimit
  readonly #checkpoints: JobCheckpoints | undefined
  readonly #replayed: ReplayedTurns | undefined
  #recorder: TurnRecorder | undefined
  /** Begins at the next cut. */
  #recorderAtCut: TurnRecorder | undefined
  #turnCount = 0
  readonly #resends: JobResends | undefined
  /** Sinks take back what no checkpoint holds; until then nothing arrives. */
  #recovering = false
  readonly #meter: BusyMeter
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
    this.#meter = new BusyMeter(this.#env.clock, plan.nodes.length)
    this.#graph = new JobGraph(plan, this.#host())
    this.#replayed = options.replay && this.#createReplay(options.replay)
    this.#resends = this.#createResends(options)
    this.#checkpoints = this.#createCheckpoints(options)
    if (options.deadLetterSink !== undefined) {
      this.#graph.sinks.push({ nodeId: undefined, sink: options.deadLetterSink })
    }
    this.#graph.start()
    const restored = options.checkpoints?.restored ?? options.replay?.restored
    this.#room = restored?.room ?? new StateRoom(this.#env)
    this.#stateLimit = limitState(this.#graph.nodes, plan, this.#room)
    if (this.#checkpoints !== undefined && this.#failure === undefined) {
      this.#writing = this.#recover(this.#checkpoints)
    }
    this.lookForResends()
  }

  #host(): GraphHost {
    const options = this.#options
    return {
      env: options.env,
      jobId: options.jobId,
      meter: this.#meter,
      chains: options.chains ?? true,
      checkpointed: options.checkpoints !== undefined,
      restored: options.checkpoints?.restored ?? options.replay?.restored,
      replays: options.replay !== undefined,
      nowMs: () => this.#nowMs,
      resolvePath: (path) => options.resolvePath(path),
      outstanding: (count) => {
        this.#outstanding += count
        if (count < 0) this.onWake()
      },
      deadLetters: (letters, outstanding) => {
        const others = this.#resends?.sort(letters) ?? letters
        if (others.length > 0) options.deadLetters(others, outstanding)
      },
      wake: () => this.onWake(),
      fail: (error, nodeId) => this.#fail(error, nodeId),
    }
  }

  /**
   * Resolves when a checkpoint that is cut from now on is stored and what sinks have prepared for
   * it is visible. Rejects where there are none, where it could not be stored, and where the job
   * ends before. With `copyTo` it is also stored there, as a whole.
   */
  async checkpoint(copyTo?: CheckpointStore): Promise<Pick<CheckpointSummary, 'id' | 'atMs'>> {
    if (this.#checkpoints === undefined || this.#isOver) {
      throw new Error('The job takes no checkpoints.')
    }
    const taken = this.#checkpoints.ask(copyTo)
    this.onWake()
    return taken
  }

  /** When it is over and nobody will ask for its rows and windows any more. */
  release(): void {
    this.#room.close()
  }

  #createReplay(options: ReplayOptions): ReplayedTurns {
    const { sources, clocked } = this.#graph
    return new ReplayedTurns(options, {
      sources,
      clocked,
      setNow: (nowMs) => {
        this.#nowMs = nowMs
      },
      wake: () => this.onWake(),
      fail: (error) => this.#fail(error, undefined),
    })
  }

  /**
   * Takes down every turn from here on. With a store, from the cut of a checkpoint, which is stored
   * there too, and resolves when it is; it rejects as `checkpoint` does. Without, from the start:
   * before the first slice, in a job that goes on from nothing.
   */
  async record(recorder: TurnRecorder, store?: CheckpointStore): Promise<void> {
    if (store !== undefined) {
      this.#recorderAtCut = recorder
      await this.checkpoint(store)
    } else if (this.#turnCount === 0 && this.#options.checkpoints?.restored === undefined) {
      this.#startRecording(recorder)
    } else throw new Error('The job has begun, so a recording needs a checkpoint to begin with.')
  }

  /** Whether all that the last turn set off is done. */
  get isBetweenTurns(): boolean {
    return this.#graph.agenda.empty
  }

  /** The turn that is being taken, if one is, is the last that the recorder hears of. */
  stopRecording(): void {
    this.#recorder = undefined
    this.#recorderAtCut = undefined
    for (const source of this.#graph.sources) source.onDeed = undefined
  }

  /** The nodes that go by the clock. */
  get clocked(): readonly string[] {
    return this.#graph.clocked.map(({ nodeId }) => nodeId)
  }

  #startRecording(recorder: TurnRecorder): void {
    this.#recorder = recorder
    for (const source of this.#graph.sources) {
      source.onDeed = (deed) => recorder.record({ ...deed, nowMs: this.#nowMs })
    }
  }

  /** The checkpoint that it goes on from is its last: recovery has done all there is to do. */
  get #hadFinished(): boolean {
    const { restored } = this.#options.checkpoints ?? {}
    return restored?.meta.finished === true && this.#graph.isAsStored
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
    return this.#graph.sources.some((source) => !source.bounded)
  }

  /** Where each node stands, by id. */
  nodes(): ReadonlyMap<string, NodeView> {
    return new Map(
      this.#graph.nodes.map(({ node, context }, depth) => {
        const { watermarkMs, idle, inputs } = context.progress
        const busyMs = this.#meter.busyMs(depth)
        return [node.id, { ledger: context.ledger.toJson(), watermarkMs, idle, inputs, busyMs }]
      }),
    )
  }

  /** Where the sources of this job read on in topics, by node; none before they have begun. */
  topicPlaces(): ReadonlyMap<string, readonly TopicPlace[]> {
    const places = new Map<string, readonly TopicPlace[]>()
    for (const { node, source } of this.#graph.nodes) {
      const { operator, config } = node
      if (source?.position === undefined || operator.topicPlaces === undefined) continue
      places.set(node.id, operator.topicPlaces(config, source.position))
    }
    return places
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
    const watcher = this.#graph.find(nodeId)?.context.wiring.watcher
    if (watcher !== undefined) watcher.onWatermark = onWatermark
  }

  /** The windows that stand in a node's state; undefined where it has none. */
  windowsOf(nodeId: string): readonly OpenWindow[] | undefined {
    const found = this.#graph.find(nodeId)
    return found?.node.operator.inspectWindows?.(found.node.config, found.context.state)
  }

  /** The newest rows that a sink keeps; undefined where it keeps none. */
  rowsOf(nodeId: string, limit: number): KeptRows | undefined {
    const found = this.#graph.find(nodeId)
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
    return this.#graph.tap(nodeId, port)
  }

  /**
   * What a node keeps, for reading: its rows, its windows. Undefined for a node that is not
   * there.
   */
  stateOf(nodeId: string): State | undefined {
    return this.#graph.find(nodeId)?.context.state
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
    for (const source of this.#graph.sources) source.standStill(nowMs - this.#pausedAtMs, nowMs)
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
   * Takes a last checkpoint and stops as it stands: whoever goes on from that one repeats nothing.
   * Rejects as `checkpoint` does, and then does not stop.
   */
  async suspend(): Promise<Pick<CheckpointSummary, 'id' | 'atMs'>> {
    this.pause()
    this.#stepsLeft = 0
    const taken = await this.checkpoint()
    this.stop()
    return taken
  }

  /**
   * Ends the input here: every source ends as if there were no more. Windows fire and outputs are
   * completed. Records that a live source has already read still go in, unless its pace would only
   * let them in later.
   */
  drain(): void {
    if (this.#state !== 'running' && this.#state !== 'paused') return
    for (const source of this.#graph.sources) source.drain()
    this.setPace(undefined)
    this.resume()
    this.onWake()
  }

  /** Works for one slice. After `done`, `finish` must be called. */
  runSlice(): Slice {
    const startMs = this.#env.clock.monotonicMs()
    this.#graph.agenda.beginSlice(startMs + SLICE_MS)
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
    for (const { sink, nodeId } of this.#graph.sinks) {
      const aborts = this.#state !== 'finished' && this.#checkpoints === undefined
      await this.#tried(nodeId, () => (aborts ? sink.abort() : sink.close()))
    }
    for (const source of this.#graph.sources) await this.#tried(source.nodeId, () => source.close())
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
    if (this.#outstanding > OUTSTANDING_MAX) {
      // What a sink waits for is part of the checkpoint, so it does not hold that up.
      if (this.#graph.agenda.empty) {
        this.#resends?.settle()
        this.#cutIfDue(this.#env.clock.monotonicMs())
      }
      return 'waiting'
    }
    if (!this.#graph.agenda.empty) {
      this.#graph.agenda.resumeOne()
      return undefined
    }
    this.#resends?.settle()
    const monotonicMs = this.#env.clock.monotonicMs()
    const overflow = this.#stateLimit.check()
    if (overflow !== undefined) {
      this.#fail(overflow.failure, overflow.nodeId)
      return 'done'
    }
    this.#cutIfDue(monotonicMs)
    if (this.#recorder?.busy === true) return 'waiting'
    this.#recorder?.betweenTurns()
    this.#turnCount++
    if (this.#replayed !== undefined) return this.#replayTurn(this.#replayed, monotonicMs)
    this.#nowMs = this.#env.clock.nowMs()
    for (const source of this.#graph.sources) {
      this.#metered(source, () => source.fill(Math.min(this.#batchRowsMax, READ_ROWS_MAX)))
      if (this.#state !== 'paused') source.checkIdle(monotonicMs)
      // Idleness has let a watermark go, and what that set off comes first.
      if (this.#failure === undefined && !this.#graph.agenda.empty) return undefined
    }
    if (this.#failure !== undefined) return 'done'
    if (this.#state !== 'paused' && this.#tickOne(monotonicMs)) return undefined
    if (this.#state !== 'paused' && this.#resend()) return undefined
    return this.#takeBatch(monotonicMs)
  }

  /**
   * Lets the first node whose processing time has come do what is due; true if there was one. Else
   * the loop wakes when the next one is due.
   */
  #tickOne(monotonicMs: number): boolean {
    if (this.#graph.clocked.length === 0) return false
    const nowMs = this.#nowMs
    let nextMs = Number.POSITIVE_INFINITY
    for (const { nodeId, clocked } of this.#graph.clocked) {
      const dueMs = clocked.nextTickMs()
      if (dueMs <= nowMs) {
        clocked.tick(nowMs)
        this.#recorder?.record({ kind: 'tick', node: nodeId, nowMs })
        return true
      }
      nextMs = Math.min(nextMs, dueMs)
    }
    if (nextMs !== Number.POSITIVE_INFINITY) this.#wakeAt(monotonicMs + nextMs - nowMs)
    return false
  }

  #replayTurn(replayed: ReplayedTurns, monotonicMs: number): Slice | undefined {
    if (this.#state === 'paused') return 'waiting'
    const took = replayed.take(monotonicMs)
    if (took === 'waiting') return 'waiting'
    if (took === 'taken') return undefined
    // What the recording did not end, it left open.
    if (!this.#graph.sources.every((source) => source.completed)) this.#state = 'stopped'
    return 'done'
  }

  #resend(): boolean {
    return this.#resends?.sendOne() ?? false
  }

  #takeBatch(monotonicMs: number): Slice | undefined {
    const allowed = this.#allowed(monotonicMs)
    if (this.#graph.sources.every((source) => source.completed)) {
      return this.#outstanding > 0 ? 'waiting' : 'done'
    }
    if (allowed <= 0) return 'waiting'
    const pick = pickSource(this.#graph.sources, this.#liveTurn, monotonicMs, (source) =>
      this.#readAt(source),
    )
    if (pick.source === undefined) {
      this.#wakeAt(pick.untilMs)
      return 'waiting'
    }
    const { source, limit } = pick
    this.#liveTurn = source.bounded
    // The watermark of a source without event time is known only after each record, further down.
    const alone = this.#graph.sources.length === 1 || source.hasEventTime || !source.bounded
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
    const timedBy = this.#graph.timedBy(source)
    if (timedBy.length === 0) return source.watermarkMs
    let lowestMs = Number.POSITIVE_INFINITY
    for (const { watermarkMs } of timedBy) lowestMs = Math.min(lowestMs, watermarkMs)
    return lowestMs
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
    await this.#told(this.#commitLast())
    if (this.#failure === undefined) this.#state = 'finished'
  }

  async #commitLast(): Promise<void> {
    if (this.#hadFinished) return
    if (this.#checkpoints !== undefined) return this.#checkpoints.take(true)
    this.#graph.checkLedgers()
    await commitOnce(this.#graph.sinks, this.#onOutputCompleted)
    for (const source of this.#graph.sources) source.acknowledge(source.save())
  }

  // Dead letters that are sent in again

  /** There may be some that the job does not know of. */
  lookForResends(): void {
    if (!this.#isOver) this.#resends?.look()
  }

  #resent(): SavedResends | undefined {
    const { jobId, checkpoints } = this.#options
    const place = this.#resends?.place
    return place === undefined ? checkpoints?.restored?.meta.resent : { jobId, place }
  }

  #createResends({ resends, checkpoints, jobId }: JobOptions): JobResends | undefined {
    if (resends === undefined) return undefined
    const { feed } = resends
    const before = checkpoints?.restored?.meta.resent
    const place = before !== undefined && before.jobId === jobId ? before.place : 0
    return new JobResends({
      ...{ graph: this.#graph, feed, place },
      nowMs: () => this.#nowMs,
      onOutcome: (outcome) => resends.onOutcome(outcome),
      wake: () => this.onWake(),
      fail: (error) => this.#fail(error, undefined),
    })
  }

  // Checkpoints

  /** The recovery or checkpoint that is under way; it never rejects. */
  #writing: Promise<void> = Promise.resolve()

  #createCheckpoints({ env, checkpoints }: JobOptions): JobCheckpoints | undefined {
    if (checkpoints === undefined) return undefined
    const { store, intervalMs, restored, lastId = 0, onTaken } = checkpoints
    return new JobCheckpoints({
      env,
      graph: this.#graph,
      store,
      intervalMs,
      lastId: Math.max(restored?.id ?? 0, lastId),
      resent: () => this.#resent(),
      onOutputCompleted: this.#onOutputCompleted,
      onTaken,
    })
  }

  readonly #onOutputCompleted = (nodeId: string) => this.#options.onOutputCompleted?.(nodeId)

  async #recover(checkpoints: JobCheckpoints): Promise<void> {
    this.#recovering = true
    await this.#told(checkpoints.recover())
    this.#recovering = false
    this.onWake()
  }

  #cutIfDue(monotonicMs: number): void {
    const checkpoints = this.#checkpoints
    if (checkpoints === undefined) return
    const { dueMs } = checkpoints
    if (dueMs <= monotonicMs) {
      this.#writing = this.#take(checkpoints)
      if (this.#recorderAtCut !== undefined) this.#startRecording(this.#recorderAtCut)
      this.#recorderAtCut = undefined
    } else if (dueMs < Number.POSITIVE_INFINITY) this.#wakeAt(dueMs)
  }

  /** When it is done, the next one may be due, though nothing else happens. */
  async #take(checkpoints: JobCheckpoints): Promise<void> {
    await this.#told(checkpoints.take(false))
    this.onWake()
  }

  /** What it rejects with fails the job. */
  async #told(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#fail(error, undefined)
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
}
