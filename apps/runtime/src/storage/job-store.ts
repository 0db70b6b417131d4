/** Jobs as they were last known, so that a server that starts again knows what ran. */

import { wire } from '@millrace/pipeline'
import type { Kysely } from 'kysely'
import { type Beginning, beginning } from '../supervision/messages.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { Tables } from './database.ts'

/** What a job needs to begin again in the same place. */
export interface JobBeginning {
  readonly begin: Beginning
  readonly after: number
}

export interface VersionRuns {
  readonly runs: number
  readonly lastStartedAtMs: number
}

export class JobStore {
  readonly #database: Kysely<Tables>

  constructor(database: Kysely<Tables>) {
    this.#database = database
  }

  /** The beginning is written once, with the job. */
  async put(status: wire.JobStatus, beginning?: JobBeginning): Promise<void> {
    const row = toRow(status)
    const { id, pipeline_id, ...changes } = row
    const begin = beginning === undefined ? null : JSON.stringify(beginning.begin)
    await this.#database
      .insertInto('jobs')
      .values({ ...row, begin, after_checkpoint: beginning?.after ?? null })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
      .execute()
  }

  /** From here on it is another version that begins elsewhere, or what it was. All or nothing. */
  async become({ jobId, version }: wire.JobStatus, from: JobBeginning): Promise<void> {
    const begin = JSON.stringify(from.begin)
    await this.#database
      .updateTable('jobs')
      .set({ version, begin, after_checkpoint: from.after })
      .where('id', '=', jobId)
      .execute()
  }

  /** At the beginning of its sources, for one that an older Millrace has started. */
  async beginningOf(id: string): Promise<JobBeginning> {
    const row = await this.#database
      .selectFrom('jobs')
      .select(['begin', 'after_checkpoint'])
      .where('id', '=', id)
      .executeTakeFirst()
    const begin = row?.begin ?? null
    return {
      begin: begin === null ? { kind: 'beginning' } : readBeginning(begin),
      after: row?.after_checkpoint ?? 0,
    }
  }

  /** The newest first; of all pipelines where none is named. */
  async list(limit: number, pipelineId?: string): Promise<readonly wire.JobStatus[]> {
    const all = this.#database.selectFrom('jobs').selectAll()
    const meant = pipelineId === undefined ? all : all.where('pipeline_id', '=', pipelineId)
    const rows = await meant.orderBy('started_at_ms', 'desc').limit(limit).execute()
    return rows.map(toStatus)
  }

  async get(id: string): Promise<wire.JobStatus | undefined> {
    const row = await this.#database
      .selectFrom('jobs')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row === undefined ? undefined : toStatus(row)
  }

  async latestOf(pipelineId: string): Promise<wire.JobStatus | undefined> {
    const row = await this.#database
      .selectFrom('jobs')
      .selectAll()
      .where('pipeline_id', '=', pipelineId)
      .orderBy('started_at_ms', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row === undefined ? undefined : toStatus(row)
  }

  /** As `latestOf`, of each pipeline that ever ran, by its id. */
  async latest(): Promise<ReadonlyMap<string, wire.JobStatus>> {
    const rows = await this.#database
      .selectFrom('jobs')
      .selectAll()
      .where(({ eb, selectFrom, refTuple }) =>
        eb(
          refTuple('pipeline_id', 'started_at_ms'),
          'in',
          selectFrom('jobs')
            .select(({ fn, ref }) => [
              ref('pipeline_id').as('id'),
              fn.max('started_at_ms').as('started'),
            ])
            .groupBy('pipeline_id')
            .$asTuple('id', 'started'),
        ),
      )
      .execute()
    return new Map(rows.map((row) => [row.pipeline_id, toStatus(row)]))
  }

  /** Which versions of a pipeline ran, how often, and when last. */
  async runsOf(pipelineId: string): Promise<ReadonlyMap<number, VersionRuns>> {
    const rows = await this.#database
      .selectFrom('jobs')
      .select(({ fn }) => [
        'version',
        fn.countAll<number>().as('runs'),
        fn.max('started_at_ms').as('last_started_at_ms'),
      ])
      .where('pipeline_id', '=', pipelineId)
      .groupBy('version')
      .execute()
    return new Map(
      rows.map(({ version, runs, last_started_at_ms }) => {
        return [version, { runs, lastStartedAtMs: last_started_at_ms }]
      }),
    )
  }

  /** Those that had not ended when they were last heard of. */
  async unended(): Promise<readonly wire.JobStatus[]> {
    const rows = await this.#database
      .selectFrom('jobs')
      .selectAll()
      .where('ended_at_ms', 'is', null)
      .orderBy('started_at_ms')
      .execute()
    return rows.map(toStatus).filter(({ endedAtMs }) => endedAtMs === null)
  }
}

function readBeginning(text: string): Beginning {
  const read = beginning.safeParse(parsed(text))
  if (read.success) return read.data
  const message =
    'What the database says of where the job begins is not what was written. Start the pipeline again from ' +
    'one of its checkpoints, or put a copy of the database back.'
  throw new Refusal('conflict', 'data-not-readable', message)
}

/** Whether the same is kept of both. */
export function isKeptAlike(one: wire.JobStatus, other: wire.JobStatus): boolean {
  const same = Object.values(toRow(other))
  return Object.values(toRow(one)).every((value, column) => value === same[column])
}

function toRow(status: wire.JobStatus): Omit<Tables['jobs'], 'begin' | 'after_checkpoint'> {
  const { jobId, pipelineId, version, state, startedAtMs, endedAtMs } = status
  const { restarts, pace, failure, deadLetters, checkpoints, breakpoint } = status
  return {
    id: jobId,
    pipeline_id: pipelineId,
    version,
    // It stands for somebody who looks, and when the server starts again nobody does.
    state: breakpoint === undefined ? state : 'running',
    started_at_ms: startedAtMs,
    ended_at_ms: endedAtMs,
    restarts,
    pace,
    failure: failure === null ? null : JSON.stringify(failure),
    dead_letters: deadLetters,
    // While it runs, the folder of its checkpoints knows better.
    ended_checkpoints: endedAtMs === null ? null : JSON.stringify(checkpoints),
  }
}

/** A row that is not as it was written must not keep the others from being read. */
function toStatus(row: Tables['jobs']): wire.JobStatus {
  const read = wire.jobStatus.safeParse({
    jobId: row.id,
    pipelineId: row.pipeline_id,
    version: row.version,
    state: row.state,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    restarts: row.restarts,
    pace: row.pace,
    failure: parsed(row.failure),
    deadLetters: row.dead_letters,
    checkpoints: parsed(row.ended_checkpoints),
  })
  return read.success ? read.data : damagedStatus(row)
}

/** Undefined for what is no JSON. */
function parsed(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Of what can be read, what does no harm; the job has ended, whatever it did. */
function damagedStatus(row: Tables['jobs']): wire.JobStatus {
  const number = (value: unknown) => (typeof value === 'number' ? value : 0)
  const message =
    'What the database says of this job is not what was written. Start the pipeline again, or put a copy of ' +
    'the database back.'
  return {
    ...{ jobId: String(row.id), pipelineId: String(row.pipeline_id), version: number(row.version) },
    ...{ state: 'failed', startedAtMs: number(row.started_at_ms) },
    endedAtMs: number(row.ended_at_ms ?? row.started_at_ms),
    ...{ restarts: number(row.restarts), pace: null, deadLetters: number(row.dead_letters) },
    failure: { domain: 'external', retry: false, message },
    checkpoints: null,
  }
}
