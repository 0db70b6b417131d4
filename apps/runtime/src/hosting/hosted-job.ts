/** One job in the engine host: runs it, measures it, and lets people look at it. */

import {
  type DeadLetter,
  drive,
  type Env,
  Job,
  type JobFailure,
  type JobPlan,
  type LookOptions,
  type OperatorDefinition,
  type Outstanding,
  type ResendOutcome,
} from '@millrace/engine'
import {
  type CheckedPipeline,
  ERRORS_SCHEMA,
  type StreamSchema,
  typeText,
  type wire,
} from '@millrace/pipeline'
import { LetterWriter } from '../letters/letter-writer.ts'
import { createResendFeed } from '../letters/resend-feed.ts'
import type {
  HostedJobState,
  HostReply,
  HostRequest,
  JobLoad,
  JobNews,
  JobQuotas,
} from '../supervision/messages.ts'
import { Refusal } from '../supervision/refusal.ts'
import { EarlierRecords, type WatchedPort } from './earlier-records.ts'
import type { SharedTurns } from './fair-turns.ts'
import { HostedBreakpoints } from './hosted-breakpoints.ts'
import type { HostedCheckpoints } from './hosted-checkpoints.ts'
import { HostedPictures } from './hosted-pictures.ts'
import { HostedRecorder } from './hosted-recorder.ts'
import { tieOf } from './job-ties.ts'
import { type MeasuredNodes, NodeRates } from './node-rates.ts'
import { SinkView, toView } from './sink-view.ts'
import { StallNote } from './stall-note.ts'
import { type Earlier, Tap } from './tap.ts'

const STANDS = 'The job stands at a breakpoint, and elsewhere it would go on.'
const RECORDED = 'The job is being recorded, and a move would end that.'
const TAPS_MAX = 64
/**
 * Nobody sees a record come so much later, and a process that wakes for each record of a thousand a
 * second is busy with waking.
 */
const REST_MS = 10
/** Less than this of a thread, or of memory, is nothing that matters for where a job runs. */
const SHARE_TOLD = 0.01
const STATE_BYTES_TOLD = 2 ** 20
/** Of a second, held back by the pace: then it is the pace that it goes by. */
const THROTTLED_MS = 300

export interface HostedJobOptions {
  readonly jobId: string
  readonly checked: CheckedPipeline<OperatorDefinition>
  /** Its plan; sources may begin elsewhere than the pipeline says. */
  readonly plan: JobPlan
  readonly env: Env
  /** With the files of the server, beside which those of the job are. */
  readonly hostEnv: Env
  readonly turns: SharedTurns
  readonly pace: number | null
  readonly paused: boolean
  readonly quotas: JobQuotas
  readonly checkpoints: HostedCheckpoints
  resolvePath(path: string): string
  onChanged(state: HostedJobState): void
  /** Something for the job's log. */
  onNoted(news: JobNews): void
}

export class HostedJob {
  readonly taps = new Map<string, Tap>()
  readonly breakpoints: HostedBreakpoints
  readonly pictures: HostedPictures
  readonly recorder: HostedRecorder
  readonly #options: HostedJobOptions
  readonly #job: Job
  readonly #rates = new NodeRates()
  readonly #stalls: StallNote
  readonly #views = new Map<string, SinkView>()
  readonly #earlier: EarlierRecords
  #deadLetterCount = 0
  #busyMsTold = 0
  #stateBytes = 0
  #throttled = false
  #heldMsTold = 0
  #deadLettersToNote = 1
  #pace: number | null
  #endedAtMs: number | null = null
  #draining = false
  #suspending = false
  /** Under way, for all who ask. */
  #suspended: Promise<number | null> | undefined
  /** By somebody; sources that wait for the disk do not count. */
  #paused: boolean
  #held = false
  #failure: wire.WireFailure | null = null
  readonly #letters: LetterWriter
  readonly ended: Promise<void>

  constructor(options: HostedJobOptions) {
    const { plan, env, hostEnv, pace, paused, checkpoints } = options
    this.#options = options
    this.#paused = paused
    this.#pace = pace
    const { topics } = env
    if (topics === undefined) throw new Error('A hosted job reaches the log of its server.')
    const { restored } = checkpoints.options
    this.#letters = new LetterWriter({ jobId: options.jobId, env, topics, restored })
    this.#job = new Job(plan, {
      env,
      jobId: options.jobId,
      restMs: REST_MS,
      resolvePath: (path) => options.resolvePath(path),
      deadLetters: (letters, outstanding) => this.#keepDeadLetters(letters, outstanding),
      deadLetterSink: this.#letters,
      resends: {
        feed: createResendFeed(topics, options.jobId, this.#letters.line),
        onOutcome: (outcome) => this.#tried(outcome),
      },
      onOutputCompleted: (nodeId) => this.#noteOutput(nodeId),
      onTold: (kind, message, nodeId) => {
        const severity = kind === 'put-aside' ? 'warning' : 'info'
        options.onNoted({ kind, severity, nodeId, message })
      },
      checkpoints: checkpoints.options,
      ...(options.quotas.stateBytes !== null && { stateBytesMax: options.quotas.stateBytes }),
    })
    this.breakpoints = new HostedBreakpoints({
      job: this.#job,
      nowMs: () => env.clock.nowMs(),
      onHit: (hit) => this.#stand(hit),
    })
    this.pictures = new HostedPictures({ ...options, job: this.#job })
    const onNoted = (news: JobNews) => options.onNoted(news)
    this.#stalls = new StallNote({ onNoted, titleOf: (nodeId) => this.#node(nodeId).title })
    this.recorder = new HostedRecorder({ env: hostEnv, job: this.#job, plan, onNoted })
    this.#openViews()
    this.#earlier = new EarlierRecords(
      this.#ports(),
      () => env.clock.nowMs(),
      (isSlow) => this.pictures.setSlow(isSlow),
    )
    // Also while nobody looks: whoever comes then sees at once where the time goes.
    this.#job.measureBusy(true)
    this.#setPace(pace)
    if (paused) this.#job.pause()
    this.ended = drive(this.#job, env, options.turns).then(async (failure) => {
      await this.recorder.stop('job-ended')
      // Whoever goes on from them may be another process.
      await checkpoints.close()
      this.#end(failure)
    })
  }

  get state(): HostedJobState {
    const { state } = this.#job
    const isOver = state === 'failed' || state === 'stopped' || state === 'finished'
    return {
      jobId: this.#options.jobId,
      // Sinks and sources still let go of what they hold.
      state: this.#stateText(isOver, state),
      endedAtMs: this.#endedAtMs,
      pace: this.#pace,
      failure: this.#failure,
      deadLetters: this.#deadLetterCount,
      checkpoints: this.#options.checkpoints.state,
      ...(this.hasEnded ? {} : { breakpoint: this.breakpoints.hit }),
    }
  }

  #stateText(isOver: boolean, state: Job['state']): wire.WireJobState {
    if (!this.hasEnded) {
      if (isOver || this.#draining || this.#suspending) return 'finishing'
      return state === 'paused' && !this.#paused ? 'running' : state
    }
    return this.#draining && state === 'finished' ? 'stopped' : state
  }

  get hasEnded(): boolean {
    return this.#endedAtMs !== null
  }

  get endedAtMs(): number | null {
    return this.#endedAtMs
  }

  /** Since the last call, which was so long ago; undefined where it is not worth telling. */
  load(sinceMs: number): JobLoad | undefined {
    const { turns, jobId } = this.#options
    const busyMs = turns.busyMs - this.#busyMsTold
    this.#busyMsTold = turns.busyMs
    if (this.hasEnded) return undefined
    this.#noteThrottled()
    this.#stalls.look(this.#job.stall)
    if (busyMs > 0) this.#stateBytes = this.#job.stateBytes
    const share = Math.min(1, Math.round((busyMs / sinceMs) * 1000) / 1000)
    const isWorthTelling = share >= SHARE_TOLD || this.#stateBytes >= STATE_BYTES_TOLD
    return isWorthTelling ? { jobId, share, stateBytes: this.#stateBytes } : undefined
  }

  measure(): MeasuredNodes {
    const monotonicMs = this.#options.env.clock.monotonicMs()
    const nodes = this.#rates.measure(monotonicMs, this.#job.nodes())
    const rates = Object.values(nodes).map(({ outPerSecond }) => outPerSecond)
    this.#earlier.measured(
      monotonicMs,
      rates.reduce((sum, rate) => sum + rate, 0),
    )
    return nodes
  }

  control(request: HostRequest<'controlJob'>): void {
    if (this.hasEnded && request.action !== 'stop') {
      const message = `The job has ended. Start the pipeline again to ${request.action} it.`
      throw new Refusal('conflict', 'job-ended', message)
    }
    const job = this.#job
    switch (request.action) {
      case 'pause':
      case 'resume':
        this.#paused = request.action === 'pause'
        if (!this.#paused) this.breakpoints.goOn()
        this.#pauseOrResume()
        break
      case 'step':
        if (!this.#paused) {
          const message = 'The job is not paused, so it cannot take single steps. Pause it first.'
          throw new Refusal('conflict', 'job-not-paused', message)
        }
        this.breakpoints.goOn()
        job.step(request.records)
        break
      case 'pace':
        this.#pace = request.recordsPerSecond
        this.#setPace(request.recordsPerSecond)
        break
      case 'stop':
        // Whoever stops a job wants what it has got so far; who stops it twice wants it gone.
        if (this.#draining) job.stop()
        else this.#drain()
        break
    }
    this.#options.onChanged(this.state)
  }

  /** Somebody has waited for that record, so somebody has to let the job go on. */
  #stand(hit: wire.BreakpointHit): void {
    this.#paused = true
    const { nodeId, port, where } = hit
    const { title } = this.#node(nodeId)
    const condition = where === null ? '' : ` for which ${where}`
    const message =
      `A record${condition} has come to the breakpoint at "${title}", ${port}: the job stands behind it. ` +
      'Resume it, or let single records through.'
    this.#options.onNoted({ kind: 'breakpoint', severity: 'info', nodeId, message })
    this.#options.onChanged(this.state)
  }

  #drain(): void {
    this.#draining = true
    // It completes what is open, and does not stand in the middle of that.
    this.breakpoints.clearAll()
    this.breakpoints.goOn()
    const message = 'The job was told to end. It reads no more, and completes what is open.'
    if (!this.hasEnded) this.#options.onNoted({ kind: 'ending', severity: 'info', message })
    this.#job.drain()
  }

  /** Sources wait for something outside, though nobody has paused the job. */
  hold(reason: string | null): void {
    const held = reason !== null
    if (this.hasEnded || held === this.#held) return
    this.#held = held
    this.#pauseOrResume()
    const { onNoted } = this.#options
    if (reason !== null) onNoted({ kind: 'held', severity: 'warning', message: reason })
    else onNoted({ kind: 'released', severity: 'info', message: 'Sources are read on.' })
  }

  /** The lower one of what somebody has set and what the server allows. */
  #setPace(pace: number | null): void {
    const { recordsPerSecond } = this.#options.quotas
    this.#pace = pace
    const allowed = Math.min(pace ?? Infinity, recordsPerSecond ?? Infinity)
    this.#job.setPace(allowed === Infinity ? undefined : allowed)
  }

  /** Once, when the server's quota is what keeps records waiting. */
  #noteThrottled(): void {
    const { recordsPerSecond } = this.#options.quotas
    if (recordsPerSecond === null || this.#throttled || (this.#pace ?? Infinity) < recordsPerSecond)
      return
    const held = this.#job.heldByPaceMs
    const since = held - this.#heldMsTold
    this.#heldMsTold = held
    if (since < THROTTLED_MS) return
    this.#throttled = true
    const message =
      `The job would take in more than ${recordsPerSecond} records a second, and this server lets no ` +
      'more into a job (--job-rate). Nothing is left out: its sources wait.'
    this.#options.onNoted({ kind: 'throttled', severity: 'warning', message })
  }

  #pauseOrResume(): void {
    if (this.#suspending) return
    if (this.#paused || this.#held) this.#job.pause()
    else this.#job.resume()
  }

  /**
   * Ends it with a last checkpoint, from which it goes on later; as it stands, where there can be
   * none. Resolves with the number of the checkpoint.
   */
  suspend(): Promise<number | null> {
    this.#suspended ??= this.#suspendNow()
    return this.#suspended
  }

  async #suspendNow(): Promise<number | null> {
    this.#suspending = true
    const { checkpoints, onChanged } = this.#options
    if (!this.hasEnded) onChanged(this.state)
    try {
      const { id } = await checkpoints.takeFor('stop', () => this.#job.suspend())
      return id
    } catch {
      // Whether it has failed or ended by itself, its state says.
      this.#job.stop()
      return null
    }
  }

  /** What keeps it here for a while, whatever its pipeline is. */
  get #ownTie(): string | undefined {
    if (this.breakpoints.hit !== undefined) return STANDS
    return this.recorder.progress === null ? undefined : RECORDED
  }

  /** For another host, which goes on at once. Rejects with a `Refusal`, and then runs on. */
  async release(): Promise<void> {
    const { checkpoints, checked } = this.#options
    const tie = this.#ownTie ?? tieOf(checked)
    if (tie !== undefined || this.hasEnded || this.#draining || this.#suspending) {
      throw new Refusal('conflict', 'job-stays', tie ?? 'The job ends already, so it stays.')
    }
    this.#suspending = true
    try {
      await checkpoints.takeFor('stop', () => this.#job.suspend())
    } catch (error) {
      this.#suspending = false
      this.#pauseOrResume()
      const cause = error instanceof Error ? error.message : String(error)
      throw new Refusal('conflict', 'job-stays', `There is no checkpoint to go on from: ${cause}`)
    }
    await this.ended
  }

  /** Rejects with a `Refusal` where there can be none. */
  async takeCheckpoint(
    reason: HostRequest<'takeCheckpoint'>['reason'],
  ): Promise<HostReply<'takeCheckpoint'>> {
    const { checkpoints } = this.#options
    try {
      const { id } = await checkpoints.takeFor(reason, () => this.#job.checkpoint())
      return { checkpointId: id }
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      const message = `There is no checkpoint: ${cause} Look at the log of the job.`
      throw new Refusal('conflict', 'no-checkpoint', message)
    }
  }

  /** Rejects with a `Refusal` where there can be none. */
  async makeSavepoint(request: HostRequest<'makeSavepoint'>): Promise<HostReply<'makeSavepoint'>> {
    const { checkpoints } = this.#options
    try {
      const take = () => checkpoints.takeFor('savepoint', () => this.#job.checkpoint())
      const id = request.checkpointId ?? (await take()).id
      return { checkpointId: id, ...(await checkpoints.copy(id, request.savepointId)) }
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      const message = `There is no savepoint: ${cause} Look at the log of the job.`
      throw new Refusal('conflict', 'no-savepoint', message)
    }
  }

  openTap(request: HostRequest<'openTap'>): HostReply<'openTap'> {
    const { tapId, nodeId, port, keep, where } = request
    if (this.taps.size >= TAPS_MAX) {
      const message = `This job has ${TAPS_MAX} taps, and it may have no more. Close one first.`
      throw new Refusal('conflict', 'too-many-taps', message)
    }
    const schema = this.#portSchema(nodeId, port)
    const { clock } = this.#options.env
    const stream = this.#job.tap(nodeId, port)
    const nowMs = () => clock.nowMs()
    const earlier = request.earlier === true ? this.#passed(nodeId, port) : {}
    const tap = new Tap(stream, { keep, where, schema, nowMs, ...earlier })
    this.taps.set(tapId, tap)
    return {
      tapId,
      columns: schema.columns.map(({ name, type }) => ({ name, type: typeText(type) })),
      eventTime: schema.eventTime,
      earlier: tap.waiting,
    }
  }

  /** Nothing where none of them is kept. */
  #passed(nodeId: string, port: string): { readonly earlier?: Earlier } {
    const records = this.#earlier.of(nodeId, port)
    const ports = this.#job.nodes().get(nodeId)?.ledger.ports ?? {}
    const passed = Object.hasOwn(ports, port) ? ports[port] : undefined
    if (records.length === 0 || passed === undefined) return {}
    return { earlier: { records, passed } }
  }

  closeTap(tapId: string): void {
    this.taps.get(tapId)?.close()
    this.taps.delete(tapId)
  }

  setBreakpoint(wish: HostRequest<'setBreakpoint'>): void {
    if (this.hasEnded || this.#draining) {
      const message =
        'The job ends or has ended, so no record comes there. Start the pipeline again.'
      throw new Refusal('conflict', 'job-ended', message)
    }
    this.breakpoints.set(wish, this.#portSchema(wish.nodeId, wish.port))
  }

  openPicture(nodeId: string): void {
    this.pictures.open(this.#node(nodeId))
  }

  view(nodeId: string, limit: number): HostReply<'getView'> {
    this.#node(nodeId)
    const view = this.#views.get(nodeId)
    if (view !== undefined) return view.read(limit)
    const schema = this.#inputSchema(nodeId)
    const kept = this.#job.rowsOf(nodeId, limit)
    if (schema !== undefined && kept !== undefined) return toView(schema, kept)
    const message = `Node "${nodeId}" is not a sink, so it holds no results. Open a tap on its output.`
    throw new Refusal('bad-request', 'not-a-sink', message)
  }

  kept(nodeId: string, look: LookOptions): HostReply<'getState'> {
    this.#node(nodeId)
    const { entries, total, complete, size } = this.#job.lookAtState(nodeId, look)
    const { bytes, spilledBytes } = size
    return { entries: [...entries], total, complete, bytes, spilledBytes }
  }

  /** Somebody waits for it, and it is told with a checkpoint. */
  #tried(outcome: ResendOutcome): void {
    this.#letters.tried(outcome)
    this.#job.checkpoint().catch(() => undefined)
  }

  resendLetters(): void {
    void this.recorder.stop('resent')
    this.#job.lookForResends()
  }

  topicPlaces(): HostReply<'getTopicPlaces'>['nodes'] {
    const places = [...this.#job.topicPlaces()]
    return Object.fromEntries(places.map(([nodeId, own]) => [nodeId, [...own]]))
  }

  close(): void {
    for (const tap of this.taps.values()) tap.close()
    this.breakpoints.clearAll()
    this.pictures.closeAll()
    for (const view of this.#views.values()) view.close()
    this.#earlier.close()
    this.#job.release()
  }

  /** Sinks that keep rows themselves are asked for those. */
  #openViews(): void {
    for (const [nodeId, { operator }] of this.#options.checked.nodes) {
      if (operator.category !== 'sink' || operator.inspectRows !== undefined) continue
      const schema = this.#inputSchema(nodeId)
      if (schema !== undefined) {
        this.#views.set(nodeId, new SinkView(schema, this.#inputsOf(nodeId)))
      }
    }
  }

  #ports(): readonly WatchedPort[] {
    return [...this.#options.checked.nodes].flatMap(([node, { outputs }]) =>
      outputs.map((port) => ({ node, port, stream: this.#job.tap(node, port) })),
    )
  }

  #inputSchema(nodeId: string): StreamSchema | undefined {
    const { operator, inputSchemas } = this.#node(nodeId)
    const [port = 'in'] = operator.inputs
    return inputSchemas[port]
  }

  #inputsOf(nodeId: string) {
    return this.#options.checked.edges
      .filter(({ to }) => to.node === nodeId)
      .map(({ from }) => this.#job.tap(from.node, from.port))
  }

  #node(nodeId: string) {
    const node = this.#options.checked.nodes.get(nodeId)
    if (node !== undefined) return node
    const message = `The running job has no node "${nodeId}". It may have been added since; restart the job.`
    throw new Refusal('not-found', 'no-such-node', message)
  }

  #portSchema(nodeId: string, port: string): StreamSchema {
    const { outputs, outputSchemas } = this.#node(nodeId)
    if (port === 'errors' && outputs.includes(port)) return ERRORS_SCHEMA
    const schema = Object.hasOwn(outputSchemas, port) ? outputSchemas[port] : undefined
    if (schema !== undefined) return schema
    const known = outputs.length === 0 ? 'It has none.' : `It has ${outputs.join(', ')}.`
    const message = `Node "${nodeId}" has no output "${port}". ${known}`
    throw new Refusal('not-found', 'no-such-port', message)
  }

  #keepDeadLetters(letters: readonly DeadLetter[], outstanding: Outstanding): void {
    this.#deadLetterCount += letters.length
    this.recorder.deadLetters(letters)
    this.#letters.refused(letters, outstanding)
    this.#noteDeadLetters(letters.at(-1))
  }

  /** The first, then the tenth, the hundredth and so on: a flood must not fill the log. */
  #noteDeadLetters(last: DeadLetter | undefined): void {
    const total = this.#deadLetterCount
    if (total < this.#deadLettersToNote) return
    this.#deadLettersToNote = 10 ** (Math.floor(Math.log10(total)) + 1)
    const records = total === 1 ? 'A record' : `${total} records so far`
    this.#options.onNoted({
      kind: 'dead-letters',
      severity: 'warning',
      nodeId: last?.nodeId ?? '',
      message: `${records} could not be processed. ${total === 1 ? 'Why' : 'The last'}: ${last?.reason}`,
    })
    this.#options.onChanged(this.state)
  }

  #noteOutput(nodeId: string): void {
    const { title, operator, config } = this.#node(nodeId)
    const paths = operator.files?.(config).map(({ path }) => `"${path}"`) ?? []
    const where = paths.length === 0 ? '' : `: ${paths.join(', ')}`
    this.#options.onNoted({
      kind: 'output-completed',
      severity: 'info',
      nodeId,
      message: `"${title}" has completed its output${where}.`,
    })
  }

  #end(failure: JobFailure | undefined): void {
    this.#endedAtMs = this.#options.env.clock.nowMs()
    if (failure !== undefined) {
      const { domain, retry, nodeId, message } = failure
      this.#failure = { domain, retry, message, ...(nodeId === undefined ? {} : { nodeId }) }
    }
    this.#options.onChanged(this.state)
  }
}
