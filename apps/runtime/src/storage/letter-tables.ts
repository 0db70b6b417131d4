/** The tables in which the server keeps dead letters, in a file of their own. */

import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { Refusal } from '../supervision/refusal.ts'
import { sqliteRefusal } from './sqlite-refusal.ts'

export const LETTERS_FILE = 'dead-letters.sqlite'
const VERSION = 3

/** Where what jobs tell stands, so that going back to a checkpoint knows what it does not hold. */
const LINES = `
  CREATE TABLE attempts (
    seq INTEGER NOT NULL, attempt INTEGER NOT NULL, pipeline_id TEXT NOT NULL, job TEXT NOT NULL,
    root TEXT NOT NULL, number INTEGER NOT NULL, result TEXT NOT NULL, PRIMARY KEY (seq, attempt)
  ) WITHOUT ROWID;
  CREATE INDEX attempts_of_pipeline ON attempts (pipeline_id, result, root, job, number);
  CREATE INDEX letters_told ON letters (pipeline_id, root, job, number, gone_back);
`

const TABLES = `
  CREATE TABLE tail (place INTEGER NOT NULL);
  INSERT INTO tail VALUES (0);
  CREATE TABLE books (
    pipeline_id TEXT PRIMARY KEY, bytes INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL DEFAULT 0,
    discarded INTEGER NOT NULL DEFAULT 0, expired INTEGER NOT NULL DEFAULT 0,
    displaced INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE groups (
    id INTEGER PRIMARY KEY, pipeline_id TEXT NOT NULL, node_id TEXT NOT NULL, operator TEXT NOT NULL,
    code TEXT NOT NULL, pattern TEXT NOT NULL, message TEXT NOT NULL,
    first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
    open INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0, discarded INTEGER NOT NULL DEFAULT 0,
    UNIQUE (pipeline_id, node_id, code, pattern)
  );
  CREATE TABLE letters (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, pipeline_id TEXT NOT NULL,
    group_id INTEGER NOT NULL REFERENCES groups (id), state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, result TEXT, resend_of TEXT, sent_to TEXT,
    refused_ms INTEGER NOT NULL, discarded_ms INTEGER, bytes INTEGER NOT NULL,
    raw BLOB NOT NULL, edited BLOB, detail BLOB NOT NULL,
    job TEXT, root TEXT, number INTEGER, gone_back TEXT, given_back INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX letters_of_group ON letters (group_id, state, seq);
  CREATE INDEX letters_of_pipeline ON letters (pipeline_id, state, seq);
  CREATE INDEX letters_by_age ON letters (pipeline_id, refused_ms);
  CREATE INDEX letters_sent ON letters (sent_to) WHERE sent_to IS NOT NULL;
  CREATE INDEX letters_resent ON letters (resend_of) WHERE resend_of IS NOT NULL;
  ${LINES}
`

/** What brings a file of the version before up to date, by that version. */
const UPGRADES: ReadonlyMap<number, string> = new Map([
  [1, 'ALTER TABLE letters ADD COLUMN discarded_ms INTEGER;'],
  [
    2,
    `
      ALTER TABLE letters ADD COLUMN job TEXT;
      ALTER TABLE letters ADD COLUMN root TEXT;
      ALTER TABLE letters ADD COLUMN number INTEGER;
      ALTER TABLE letters ADD COLUMN gone_back TEXT;
      ALTER TABLE letters ADD COLUMN given_back INTEGER NOT NULL DEFAULT 0;
      ${LINES}
    `,
  ],
])

/** The folder is ours already; see `folder-lock.ts`. Throws a `Refusal` where it cannot be read. */
export function openLetterTables(dataFolder: string): Sqlite.Database {
  let sqlite: Sqlite.Database | undefined
  try {
    const inMemory = dataFolder === ':memory:'
    sqlite = new Sqlite(inMemory ? dataFolder : path.join(dataFolder, LETTERS_FILE))
    prepare(sqlite)
    return sqlite
  } catch (error) {
    sqlite?.close()
    throw sqliteRefusal(error, dataFolder, LETTERS_FILE) ?? error
  }
}

function prepare(sqlite: Sqlite.Database): void {
  sqlite.pragma('journal_mode = WAL')
  // The log has every letter until it is in here, and what people decide must last.
  sqlite.pragma('synchronous = FULL')
  const version = Number(sqlite.pragma('user_version', { simple: true }))
  if (version === 0) {
    sqlite.exec(`BEGIN; ${TABLES} PRAGMA user_version = ${VERSION}; COMMIT`)
    return
  }
  const upgrades = pathFrom(version)
  if (upgrades === undefined) {
    const message =
      `"${LETTERS_FILE}" has version ${version}, and this Millrace reads ${VERSION}. Start a newer one, or move the ` +
      'file away: then there are no dead letters of before.'
    throw new Refusal('conflict', 'data-folder-newer', message)
  }
  sqlite.exec(`BEGIN; ${upgrades} PRAGMA user_version = ${VERSION}; COMMIT`)
}

/** Undefined for a version that this one knows nothing of. */
function pathFrom(version: number): string | undefined {
  let upgrades = ''
  for (let step = version; step !== VERSION; step++) {
    const upgrade = UPGRADES.get(step)
    if (upgrade === undefined) return undefined
    upgrades += upgrade
  }
  return upgrades
}
