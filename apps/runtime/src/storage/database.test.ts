/** Data folders that cannot be used are refused with what to do. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openStore } from './database.ts'

const { exec } = Sqlite.prototype
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-data-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('a file that is no database is left as it is', async () => {
  writeFileSync(path.join(folder, 'millrace.sqlite'), 'not a database, '.repeat(1000))
  await expect(openStore(folder)).rejects.toThrow(
    `"millrace.sqlite" in the data folder "${folder}" is not a database, or is damaged. Put a copy of ` +
      'it back, move it away, or choose another folder with --data.',
  )
})

test('a database that is damaged behind its beginning is refused by name', async () => {
  await (await openStore(folder)).close()
  const file = path.join(folder, 'millrace.sqlite')
  writeFileSync(file, readFileSync(file).fill(0xee, 200, 4000))
  await expect(openStore(folder)).rejects.toThrow('is not a database, or is damaged.')
})

test('what a disk that was full has left of a first start is made whole by the next', async () => {
  const file = path.join(folder, 'millrace.sqlite')
  const small = new Sqlite(file)
  small.pragma('journal_mode = WAL')
  small.close()
  const full = vi.spyOn(Sqlite.prototype, 'exec').mockImplementation(function (
    this: Sqlite.Database,
    text,
  ) {
    if (text === 'BEGIN IMMEDIATE') this.pragma('max_page_count = 8')
    return exec.call(this, text)
  })
  await expect(openStore(folder)).rejects.toThrow(/cannot be written \(SQLITE_FULL\)/)
  full.mockRestore()
  await (await openStore(folder)).close()
})

test('a folder that a newer Millrace has written is not touched', async () => {
  await (await openStore(folder)).close()
  const sqlite = new Sqlite(path.join(folder, 'millrace.sqlite'))
  sqlite.exec("INSERT INTO kysely_migration VALUES ('9999-later', '2030-01-01')")
  sqlite.close()
  await expect(openStore(folder)).rejects.toThrow(
    `The data folder "${folder}" was written by a newer Millrace, which knows "9999-later". Start ` +
      'that one, or choose another folder with --data.',
  )
})

test('a file in the place of the folder is named with what the system says', async () => {
  const place = path.join(folder, 'file')
  writeFileSync(place, '')
  await expect(openStore(place)).rejects.toThrow(
    `"${place}" is a file, and Millrace keeps a folder there. Move it away, or choose another folder ` +
      'with --data.',
  )
})

test('a folder in the place of the database is told too', async () => {
  mkdirSync(path.join(folder, 'millrace.sqlite'))
  await expect(openStore(folder)).rejects.toThrow(
    'millrace.sqlite" is a folder, and Millrace keeps a file there. Move it away',
  )
})
