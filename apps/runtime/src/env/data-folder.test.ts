/** What a data folder is for others on the machine. */

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeDataFolder } from './data-folder.ts'

test('nobody else looks into a data folder', () => {
  const around = mkdtempSync(path.join(tmpdir(), 'millrace-data-'))
  try {
    const folder = path.join(around, 'new/data')
    makeDataFolder(folder)
    expect(statSync(folder).mode & 0o077).toBe(0)
  } finally {
    rmSync(around, { recursive: true, force: true })
  }
})

test.each(['/proc/millrace/data', '/dev/null', '/dev/null/data'])(
  'what cannot be made at %s is refused at once',
  (folder) => {
    expect(() => makeDataFolder(folder)).toThrow(/^E[A-Z]+/)
  },
)
