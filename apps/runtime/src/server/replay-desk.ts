/** What can be done with replays over the API: they are started, watched, kept and deleted. */

import type { ChildProcess } from 'node:child_process'
import type { Env, OperatorDefinition } from '@millrace/engine'
import { comparePipelines, parseDocument, type Registry, type wire } from '@millrace/pipeline'
import { whyNotPaired, whyNotReplayable } from '../replay/replayable.ts'
import type { PipelineStore } from '../storage/pipeline-store.ts'
import { ReplayShelf } from '../storage/replay-shelf.ts'
import { Refusal, type RefusalKind, toWireProblem } from '../supervision/refusal.ts'
import type { DocumentChecker } from './document-checker.ts'
import type { RecordingDesk } from './recording-desk.ts'
import type { RouteHandlers, RouteRequest } from './route-handlers.ts'
import { ShadowRun } from './shadow-run.ts'

export interface ReplayDeskOptions {
  readonly env: Env
  readonly registry: Registry<OperatorDefinition>
  readonly checker: DocumentChecker
  readonly dataFolder: string
  readonly deadlineMs: number
  readonly pipelines: PipelineStore
  readonly recordings: RecordingDesk
  startEngineProcess(): ChildProcess
  onFault(error: unknown): void
}

type Body = RouteRequest<'startReplay'>['body']

/** The other version, checked. */
interface Chosen {
  readonly text: string | null
  readonly title: string | null
  readonly pipelineId: string | null
  readonly version: number | null
}

interface Running {
  readonly status: wire.ReplayStatus
  readonly run: ShadowRun
  /** Resolves when its end is kept. */
  readonly kept: Promise<void>
}

const DURATION_MS_MAX = 30 * 60_000
const ALONE: Chosen = { text: null, title: null, pipelineId: null, version: null }

export class ReplayDesk {
  readonly handlers
  readonly #options: ReplayDeskOptions
  readonly #shelf: ReplayShelf
  /** One at a time: two versions and what differs between them fill a machine. */
  #running: Running | undefined
  #starting: string | undefined
  /** Recordings that are going. */
  readonly #deleting = new Set<string>()

  constructor(options: ReplayDeskOptions) {
    const { env, dataFolder, recordings } = options
    this.#options = options
    this.#shelf = new ReplayShelf({ disk: env.disk, dataFolder, recordings: recordings.shelf })
    this.handlers = this.#createHandlers()
  }

  /** Removes what the server before could not. */
  async begin(): Promise<void> {
    const { shelf } = this.#options.recordings
    for (const id of await shelf.ids()) await this.#shelf.removeUnfinished(id)
  }

  async close(): Promise<void> {
    const running = this.#running
    running?.run.stop('The server was stopped.')
    await running?.kept
  }

  #createHandlers() {
    const { recordings } = this.#options
    return {
      startReplay: ({ params, body }) => this.#startOnce(params.id, body),
      listReplays: async ({ params: { id } }) => {
        await recordings.get(id)
        const own = this.#running?.status.recordingId === id ? [await this.#live()] : []
        const kept = await this.#shelf.list(id)
        return [...own.flatMap((one) => one ?? []), ...kept].map(toSummary)
      },
      getReplay: ({ params }) => this.#get(params.id, params.replay),
      stopReplay: async ({ params: { id, replay } }) => {
        const running = this.#running
        if (running?.status.replayId === replay) {
          running.run.stop('It was stopped.')
          await running.kept
        }
        return this.#get(id, replay)
      },
      deleteReplay: async ({ params: { id, replay } }) => {
        const { state } = await this.#get(id, replay)
        if (state === 'running') throw isReplayed()
        await this.#shelf.remove(id, replay)
        return {}
      },
      deleteRecording: async (request) => {
        const { id } = request.params
        if (this.#running?.status.recordingId === id || this.#starting === id) throw isReplayed()
        this.#deleting.add(id)
        try {
          return await recordings.handlers.deleteRecording(request)
        } finally {
          this.#deleting.delete(id)
        }
      },
    } satisfies Partial<RouteHandlers>
  }

  async #get(recordingId: string, replayId: string): Promise<wire.ReplayStatus> {
    await this.#options.recordings.get(recordingId)
    const live = this.#running?.status.replayId === replayId ? await this.#live() : undefined
    const found = live ?? (await this.#shelf.get(recordingId, replayId))
    if (found !== undefined) return found
    const message = `The recording has no replay "${replayId}". It may have been deleted.`
    throw new Refusal('not-found', 'no-such-replay', message)
  }

  /** Undefined where it has ended meanwhile. */
  async #live(): Promise<wire.ReplayStatus | undefined> {
    const running = this.#running
    if (running === undefined) return undefined
    const progress = await running.run.progress()
    return this.#running === running ? { ...running.status, ...progress } : undefined
  }

  async #startOnce(recordingId: string, body: Body): Promise<wire.ReplayStatus> {
    if (this.#running !== undefined || this.#starting !== undefined) {
      const message = 'Another replay is running. Wait for its end, or stop it first.'
      throw new Refusal('conflict', 'replay-runs', message)
    }
    if (this.#deleting.has(recordingId)) {
      const message = 'The recording is just being deleted, so it is not replayed any more.'
      throw new Refusal('conflict', 'recording-is-deleted', message)
    }
    this.#starting = recordingId
    try {
      return await this.#start(recordingId, body)
    } finally {
      this.#starting = undefined
    }
  }

  async #start(recordingId: string, body: Body): Promise<wire.ReplayStatus> {
    const { env, dataFolder, recordings } = this.#options
    const recording = await recordings.get(recordingId)
    const document = await this.#requireWhole(recording)
    const chosen = await this.#choose(document, body)
    const replayId = env.ids.next()
    const { text, ...named } = chosen
    const status: wire.ReplayStatus = {
      ...{ replayId, recordingId, ...named },
      ...{ state: 'running', startedAtMs: env.clock.nowMs(), endedAtMs: null },
      ...{ turns: 0, records: 0, recordsTotal: recording.records },
      ...{ message: null, differences: null, columnsDiffer: false, result: null },
      difference: this.#difference(document, text),
    }
    await this.#shelf.prepare(recordingId)
    const run = new ShadowRun(
      {
        ...{ env, deadlineMs: this.#options.deadlineMs, durationMsMax: DURATION_MS_MAX },
        startProcess: () => this.#options.startEngineProcess(),
      },
      {
        root: dataFolder,
        folder: recordings.shelf.folderOf(recordingId),
        document: text,
        keys: body.keys ?? {},
        place: this.#shelf.placeOf(recordingId, replayId),
      },
    )
    const kept = this.#keep(status, run).catch(this.#options.onFault)
    this.#running = { status, run, kept }
    return status
  }

  /** The pipeline of a recording that can be replayed. */
  async #requireWhole({ recordingId, state, detail }: wire.WireRecording): Promise<string> {
    if (state === 'recording') {
      const message = 'The recording is being written. Stop it, then replay it.'
      throw new Refusal('conflict', 'recording-runs', message)
    }
    const stored = state === 'ended' && (await this.#options.recordings.shelf.open(recordingId))
    if (stored) return stored.head.document
    throw new Refusal('conflict', 'recording-not-readable', detail)
  }

  /** Rejects with a `Refusal` where it cannot be given what was recorded. */
  async #choose(recorded: string, body: Body): Promise<Chosen> {
    const { pipelines, checker } = this.#options
    const { document, version, title, pipelineId } = body
    let chosen = ALONE
    if (document !== undefined) {
      const text = JSON.stringify(document)
      const named = { pipelineId: pipelineId ?? null, version: null }
      chosen = { text, title: title ?? 'Edited version', ...named }
    } else if (pipelineId !== undefined) {
      const saved = await pipelines.get(pipelineId, version)
      const called = title ?? `${saved.name}, version ${saved.version}`
      chosen = { text: saved.document, title: called, pipelineId, version: saved.version }
    }
    const keys = new Map(Object.entries(body.keys ?? {}))
    const old = await checker.recorded(recorded)
    if (chosen.text === null) {
      refuse('bad-request', 'not-paired', whyNotPaired(keys, old, old))
      return chosen
    }
    const problems = await checker.problems(chosen.text)
    if (problems.some(({ severity }) => severity === 'error')) {
      const message = 'The other version has errors, so nothing was replayed. Mend them first.'
      throw new Refusal('problems', 'pipeline-has-errors', message, problems.map(toWireProblem))
    }
    const next = await checker.recorded(chosen.text)
    refuse('conflict', 'not-replayable', whyNotReplayable(old, next))
    refuse('bad-request', 'not-paired', whyNotPaired(keys, old, next))
    return chosen
  }

  #difference(recorded: string, text: string | null): wire.ReplayStatus['difference'] {
    const before = parseDocument(recorded).pipeline
    const after = text === null ? undefined : parseDocument(text).pipeline
    if (before === undefined || after === undefined) return null
    return comparePipelines(before, after, this.#options.registry)
  }

  async #keep(status: wire.ReplayStatus, run: ShadowRun): Promise<void> {
    const end = await run.ended
    const result = end.state === 'done' ? end.result : null
    const { turns, records } = result ?? (await run.progress())
    await this.#shelf.removeUnfinished(status.recordingId)
    try {
      await this.#shelf.put({
        ...status,
        ...{ state: end.state, endedAtMs: this.#options.env.clock.nowMs(), turns, records, result },
        message: end.state === 'done' ? null : end.message,
        differences: result === null ? null : countDifferences(result),
        columnsDiffer: result?.sinks.some(hasOtherColumns) ?? false,
      })
    } finally {
      this.#running = undefined
    }
  }
}

function refuse(kind: RefusalKind, code: string, reasons: readonly string[]): void {
  if (reasons.length > 0) throw new Refusal(kind, code, reasons.join(' '))
}

function countDifferences({ sinks }: wire.ReplayResult): number {
  return sinks.reduce((sum, one) => {
    const alone = one.sides === 'both' ? 0 : one.oldRows + one.newRows
    return sum + one.onlyOld + one.onlyNew + one.changed + alone
  }, 0)
}

function hasOtherColumns({ columnsOnlyOld, columnsOnlyNew }: wire.SinkComparison): boolean {
  return columnsOnlyOld.length + columnsOnlyNew.length > 0
}

function toSummary(status: wire.ReplayStatus): wire.ReplaySummary {
  const { result, difference, ...summary } = status
  return summary
}

function isReplayed(): Refusal {
  const message = 'The recording is being replayed. Wait for the end of the replay, or stop it.'
  return new Refusal('conflict', 'recording-is-replayed', message)
}
