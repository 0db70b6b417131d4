/** Pipelines with every version that was ever saved. */

import { createHash } from 'node:crypto'
import type { Env } from '@millrace/engine'
import type { Kysely } from 'kysely'
import { Refusal } from '../supervision/refusal.ts'
import type { Tables } from './database.ts'

export interface VersionRecord {
  readonly id: string
  readonly version: number
  readonly savedAtMs: number
  readonly name: string
  readonly nodeCount: number
}

export interface SavedVersion extends VersionRecord {
  /** Canonical JSON. */
  readonly document: string
}

export type NewVersion = Pick<SavedVersion, 'name' | 'nodeCount' | 'document'>

export interface PageChoice {
  readonly before?: number | undefined
  readonly among?: readonly number[] | undefined
  readonly limit: number
}

const SUMMARY = ['pipeline_id', 'version', 'saved_at_ms', 'name', 'node_count'] as const

export class PipelineStore {
  readonly #database: Kysely<Tables>
  readonly #env: Env

  constructor(database: Kysely<Tables>, env: Env) {
    this.#database = database
    this.#env = env
  }

  /** The latest version of each, the one saved last first. */
  async list(): Promise<readonly VersionRecord[]> {
    const rows = await this.#database
      .selectFrom('versions')
      .select(SUMMARY)
      .where(({ eb, selectFrom, refTuple }) =>
        eb(
          refTuple('pipeline_id', 'version'),
          'in',
          selectFrom('versions')
            .select(({ fn, ref }) => [ref('pipeline_id').as('id'), fn.max('version').as('latest')])
            .groupBy('pipeline_id')
            .$asTuple('id', 'latest'),
        ),
      )
      .orderBy('saved_at_ms', 'desc')
      .orderBy('pipeline_id')
      .execute()
    return rows.map(toRecord)
  }

  /** The latest version of each that was made from an example, the one saved last first. */
  async madeFrom(exampleId: string): Promise<readonly SavedVersion[]> {
    const pipelines = await this.#database
      .selectFrom('pipelines')
      .select('id')
      .where('example_id', '=', exampleId)
      .execute()
    const latest = await Promise.all(pipelines.map(({ id }) => latestOf(this.#database, id)))
    const whole = latest.filter(isWhole).map(withoutDigest)
    return whole.sort((a, b) => b.savedAtMs - a.savedAtMs)
  }

  async create(version: NewVersion, exampleId: string | null = null): Promise<SavedVersion> {
    const id = this.#env.ids.next()
    const savedAtMs = this.#env.clock.nowMs()
    await this.#database.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('pipelines')
        .values({ id, created_at_ms: savedAtMs, example_id: exampleId })
        .execute()
      await insert(transaction, { ...version, id, version: 1, savedAtMs })
    })
    return { ...version, id, version: 1, savedAtMs }
  }

  /**
   * Saves on top of `baseVersion`, and refuses where somebody else has saved since. What is the
   * same as the latest version makes no new one.
   */
  async save(id: string, baseVersion: number, version: NewVersion): Promise<SavedVersion> {
    return this.#database.transaction().execute(async (transaction) => {
      const latest = await latestOf(transaction, id)
      if (latest.document === version.document && isWhole(latest)) return withoutDigest(latest)
      if (latest.version !== baseVersion) {
        const message =
          `Version ${latest.version} was saved meanwhile, and what you have is based on version ` +
          `${baseVersion}. Load version ${latest.version}, or save yours as another pipeline.`
        throw new Refusal('conflict', 'newer-version', message)
      }
      const saved = {
        ...version,
        id,
        version: latest.version + 1,
        savedAtMs: this.#env.clock.nowMs(),
      }
      await insert(transaction, saved)
      return saved
    })
  }

  /** The latest version where none is named. */
  async get(id: string, version?: number): Promise<SavedVersion> {
    const latest = await latestOf(this.#database, id)
    if (version === undefined || version === latest.version) return requireWhole(latest)
    const found = await this.#database
      .selectFrom('versions')
      .selectAll()
      .where('pipeline_id', '=', id)
      .where('version', '=', version)
      .executeTakeFirst()
    if (found !== undefined) return requireWhole(toStored(found))
    const message = `"${latest.name}" has versions 1 to ${latest.version}, and no version ${version}.`
    throw new Refusal('not-found', 'no-such-version', message)
  }

  /** The newest first. */
  async versions(id: string): Promise<readonly VersionRecord[]> {
    await latestOf(this.#database, id)
    const rows = await this.#database
      .selectFrom('versions')
      .select(SUMMARY)
      .where('pipeline_id', '=', id)
      .orderBy('version', 'desc')
      .execute()
    return rows.map(toRecord)
  }

  /**
   * The newest first, of those before `before` and among `among` where they are given. The
   * document of one that is damaged is empty.
   */
  async page(id: string, choice: PageChoice): Promise<readonly SavedVersion[]> {
    await latestOf(this.#database, id)
    const { before, among, limit } = choice
    const rows = await this.#database
      .selectFrom('versions')
      .selectAll()
      .where('pipeline_id', '=', id)
      .$if(before !== undefined, (query) => query.where('version', '<', before ?? 0))
      .$if(among !== undefined, (query) => query.where('version', 'in', among ?? []))
      .orderBy('version', 'desc')
      .limit(limit)
      .execute()
    return rows.map((row) => {
      const stored = toStored(row)
      return isWhole(stored) ? withoutDigest(stored) : { ...toRecord(row), document: '' }
    })
  }

  async delete(id: string): Promise<void> {
    await latestOf(this.#database, id)
    await this.#database.deleteFrom('pipelines').where('id', '=', id).execute()
  }
}

async function latestOf(database: Kysely<Tables>, id: string): Promise<StoredVersion> {
  const found = await database
    .selectFrom('versions')
    .selectAll()
    .where('pipeline_id', '=', id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (found !== undefined) return toStored(found)
  const message = `There is no pipeline "${id}". It may have been deleted; look at the list.`
  throw new Refusal('not-found', 'no-such-pipeline', message)
}

async function insert(database: Kysely<Tables>, saved: SavedVersion): Promise<void> {
  const { id, version, savedAtMs, name, nodeCount, document } = saved
  await database
    .insertInto('versions')
    .values({
      pipeline_id: id,
      version,
      saved_at_ms: savedAtMs,
      name,
      node_count: nodeCount,
      document,
      digest: digestOf(document),
    })
    .execute()
}

/** As it stands in the database, whether or not it is what was saved. */
interface StoredVersion extends SavedVersion {
  readonly digest: string | null
}

function toStored(row: Tables['versions']): StoredVersion {
  return { ...toRecord(row), document: row.document, digest: row.digest }
}

/** SQLite itself does not notice where the disk gives back other bytes than it was given. */
function isWhole({ document, digest }: StoredVersion): boolean {
  return digest === null || digest === digestOf(document)
}

function digestOf(document: string): string {
  return createHash('sha256').update(document).digest('hex')
}

function withoutDigest({ digest: _, ...saved }: StoredVersion): SavedVersion {
  return saved
}

function requireWhole(stored: StoredVersion): SavedVersion {
  if (isWhole(stored)) return withoutDigest(stored)
  const message =
    `Version ${stored.version} of "${stored.name}" is not what was saved: the database was damaged or changed. ` +
    'Put a copy of the database back, or save the pipeline again, such as from a version before.'
  throw new Refusal('conflict', 'version-damaged', message)
}

function toRecord(row: Omit<Tables['versions'], 'document' | 'digest'>): VersionRecord {
  const { pipeline_id, version, saved_at_ms, name, node_count } = row
  return { id: pipeline_id, version, savedAtMs: saved_at_ms, name, nodeCount: node_count }
}
