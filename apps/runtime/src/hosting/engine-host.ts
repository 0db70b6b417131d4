/**
 * The engine host: runs jobs for the web server, tells it how they stand, and shows what flows. One
 * process runs many jobs; each gives the thread back every few milliseconds.
 */

import { type Env, type OperatorDefinition, scopedTopics, toJobFailure } from '@millrace/engine'
import {
  checkPipeline,
  hasErrors,
  type Problem,
  parseDocument,
  type Registry,
} from '@millrace/pipeline'
import type { RootedFiles } from '../env/rooted-files.ts'
import {
  type HostMessage,
  type HostReply,
  type HostRequest,
  type HostRequestName,
  hostRequests,
  requestMessage,
} from '../supervision/messages.ts'
import { Refusal, toWireProblem } from '../supervision/refusal.ts'
import { HostTopics } from './host-topics.ts'
import { HostedJob } from './hosted-job.ts'

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
  residentBytes(): number
  /** The files that jobs with these roots may use. */
  filesBelow(roots: readonly string[]): RootedFiles
}

type Handlers = {
  readonly [Name in HostRequestName]: (request: HostRequest<Name>) => HostReply<Name>
}

export class EngineHost {
  readonly #options: EngineHostOptions
  readonly #jobs = new Map<string, HostedJob>()
  readonly #watched = new Set<string>()
  readonly #handlers: Handlers
  readonly #topics: HostTopics
  #quietMs = 0
  #flushCount = 0
  #stopped = false

  constructor(options: EngineHostOptions) {
    this.#options = options
    this.#handlers = this.#createHandlers()
    this.#topics = new HostTopics((number, packed) =>
      options.port.send({ kind: 'topicsAsked', number, packed }),
    )
    this.#beat()
    this.#flushLater()
  }

  /** Whatever came from the web server. Anything that does not fit is our bug and is thrown. */
  receive(message: unknown): void {
    const { number, name, body } = requestMessage.parse(message)
    if (!Object.hasOwn(hostRequests, name)) throw new Error(`There is no request "${name}".`)
    const { port } = this.#options
    try {
      port.send({
        kind: 'reply',
        number,
        ok: true,
        body: this.#handle(name as HostRequestName, body),
      })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { code, message, problems } = error
      const found = problems === undefined ? {} : { problems: [...problems] }
      port.send({ kind: 'refusal', number, code, message, ...found })
    }
  }

  close(): void {
    this.#stopped = true
    for (const job of this.#jobs.values()) job.close()
  }

  #handle<Name extends HostRequestName>(name: Name, body: unknown): HostReply<Name> {
    const request = hostRequests[name].request.parse(body) as HostRequest<Name>
    return this.#handlers[name](request)
  }

  #createHandlers(): Handlers {
    return {
      startJob: (request) => this.#start(request),
      controlJob: (request) => {
        this.#job(request.jobId).control(request)
        return {}
      },
      abandonJob: ({ jobId }) => {
        this.#job(jobId).abandon()
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
      openPicture: ({ jobId, nodeId }) => {
        this.#job(jobId).openPicture(nodeId)
        return {}
      },
      closePicture: ({ jobId, nodeId }) => {
        this.#jobs.get(jobId)?.closePicture(nodeId)
        return {}
      },
      getView: ({ jobId, nodeId, limit }) => this.#job(jobId).view(nodeId, limit),
      getDeadLetters: ({ jobId }) => this.#job(jobId).deadLetters(),
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

  #start({ jobId, document, roots, pace, paused }: HostRequest<'startJob'>): HostReply<'startJob'> {
    const { env, registry, port } = this.#options
    const { pipeline, problems } = parseDocument(document)
    if (pipeline === undefined) throw unusable(problems)
    const checked = checkPipeline(pipeline, registry)
    if (hasErrors(checked.problems)) throw unusable(checked.problems)
    const files = this.#options.filesBelow(roots)
    try {
      const job = new HostedJob({
        jobId,
        checked,
        env: { ...env, disk: files.disk, topics: scopedTopics(this.#topics, jobId) },
        pace,
        paused,
        resolvePath: files.resolvePath,
        onChanged: (state) => port.send({ kind: 'jobChanged', ...state }),
        onNoted: (news) => port.send({ kind: 'jobNoted', jobId, news }),
      })
      this.#jobs.set(jobId, job)
      port.send({ kind: 'jobChanged', ...job.state })
    } catch (error) {
      // A node refused to begin, for instance because of a path that is not allowed.
      const { domain, retry, message } = toJobFailure(error, undefined)
      const endedAtMs = env.clock.nowMs()
      const failure = { domain, retry, message }
      const state = { jobId, state: 'failed', endedAtMs, pace, failure, deadLetters: 0 } as const
      port.send({ kind: 'jobChanged', ...state })
    }
    return {}
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
    port.send({ kind: 'heartbeat', residentBytes: this.#options.residentBytes() })
    env.timers.after(HEARTBEAT_MS, () => this.#beat())
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
      for (const picture of job.pictures.values()) {
        port.send({ kind: 'pictureDrawn', picture: picture.draw() })
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

function unusable(problems: readonly Problem[]): Refusal {
  const message = 'The pipeline has errors, so it was not started. Mend them and start it again.'
  return new Refusal('problems', 'pipeline-has-errors', message, problems.map(toWireProblem))
}
