/** The server's database: one SQLite file in the data folder, which the server has locked. */

import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { Kysely, type Migration, Migrator, SqliteDialect } from 'kysely'
import { DATABASE_FILE, isEmptyFile, isFolder, openDataFolder } from '../env/data-folder.ts'
import { Refusal } from '../supervision/refusal.ts'
import { sqliteRefusal } from './sqlite-refusal.ts'

export interface Tables {
  pipelines: {
    id: string
    created_at_ms: number
    /** Which example it was made from. */
    example_id: string | null
  }
  versions: {
    pipeline_id: string
    version: number
    saved_at_ms: number
    name: string
    node_count: number
    /** Canonical JSON. */
    document: string
    /** Of the document; null where an older Millrace has saved it. */
    digest: string | null
  }
  jobs: {
    id: string
    pipeline_id: string
    version: number
    state: string
    started_at_ms: number
    ended_at_ms: number | null
    restarts: number
    pace: number | null
    /** JSON. */
    failure: string | null
    dead_letters: number
    /** JSON: where it begins before it has a checkpoint of its own. */
    begin: string | null
    /** The newest checkpoint of the pipeline when it was started. */
    after_checkpoint: number | null
    /** JSON: what its status said of its checkpoints when it had ended. */
    ended_checkpoints: string | null
  }
  /** What is known of a checkpoint beside its file. */
  checkpoints: {
    pipeline_id: string
    id: number
    version: number
    duration_ms: number
    reason: string
  }
  savepoints: {
    id: string
    pipeline_id: string
    version: number
    checkpoint_id: number
    at_ms: number
    bytes: number
    title: string
  }
  job_events: {
    job_id: string
    number: number
    at_ms: number
    kind: string
    severity: string
    node_id: string | null
    message: string
  }
}

export interface Store {
  readonly database: Kysely<Tables>
  /** Whether something can be written now. */
  writable(): boolean
  close(): Promise<void>
}

const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-pipelines-and-jobs': {
    up: async (database) => {
      await database.schema
        .createTable('pipelines')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('created_at_ms', 'integer', (column) => column.notNull())
        .execute()
      await database.schema
        .createTable('versions')
        .addColumn('pipeline_id', 'text', (column) =>
          column.notNull().references('pipelines.id').onDelete('cascade'),
        )
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('saved_at_ms', 'integer', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('node_count', 'integer', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('versions_key', ['pipeline_id', 'version'])
        .execute()
      await database.schema
        .createTable('jobs')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('pipeline_id', 'text', (column) =>
          column.notNull().references('pipelines.id').onDelete('cascade'),
        )
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('started_at_ms', 'integer', (column) => column.notNull())
        .addColumn('ended_at_ms', 'integer')
        .addColumn('restarts', 'integer', (column) => column.notNull())
        .addColumn('pace', 'real')
        .addColumn('failure', 'text')
        .addColumn('dead_letters', 'integer', (column) => column.notNull())
        .execute()
      await database.schema
        .createIndex('jobs_of_pipeline')
        .on('jobs')
        .columns(['pipeline_id', 'started_at_ms'])
        .execute()
    },
  },
  '0002-job-events': {
    up: async (database) => {
      await database.schema
        .createTable('job_events')
        .addColumn('job_id', 'text', (column) =>
          column.notNull().references('jobs.id').onDelete('cascade'),
        )
        .addColumn('number', 'integer', (column) => column.notNull())
        .addColumn('at_ms', 'integer', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('severity', 'text', (column) => column.notNull())
        .addColumn('node_id', 'text')
        .addColumn('message', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('job_events_key', ['job_id', 'number'])
        .execute()
    },
  },
  '0003-pipelines-from-examples': {
    up: async (database) => {
      await database.schema.alterTable('pipelines').addColumn('example_id', 'text').execute()
    },
  },
  '0004-checkpoints': {
    up: async (database) => {
      await database.schema.alterTable('jobs').addColumn('begin', 'text').execute()
      await database.schema.alterTable('jobs').addColumn('after_checkpoint', 'integer').execute()
      await database.schema
        .createTable('checkpoints')
        .addColumn('pipeline_id', 'text', (column) =>
          column.notNull().references('pipelines.id').onDelete('cascade'),
        )
        .addColumn('id', 'integer', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('duration_ms', 'real', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('checkpoints_key', ['pipeline_id', 'id'])
        .execute()
      await database.schema
        .createTable('savepoints')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('pipeline_id', 'text', (column) =>
          column.notNull().references('pipelines.id').onDelete('cascade'),
        )
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('checkpoint_id', 'integer', (column) => column.notNull())
        .addColumn('at_ms', 'integer', (column) => column.notNull())
        .addColumn('bytes', 'integer', (column) => column.notNull())
        .addColumn('title', 'text', (column) => column.notNull())
        .execute()
    },
  },
  '0005-checkpoints-of-ended-jobs': {
    up: async (database) => {
      await database.schema.alterTable('jobs').addColumn('ended_checkpoints', 'text').execute()
    },
  },
  '0006-digests-of-versions': {
    up: async (database) => {
      await database.schema.alterTable('versions').addColumn('digest', 'text').execute()
    },
  },
}

/** Throws a `Refusal` where the folder is of no use. */
export async function openStore(folder: string): Promise<Store> {
  const sqlite = openSqlite(folder)
  const database = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqlite }) })
  const close = () => database.destroy()
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  })
  try {
    const known = new Set(Object.keys(MIGRATIONS))
    const newer = executedMigrations(sqlite).find((name) => !known.has(name))
    if (newer !== undefined) throw tooNew(folder, newer)
    // All or nothing: a disk that is full in between would leave what no later start can migrate.
    sqlite.exec('BEGIN IMMEDIATE')
    const { error } = await migrator.migrateToLatest()
    if (error !== undefined) throw error
    sqlite.exec('COMMIT')
  } catch (error) {
    await close()
    throw sqliteRefusal(error, folder, DATABASE_FILE) ?? error
  }
  return { database, writable: () => isWritable(sqlite), close }
}

function openSqlite(folder: string): Sqlite.Database {
  let sqlite: Sqlite.Database | undefined
  try {
    const file = openDataFolder(folder)
    refuseEmptied(folder, file)
    sqlite = new Sqlite(file, { timeout: 0 })
    hold(sqlite)
    return sqlite
  } catch (error) {
    sqlite?.close()
    throw sqliteRefusal(error, folder, DATABASE_FILE) ?? error
  }
}

/** SQLite takes an empty file for a new database. One whose pipelines have run is none. */
function refuseEmptied(folder: string, file: string): void {
  if (!isEmptyFile(file) || !isFolder(path.join(folder, 'checkpoints'))) return
  const message =
    `"${DATABASE_FILE}" in the data folder "${folder}" is empty, and pipelines have run there. Put a copy of it ` +
    'back, move it away to begin anew, or choose another folder with --data.'
  throw new Refusal('conflict', 'data-not-readable', message)
}

/** From here on no other process can open the file, until this one closes it or ends. */
function hold(sqlite: Sqlite.Database): void {
  sqlite.pragma('locking_mode = EXCLUSIVE')
  sqlite.pragma('journal_mode = WAL')
  // What was acknowledged lasts through a power cut.
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma('foreign_keys = ON')
  sqlite.exec('BEGIN IMMEDIATE; COMMIT')
}

function isWritable(sqlite: Sqlite.Database): boolean {
  try {
    sqlite.exec('BEGIN IMMEDIATE; ROLLBACK')
    return true
  } catch {
    return false
  }
}

function tooNew(folder: string, migration: string | undefined): Refusal {
  const message =
    `The data folder "${folder}" was written by a newer Millrace, which knows "${migration}". ` +
    'Start that one, or choose another folder with --data.'
  return new Refusal('conflict', 'data-folder-newer', message)
}

function executedMigrations(sqlite: Sqlite.Database): readonly string[] {
  const table = sqlite.prepare("SELECT 1 FROM sqlite_master WHERE name = 'kysely_migration'").get()
  if (table === undefined) return []
  const rows = sqlite.prepare<[], { name: string }>('SELECT name FROM kysely_migration').all()
  return rows.map(({ name }) => name)
}
