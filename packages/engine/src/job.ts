/**
 * One running pipeline. A job is a graph of RxJS operators driven by a loop of turns: pick a
 * source, push one batch of it synchronously through the graph, let nodes finish what that set
 * off, give the thread back. Nothing queues in between, so back-pressure is not taking the next
 * turn.
 *
 * Pause, step, pace and taps take effect between slices.
 */

import type { Observable, Subscription } from 'rxjs'
import { BusyMeter } from './busy-meter.ts'
import type { CheckpointStore, CheckpointSummary } from './checkpoint-store.ts'
import type { Element } from './element.ts'
import type { Env } from './env.ts'
import { type JobFailure, toJobFailure } from './failure.ts'
import { Alarm } from './job-alarm.ts'
import { type GraphHost, JobGraph } from './job-graph.ts'
import { JobIntake } from './job-intake.ts'
import type { JobOptions, JobState, NodeView, Slice } from './job-options.ts'
import { JobRecording } from './job-recording.ts'
import { createResends } from './job-resends.ts'
import { stateBytes, topicPlaces, viewNodes, viewSources } from './job-views.ts'
import { JobWriting } from './job-writing.ts'
import type { KeptRows, OpenWindow, TopicPlace } from './operator.ts'
import type { JobPlan } from './plan.ts'
import type { ReplayOptions, TurnRecorder } from './recorded-turn.ts'
import { ReplayedTurns } from './replayed-turns.ts'
import type { JobResends } from './resends.ts'
import { showRows } from './shown-rows.ts'
import type { SourceProgress } from './source-node.ts'
import type { ShowState, State } from './state.ts'
import { limitState, type StateLimit } from './state-limit.ts'
import { type LookedState, type LookOptions, lookAtTables } from './state-look.ts'
import { StateRoom } from './state-room.ts'
import { NodeFailed } from './transactional-sink.ts'
import { type Stall, WorkOutside } from './work-outside.ts'

/** The thread is due back after 10 ms; a collection may come on top of the last turn. */
const SLICE_MS = 7
const BATCH_ROWS_MAX = 4096
/** Each of them makes about a megabyte at the most. */
const STEPS_BEYOND_MAX = 32

export interface Breakpoint {
  hits(element: Element): boolean
  /** In the middle of a turn, which is then completed. */
  onStand?(): void
}

export class Job {
  /** Called when there may be something to do after `runSlice` said that it waits. */
  onWake: () => void = () => {}

  readonly #options: JobOptions
  readonly #env: Env
  readonly #graph: JobGraph
  readonly #room: StateRoom
  readonly #stateLimit: StateLimit
  readonly #writing: JobWriting
  readonly #replayed: ReplayedTurns | undefined
  readonly #recording: JobRecording
  readonly #resends: JobResends | undefined
  readonly #meter: BusyMeter
  readonly #intake: JobIntake
  readonly #alarm: Alarm
  #state: JobState = 'running'
  #failure: JobFailure | undefined
  #nowMs: number
  readonly #outside: WorkOutside
  #longestSliceMs = 0
  #sliceCount = 0
  /** Taken to end a turn for a checkpoint, while sinks had too much under way already. */
  #stepsBeyond = 0
  #breakpointCount = 0
  /** What an edit has added knows where the rest stands. */
  #caughtUp = false
  /** Stands behind a record that somebody waited for, even where it was the last one. */
  #stands = false

  constructor(plan: JobPlan, options: JobOptions) {
    this.#options = options
    this.#env = options.env
    this.#nowMs = this.#env.clock.nowMs()
    this.#outside = new WorkOutside(this.#env.clock)
    this.#meter = new BusyMeter(this.#env.clock, plan.nodes.length)
    const host = this.#host()
    const graph = new JobGraph(plan, host)
    this.#graph = graph
    this.#alarm = new Alarm(this.#env, () => this.onWake())
    this.#intake = new JobIntake({
      env: this.#env,
      graph,
      meter: this.#meter,
      alarm: this.#alarm,
      batchRowsMax: options.batchRowsMax ?? BATCH_ROWS_MAX,
      restMs: options.restMs ?? 0,
      outstanding: () => this.#outside.total,
    })
    this.#recording = new JobRecording(graph.sources, () => this.#nowMs)
    this.#replayed = options.replay && this.#createReplay(options.replay)
    const { nowMs, wake } = host
    const fail = (error: unknown) => this.#fail(error, undefined)
    const resends = createResends(options, graph, { nowMs, wake, fail })
    this.#resends = resends
    this.#writing = new JobWriting({ options, graph, resends, wake, fail })
    if (options.deadLetterSink !== undefined) {
      graph.sinks.push({ nodeId: undefined, sink: options.deadLetterSink })
    }
    graph.start()
    const restored = options.checkpoints?.restored ?? options.replay?.restored
    this.#room = restored?.room ?? new StateRoom(this.#env)
    this.#stateLimit = limitState(graph.nodes, plan, this.#room, options.stateBytesMax)
    if (this.#failure === undefined) this.#writing.start()
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
      outstanding: (count, nodeId) => {
        this.#outside.add(count, nodeId)
        if (count < 0) this.onWake()
      },
      deadLetters: (letters, outstanding) => {
        const others = this.#resends?.sort(letters) ?? letters
        if (others.length > 0) options.deadLetters(others, outstanding)
      },
      wake: () => this.onWake(),
      fail: (error, nodeId) => this.#fail(error, nodeId),
      tell: (told, message, nodeId) => options.onTold?.(told, message, nodeId),
    }
  }

  /**
   * Resolves when a checkpoint that is cut from now on is stored and what sinks have prepared for
   * it is visible. Rejects where there are none, where it could not be stored, and where the job
   * ends before. With `copyTo` it is also stored there, as a whole.
   */
  async checkpoint(copyTo?: CheckpointStore): Promise<Pick<CheckpointSummary, 'id' | 'atMs'>> {
    const { checkpoints } = this.#writing
    if (checkpoints === undefined || this.#isOver) throw new Error('The job takes no checkpoints.')
    const taken = checkpoints.ask(copyTo)
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
      this.#recording.startAtCut(recorder)
      await this.checkpoint(store)
    } else if (!this.#recording.tooLate && this.#options.checkpoints?.restored === undefined) {
      this.#recording.start(recorder)
    } else throw new Error('The job has begun, so a recording needs a checkpoint to begin with.')
  }

  /** By source, from where on its watermarks do not leave. */
  holdWatermarks(limits: ReadonlyMap<string, number>): void {
    for (const source of this.#graph.sources) {
      source.holdAt(limits.get(source.nodeId) ?? Number.POSITIVE_INFINITY)
    }
  }

  /** By source, a watermark that leaves now, where it has not. Between turns. */
  raiseWatermarks(watermarks: ReadonlyMap<string, number>): void {
    try {
      for (const source of this.#graph.sources) {
        const watermarkMs = watermarks.get(source.nodeId)
        if (watermarkMs !== undefined) source.raiseTo(watermarkMs)
      }
    } catch (error) {
      this.#fail(error, undefined)
    }
    this.onWake()
  }

  /** Whether all that the last turn set off is done. */
  get isBetweenTurns(): boolean {
    return this.#graph.agenda.empty
  }

  /** The turn that is being taken, if one is, is the last that the recorder hears of. */
  stopRecording(): void {
    this.#recording.stop()
  }

  /** The nodes that go by the clock. */
  get clocked(): readonly string[] {
    return this.#graph.clocked.map(({ nodeId }) => nodeId)
  }

  /** The checkpoint that it goes on from is its last: recovery has done all there is to do. */
  get #hadFinished(): boolean {
    const { restored } = this.#options.checkpoints ?? {}
    if (restored?.meta.finished !== true) return false
    return this.#graph.isAsStored && !this.#graph.hasNewNodes
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
    return viewNodes(this.#graph, this.#meter)
  }

  /** Of one node, without looking at the others. */
  watermarkOf(nodeId: string): number {
    return this.#graph.find(nodeId)?.context.progress.watermarkMs ?? Number.NEGATIVE_INFINITY
  }

  /** How far each source with event time has come, by id. */
  sources(): ReadonlyMap<string, SourceProgress> {
    return viewSources(this.#graph)
  }

  /** Where the sources of this job read on in topics, by node; none before they have begun. */
  topicPlaces(): ReadonlyMap<string, readonly TopicPlace[]> {
    return topicPlaces(this.#graph)
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

  /** Some of what a node keeps, and how much it is. Between slices only. */
  lookAtState(nodeId: string, options: LookOptions): LookedState {
    const found = this.#graph.find(nodeId)
    if (found === undefined) throw new Error(`The job has no node "${nodeId}".`)
    const { state, node } = found
    const rows = showRows(node.inputSchemas, node.outputSchemas)
    const show: ShowState = (value, table) => rows(state.shown(value, table), table)
    const looked = lookAtTables(state.tables(), { ...options, show, times: state.shownTimes })
    return { ...looked, size: state.size() }
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
   * Pauses when something leaves through a port that `hits`. While anybody waits for that, records
   * go in one at a time: so the job stands right behind the one that caused it, and all that this
   * one caused is done. Unsubscribe to take it away.
   */
  breakAt(nodeId: string, port: string, { hits, onStand }: Breakpoint): Subscription {
    const subscription = this.tap(nodeId, port).subscribe((element) => {
      if (!hits(element) || this.#isOver) return
      this.pause()
      this.#intake.clearSteps()
      this.#stands = true
      onStand?.()
    })
    this.#intake.single = ++this.#breakpointCount > 0
    subscription.add(() => {
      this.#intake.single = --this.#breakpointCount > 0
    })
    return subscription
  }

  /**
   * What a node keeps, for reading: its rows, its windows. Undefined for a node that is not
   * there.
   */
  stateOf(nodeId: string): State | undefined {
    return this.#graph.find(nodeId)?.context.state
  }

  /** What its nodes keep, about; what is outside of memory counts. */
  get stateBytes(): number {
    return stateBytes(this.#graph.nodes)
  }

  stateBytesOf(nodeId: string): number {
    const found = this.#graph.find(nodeId)
    return found === undefined ? 0 : stateBytes([found])
  }

  /** How long its pace has let nothing in, in all. */
  get heldByPaceMs(): number {
    return this.#intake.heldByPaceMs
  }

  /** Undefined while sources need not wait for what nodes have under way. */
  get stall(): Stall | undefined {
    return this.#outside.stall()
  }

  pause(): void {
    if (this.#state !== 'running') return
    this.#state = 'paused'
    this.#intake.pause()
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    this.#stands = false
    this.#intake.resume()
    this.onWake()
  }

  /** While paused, lets this many more records in, with all they cause. */
  step(records = 1): void {
    if (this.#state !== 'paused') return
    this.#stands = false
    this.#intake.step(records)
    this.onWake()
  }

  /** Lets at most this many records a second in, over all sources; undefined for full speed. */
  setPace(recordsPerSecond: number | undefined): void {
    this.#intake.setPace(recordsPerSecond)
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
    this.#intake.clearSteps()
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

  /**
   * Works for one slice, which ends with the turn in which `sliceMs` are over. After `done`,
   * `finish` must be called.
   */
  runSlice(sliceMs = SLICE_MS): Slice {
    const startMs = this.#env.clock.monotonicMs()
    this.#graph.agenda.beginSlice(startMs + sliceMs)
    let slice: Slice | undefined
    try {
      do {
        slice = this.#runTurn()
      } while (slice === undefined && this.#env.clock.monotonicMs() - startMs < sliceMs)
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
    this.#alarm.cancel()
    await this.#writing.settled()
    if (this.#failure === undefined && !this.#isOver) {
      this.#state = 'finishing'
      if (!this.#hadFinished) await this.#writing.writeLast()
      if (this.#failure === undefined) this.#state = 'finished'
    }
    const { checkpoints } = this.#writing
    checkpoints?.giveUp(new Error('The job has ended before the checkpoint was taken.'))
    for (const { sink, nodeId } of this.#graph.sinks) {
      const aborts = this.#state !== 'finished' && checkpoints === undefined
      await this.#tried(nodeId, () => (aborts ? sink.abort() : sink.close()))
    }
    for (const source of this.#graph.sources) await this.#tried(source.nodeId, () => source.close())
    return this.#failure
  }

  /** There may be dead letters to be sent in again that the job does not know of. */
  lookForResends(): void {
    if (!this.#isOver) this.#resends?.look()
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
    if (this.#writing.recovering) return 'waiting'
    if (this.#hadFinished) return 'done'
    if (!this.#caughtUp) {
      this.#caughtUp = true
      this.#graph.catchUp()
    }
    if (this.#outside.isTooMuch) return this.#waitForOutside(this.#env.clock.monotonicMs())
    this.#stepsBeyond = 0
    if (!this.#graph.agenda.empty) {
      this.#graph.agenda.resumeOne()
      return undefined
    }
    this.#resends?.settle()
    const monotonicMs = this.#env.clock.monotonicMs()
    const overflow = this.#stateLimit.check(this.#intake.handedBytes)
    if (overflow !== undefined) {
      this.#fail(overflow.failure, overflow.nodeId)
      return 'done'
    }
    this.#cutIfDue(monotonicMs)
    if (this.#recording.busy) return 'waiting'
    this.#recording.betweenTurns()
    if (this.#replayed !== undefined) return this.#replayTurn(this.#replayed, monotonicMs)
    this.#nowMs = this.#env.clock.nowMs()
    for (const source of this.#graph.sources) {
      this.#intake.fill(source)
      if (this.#state !== 'paused') source.checkIdle(monotonicMs)
      // Idleness has let a watermark go, and what that set off comes first.
      if (this.#failure === undefined && !this.#graph.agenda.empty) return undefined
    }
    if (this.#failure !== undefined) return 'done'
    if (this.#state !== 'paused' && this.#tickOne(monotonicMs)) return undefined
    if (this.#state !== 'paused' && this.#resends?.sendOne()) return undefined
    if (this.#stands) return 'waiting'
    return this.#intake.take(monotonicMs, this.#state === 'paused')
  }

  /**
   * What a sink waits for is part of the checkpoint, so it does not hold that up. Nor does a turn
   * that was left in the middle, as long as what is left of it is not very much.
   */
  #waitForOutside(monotonicMs: number): Slice | undefined {
    const { agenda } = this.#graph
    if (agenda.empty) {
      this.#resends?.settle()
      this.#cutIfDue(monotonicMs)
      return 'waiting'
    }
    if (this.#stepsBeyond >= STEPS_BEYOND_MAX) return 'waiting'
    const { dueMs } = this.#writing
    if (dueMs <= monotonicMs) {
      this.#stepsBeyond++
      agenda.resumeOne()
      return undefined
    }
    if (dueMs < Number.POSITIVE_INFINITY) this.#alarm.at(dueMs)
    return 'waiting'
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
        this.#recording.tick(nodeId)
        return true
      }
      nextMs = Math.min(nextMs, dueMs)
    }
    if (nextMs !== Number.POSITIVE_INFINITY) this.#alarm.at(monotonicMs + nextMs - nowMs)
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

  #cutIfDue(monotonicMs: number): void {
    const dueMs = this.#writing.cutIfDue(monotonicMs)
    if (dueMs === undefined) this.#recording.cut()
    else if (dueMs < Number.POSITIVE_INFINITY) this.#alarm.at(dueMs)
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
