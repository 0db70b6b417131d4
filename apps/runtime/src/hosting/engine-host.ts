/**
 * The engine host: runs jobs for the web server, tells it how they stand, and shows what flows. One
 * process runs many jobs; each gives the thread back every few milliseconds.
 */

import {
  type Env,
  type JobFailure,
  type JobPlan,
  type OperatorDefinition,
  planStartingAt,
  scopedTopics,
  type Timers,
  toJobFailure,
  toJobPlan,
} from '@millrace/engine'
import {
  type CheckedPipeline,
  checkPipeline,
  hasErrors,
  type Problem,
  parseDocument,
  type Registry,
} from '@millrace/pipeline'
import type { RootedFiles } from '../env/rooted-files.ts'
import {
  type Beginning,
  type HostMessage,
  type HostReply,
  type HostRequest,
  type HostRequestName,
  type HostVitals,
  hostRequests,
  type JobLoad,
  type JobNews,
  requestMessage,
} from '../supervision/messages.ts'
import { Refusal, toWireProblem } from '../supervision/refusal.ts'
import type { CheckpointsAhead } from './checkpoints-ahead.ts'
import { FairTurns, type SharedTurns, type TurnMarker } from './fair-turns.ts'
import { HostTopics } from './host-topics.ts'
import { HostedBackfill } from './hosted-backfill.ts'
import { HostedCheckpoints } from './hosted-checkpoints.ts'
import { HostedJob } from './hosted-job.ts'
import { HostedReplay } from './hosted-replay.ts'
import { TopicRecorder } from './topic-recorder.ts'
import { TurnLimits, type TurnLimitsOptions } from './turn-limits.ts'

/** How often watched jobs are measured, and taps and pictures sent. */
const FLUSH_MS = 200
/**
 * How often jobs are measured that nobody watches, so that their rates are known when somebody
 * comes.
 */
const QUIET_MS = 1000
export const HEARTBEAT_MS = 1000

export interface HostPort {
  /** Returns at once. */
  send(message: HostMessage): void
  /** Whether earlier messages still wait: then what can be left out is. */
  readonly busy: boolean
}

export interface EngineHostOptions {
  readonly env: Env
  readonly registry: Registry<OperatorDefinition>
  readonly port: HostPort
  /** How its process is, since the last call. */
  vitals(): HostVitals
  /** Notes whose turn it is. */
  readonly marker: TurnMarker
  readonly turnLimits: TurnLimitsOptions
  /** What jobs will most likely go on from. */
  readonly ahead?: CheckpointsAhead | undefined
  /** The files that jobs with these roots may use. */
  filesBelow(roots: readonly string[]): RootedFiles
}

type Handlers = {
  readonly [Name in HostRequestName]: (
    request: HostRequest<Name>,
  ) => HostReply<Name> | Promise<HostReply<Name>>
}

export class EngineHost {
  readonly #options: EngineHostOptions
  readonly #jobs = new Map<string, HostedJob>()
  /** Jobs that are reading what they go on from; they never reject. */
  readonly #starting = new Map<string, Promise<unknown>>()
  readonly #watched = new Set<string>()
  readonly #handlers: Handlers
  readonly #topics: HostTopics
  readonly #replay: HostedReplay
  readonly #topicRecorder: TopicRecorder
  readonly #turns: FairTurns
  readonly #limits: TurnLimits
  #heapBytes = 0
  #beatAtMs = 0
  /** Why sources wait, if they do. */
  #holdReason: string | null = null
  #quietMs = 0
  #flushCount = 0
  #stopped = false

  constructor(options: EngineHostOptions) {
    this.#options = options
    this.#replay = new HostedReplay(options.env, options.registry)
    const { clock, timers } = options.env
    this.#limits = new TurnLimits(options.turnLimits)
    this.#turns = new FairTurns({ clock, timers, marker: options.marker, limits: this.#limits })
    this.#handlers = this.#createHandlers()
    this.#topics = new HostTopics((number, packed) =>
      options.port.send({ kind: 'topicsAsked', number, packed }),
    )
    this.#topicRecorder = new TopicRecorder(options.env, options.registry, this.#topics)
    this.#beat()
    this.#flushLater()
  }

  /** Whatever came from the web server. Anything that does not fit is our bug and is thrown. */
  receive(message: unknown): void {
    const { number, name, body } = requestMessage.parse(message)
    if (!Object.hasOwn(hostRequests, name)) throw new Error(`There is no request "${name}".`)
    void this.#answer(number, name as HostRequestName, body)
  }

  /** Rejects, and so ends the process, where we have a bug. */
  async #answer(number: number, name: HostRequestName, body: unknown): Promise<void> {
    const { port } = this.#options
    try {
      const reply = await this.#handle(name, body)
      port.send({ kind: 'reply', number, ok: true, body: reply })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { kind: refused, code, message, problems } = error
      const found = problems === undefined ? {} : { problems: [...problems] }
      port.send({ kind: 'refusal', number, refused, code, message, ...found })
    }
  }

  close(): void {
    this.#stopped = true
    this.#options.ahead?.close()
    for (const job of this.#jobs.values()) job.close()
  }

  async #handle<Name extends HostRequestName>(name: Name, body: unknown): Promise<HostReply<Name>> {
    const request = hostRequests[name].request.parse(body) as HostRequest<Name>
    const { jobId } = request as { readonly jobId?: string }
    // What is asked of a job that is still reading its checkpoint waits for it.
    if (jobId !== undefined && name !== 'startJob') await this.#starting.get(jobId)
    return this.#handlers[name](request)
  }

  #createHandlers(): Handlers {
    return {
      startJob: async (request) => {
        const started = this.#start(request)
        this.#starting.set(
          request.jobId,
          started.catch(() => {}),
        )
        await started
        this.#starting.delete(request.jobId)
        return {}
      },
      controlJob: (request) => {
        this.#job(request.jobId).control(request)
        return {}
      },
      suspendJob: async ({ jobId }) => ({ checkpointId: await this.#job(jobId).suspend() }),
      releaseJob: async ({ jobId }) => {
        await this.#job(jobId).release()
        return {}
      },
      takeCheckpoint: ({ jobId, reason }) => this.#job(jobId).takeCheckpoint(reason),
      makeSavepoint: (request) => this.#job(request.jobId).makeSavepoint(request),
      holdJobs: ({ reason }) => {
        this.#holdReason = reason
        for (const job of this.#jobs.values()) job.hold(reason)
        return {}
      },
      forgetJob: ({ jobId }) => {
        this.#jobs.get(jobId)?.close()
        this.#jobs.delete(jobId)
        this.#watched.delete(jobId)
        return {}
      },
      watchJob: ({ jobId, watched }) => {
        this.#job(jobId)
        if (watched) {
          this.#watched.add(jobId)
          this.#sendMeasured(jobId)
        } else this.#watched.delete(jobId)
        return {}
      },
      measureJob: ({ jobId }) => ({ nodes: this.#job(jobId).measure() }),
      ...this.#createLookers(),
      ...this.#createBackfillers(),
      getView: ({ jobId, nodeId, limit }) => this.#job(jobId).view(nodeId, limit),
      getState: ({ jobId, nodeId, ...look }) => this.#job(jobId).kept(nodeId, look),
      resendLetters: ({ jobId }) => {
        this.#job(jobId).resendLetters()
        return {}
      },
      startRecording: async (request) => {
        await this.#job(request.jobId).recorder.start(request)
        return {}
      },
      stopRecording: async ({ jobId, recordingId }) => {
        await this.#jobs.get(jobId)?.recorder.stop('stopped', recordingId)
        return {}
      },
      recordTopics: async (request) => {
        await this.#topicRecorder.run(request)
        return {}
      },
      topicsProgress: () => this.#topicRecorder.progress,
      recordingProgress: ({ jobId }) => ({
        recording: this.#jobs.get(jobId)?.recorder.progress ?? null,
      }),
      runReplay: async (request) => ({ result: await this.#replay.run(request) }),
      replayProgress: () => this.#replay.progress,
      getTopicPlaces: ({ jobId }) => ({ nodes: this.#job(jobId).topicPlaces() }),
      answerTopics: ({ number, packed }) => {
        this.#topics.answered(number, packed)
        return {}
      },
      topicAppended: ({ topic }) => {
        this.#topics.appended(topic)
        return {}
      },
    }
  }

  /** Its process does nothing else. */
  #createBackfillers() {
    const { env, registry, filesBelow } = this.#options
    let running: HostedBackfill | undefined
    const backfill = () => {
      if (running !== undefined) return running
      throw new Refusal('not-found', 'no-such-backfill', 'There is no backfill here.')
    }
    return {
      beginBackfill: async ({ checkpointId, ...wish }) => {
        const options = { env, registry, topics: this.#topics, filesBelow }
        running = await HostedBackfill.begin(options, wish, checkpointId)
        return {}
      },
      watchBackfill: async () => ({ message: await backfill().failed }),
      moveBackfill: async ({ checkpointId }) => {
        await backfill().move(checkpointId)
        return {}
      },
      backfillProgress: () => backfill().progress(),
      finishBackfill: ({ checkpointId, savepointId }) =>
        backfill().finish(checkpointId, savepointId),
    } satisfies Partial<Handlers>
  }

  /** What people look through. */
  #createLookers() {
    return {
      openTap: (request) => this.#job(request.jobId).openTap(request),
      closeTap: ({ tapId }) => {
        for (const job of this.#jobs.values()) job.closeTap(tapId)
        return {}
      },
      pauseTap: ({ tapId, paused }) => {
        for (const job of this.#jobs.values()) {
          const tap = job.taps.get(tapId)
          if (tap !== undefined) tap.paused = paused
        }
        return {}
      },
      setBreakpoint: (request) => {
        this.#job(request.jobId).setBreakpoint(request)
        return {}
      },
      clearBreakpoint: ({ jobId, breakpointId }) => {
        this.#jobs.get(jobId)?.breakpoints.clear(breakpointId)
        return {}
      },
      openPicture: ({ jobId, nodeId }) => {
        this.#job(jobId).openPicture(nodeId)
        return {}
      },
      closePicture: ({ jobId, nodeId }) => {
        this.#jobs.get(jobId)?.pictures.close(nodeId)
        return {}
      },
    } satisfies Partial<Handlers>
  }

  async #start(request: HostRequest<'startJob'>): Promise<void> {
    const { registry } = this.#options
    const { pipeline, problems } = parseDocument(request.document)
    if (pipeline === undefined) throw unusable(problems)
    const checked = checkPipeline(pipeline, registry)
    if (hasErrors(checked.problems)) throw unusable(checked.problems)
    try {
      await this.#run(request, checked)
    } catch (error) {
      if (error instanceof Refusal) throw error
      // A node refused to begin, for instance because of a path that is not allowed.
      this.#sayNotStarted(request, toJobFailure(error, undefined))
    }
  }

  async #run(
    request: HostRequest<'startJob'>,
    checked: CheckedPipeline<OperatorDefinition>,
  ): Promise<void> {
    const { env, port, ahead } = this.#options
    const {
      jobId,
      slot,
      patient,
      probationMs,
      roots,
      pace,
      paused,
      checkpoints: place,
      quotas,
    } = request
    const nodeCount = checked.nodes.size
    const turns = this.#turns.join(slot, { patient, probationMs, nodeCount })
    const files = this.#options.filesBelow(roots)
    const onNoted = (news: JobNews) => port.send({ kind: 'jobNoted', jobId, news })
    const sayChanged = () => {
      const job = this.#jobs.get(jobId)
      if (job !== undefined) port.send({ kind: 'jobChanged', ...job.state })
    }
    const plan = planOf(checked, place.begin)
    const checkpoints = await HostedCheckpoints.open({
      ...{ env, place, checked, plan, onNoted, ahead },
      onChanged: sayChanged,
    })
    const jobEnv = {
      ...{ ...env, disk: files.disk, timers: sharedTimers(env.timers, turns) },
      topics: scopedTopics(this.#topics, place.pipelineId),
    }
    const job = turns.start(
      () =>
        new HostedJob({
          ...{ jobId, checked, plan, turns, pace, paused, checkpoints, quotas },
          env: jobEnv,
          hostEnv: env,
          resolvePath: files.resolvePath,
          onChanged: (state) => port.send({ kind: 'jobChanged', ...state }),
          onNoted,
        }),
    )
    this.#jobs.set(jobId, job)
    this.#updateLimits()
    job.hold(this.#holdReason)
    sayChanged()
  }

  #sayNotStarted(
    { jobId, pace }: HostRequest<'startJob'>,
    { domain, retry, message }: JobFailure,
  ): void {
    const { env, port } = this.#options
    const failure = { domain, retry, message }
    port.send({
      kind: 'jobChanged',
      ...{ jobId, state: 'failed', endedAtMs: env.clock.nowMs(), pace, failure },
      ...{ deadLetters: 0, checkpoints: null },
    })
  }

  #job(jobId: string): HostedJob {
    const job = this.#jobs.get(jobId)
    if (job !== undefined) return job
    const message = 'The job is not running, and what it showed is gone. Start the pipeline again.'
    throw new Refusal('not-found', 'job-not-hosted', message)
  }

  #beat(): void {
    if (this.#stopped) return
    const { env, port } = this.#options
    const nowMs = env.clock.monotonicMs()
    const sinceMs = Math.max(1, nowMs - this.#beatAtMs)
    this.#beatAtMs = nowMs
    const loads = [...this.#jobs.values()].flatMap((job): readonly JobLoad[] => {
      const load = job.load(sinceMs)
      return load === undefined ? [] : [load]
    })
    const vitals = this.#options.vitals()
    this.#heapBytes = vitals.heapBytes
    this.#updateLimits()
    port.send({ kind: 'heartbeat', vitals, loads })
    env.timers.after(HEARTBEAT_MS, () => this.#beat())
  }

  #updateLimits(): void {
    let jobCount = 0
    for (const job of this.#jobs.values()) if (!job.hasEnded) jobCount++
    this.#limits.update({ jobCount, heapBytes: this.#heapBytes })
  }

  #flushLater(): void {
    this.#options.env.timers.after(FLUSH_MS, () => {
      if (this.#stopped) return
      this.#flush()
      this.#flushLater()
    })
  }

  #flush(): void {
    const { env, port } = this.#options
    const nowMs = env.clock.monotonicMs()
    const quiet = nowMs - this.#quietMs >= QUIET_MS
    if (quiet) this.#quietMs = nowMs
    this.#flushCount++
    // A picture is much larger than a frame, and changes more slowly.
    const draws = this.#flushCount % 2 === 0
    for (const [jobId, job] of this.#jobs) {
      if (this.#watched.has(jobId)) {
        if (!port.busy) this.#sendMeasured(jobId)
      } else if (quiet && !job.hasEnded) job.measure()
      if (port.busy) continue
      for (const [tapId, tap] of job.taps) {
        const taken = tap.take()
        if (taken !== undefined) port.send({ kind: 'tapFilled', tapId, ...taken })
      }
      if (!draws) continue
      for (const picture of job.pictures.draw(job.endedAtMs)) {
        port.send({ kind: 'pictureDrawn', picture })
      }
    }
  }

  #sendMeasured(jobId: string): void {
    const job = this.#job(jobId)
    const atMs = this.#options.env.clock.nowMs()
    const { deadLetters } = job.state
    const nodes = job.measure()
    this.#options.port.send({ kind: 'jobMeasured', jobId, atMs, deadLetters, nodes })
  }
}

/** What a job does between its turns is its turn, too. */
function sharedTimers(timers: Timers, turns: SharedTurns): Timers {
  return {
    after: (delayMs, callback) => timers.after(delayMs, callback),
    yield: (callback) => void turns.take(callback),
  }
}

/** With sources where they are to begin; whether they can was asked before. */
function planOf(checked: CheckedPipeline<OperatorDefinition>, begin: Beginning): JobPlan {
  const plan = toJobPlan(checked)
  if (begin.kind !== 'beginning' || begin.at === undefined) return plan
  return planStartingAt(plan, begin.at).plan
}

function unusable(problems: readonly Problem[]): Refusal {
  const message = 'The pipeline has errors, so it was not started. Mend them and start it again.'
  return new Refusal('problems', 'pipeline-has-errors', message, problems.map(toWireProblem))
}
