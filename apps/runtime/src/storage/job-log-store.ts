/** What has happened to each job, the newest of it. */

import { wire } from '@millrace/pipeline'
import type { Kysely } from 'kysely'
import type { Tables } from './database.ts'

/** Older events of a job are let go. */
export const EVENTS_MAX = 200

export class JobLogStore {
  readonly #database: Kysely<Tables>

  constructor(database: Kysely<Tables>) {
    this.#database = database
  }

  /**
   * The event with its number; undefined where the job is not there any more. Whoever calls it has
   * a transaction around it.
   */
  async append(
    jobId: string,
    event: Omit<wire.JobEvent, 'number'>,
  ): Promise<wire.JobEvent | undefined> {
    const job = await this.#database
      .selectFrom('jobs')
      .select('id')
      .where('id', '=', jobId)
      .executeTakeFirst()
    if (job === undefined) return undefined
    const { latest } = await this.#database
      .selectFrom('job_events')
      .select(({ fn }) => fn.max('number').as('latest'))
      .where('job_id', '=', jobId)
      .executeTakeFirstOrThrow()
    const number = (latest ?? 0) + 1
    const { atMs, kind, severity, nodeId, message } = event
    await this.#database
      .insertInto('job_events')
      .values({
        ...{ job_id: jobId, number, at_ms: atMs, kind, severity, message },
        node_id: nodeId ?? null,
      })
      .execute()
    await this.#database
      .deleteFrom('job_events')
      .where('job_id', '=', jobId)
      .where('number', '<=', number - EVENTS_MAX)
      .execute()
    return { ...event, number }
  }

  async read(jobId: string): Promise<wire.JobLog> {
    const rows = await this.#database
      .selectFrom('job_events')
      .selectAll()
      .where('job_id', '=', jobId)
      .orderBy('number')
      .execute()
    return { events: rows.map(toEvent), dropped: (rows[0]?.number ?? 1) - 1 }
  }
}

function toEvent(row: Tables['job_events']): wire.JobEvent {
  const { number, at_ms: atMs, kind, severity, node_id: nodeId, message } = row
  return wire.jobEvent.parse({
    ...{ number, atMs, kind, severity, message },
    ...(nodeId === null ? {} : { nodeId }),
  })
}
