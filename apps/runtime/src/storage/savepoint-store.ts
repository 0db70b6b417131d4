/** Savepoints, and what is known of checkpoints beside their files. */

import { wire } from '@millrace/pipeline'
import type { Kysely } from 'kysely'
import type { Tables } from './database.ts'

/** Of one pipeline; older ones have long been let go. */
const CHECKPOINTS_MAX = 50

export interface NotedCheckpoint {
  readonly version: number
  readonly durationMs: number
  readonly reason: wire.CheckpointReason
}

export class SavepointStore {
  readonly #database: Kysely<Tables>

  constructor(database: Kysely<Tables>) {
    this.#database = database
  }

  async noteCheckpoint(pipelineId: string, id: number, noted: NotedCheckpoint): Promise<void> {
    const { version, durationMs, reason } = noted
    const changes = { version, duration_ms: durationMs, reason }
    await this.#database
      .insertInto('checkpoints')
      .values({ pipeline_id: pipelineId, id, ...changes })
      .onConflict((conflict) => conflict.columns(['pipeline_id', 'id']).doUpdateSet(changes))
      .execute()
    await this.#database
      .deleteFrom('checkpoints')
      .where('pipeline_id', '=', pipelineId)
      .where('id', '<=', id - CHECKPOINTS_MAX)
      .execute()
  }

  /** By number. */
  async notedCheckpoints(pipelineId: string): Promise<ReadonlyMap<number, NotedCheckpoint>> {
    const rows = await this.#database
      .selectFrom('checkpoints')
      .selectAll()
      .where('pipeline_id', '=', pipelineId)
      .execute()
    return new Map(
      rows.map(({ id, version, duration_ms: durationMs, reason }) => [
        id,
        { version, durationMs, reason: wire.checkpointReason.parse(reason) },
      ]),
    )
  }

  async add(savepoint: wire.Savepoint): Promise<void> {
    const { savepointId, pipelineId, version, checkpointId, atMs, bytes, title } = savepoint
    await this.#database
      .insertInto('savepoints')
      .values({
        ...{ id: savepointId, pipeline_id: pipelineId, version, checkpoint_id: checkpointId },
        ...{ at_ms: atMs, bytes, title },
      })
      .execute()
  }

  /** The newest first. */
  async list(pipelineId: string): Promise<readonly wire.Savepoint[]> {
    const rows = await this.#database
      .selectFrom('savepoints')
      .selectAll()
      .where('pipeline_id', '=', pipelineId)
      .orderBy('at_ms', 'desc')
      .execute()
    return rows.map(toSavepoint)
  }

  async get(savepointId: string): Promise<wire.Savepoint | undefined> {
    const row = await this.#database
      .selectFrom('savepoints')
      .selectAll()
      .where('id', '=', savepointId)
      .executeTakeFirst()
    return row === undefined ? undefined : toSavepoint(row)
  }

  async ids(): Promise<ReadonlySet<string>> {
    const rows = await this.#database.selectFrom('savepoints').select('id').execute()
    return new Set(rows.map(({ id }) => id))
  }

  async delete(savepointId: string): Promise<void> {
    await this.#database.deleteFrom('savepoints').where('id', '=', savepointId).execute()
  }
}

function toSavepoint(row: Tables['savepoints']): wire.Savepoint {
  const { id, pipeline_id: pipelineId, version, checkpoint_id: checkpointId } = row
  const { at_ms: atMs, bytes, title } = row
  return { savepointId: id, pipelineId, version, checkpointId, atMs, bytes, title }
}
