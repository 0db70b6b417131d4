/**
 * What commands share that work in a data folder which nobody else has open, or through the server
 * that has it.
 */

import { resolve } from 'node:path'
import { type Env, TopicFailure } from '@millrace/engine'
import { Refusal } from '../supervision/refusal.ts'
import { EXIT, type Terminal } from '../terminal.ts'
import { DATA_FOLDER } from './run.ts'

/** What is wrong with an option. */
export class BadOption extends Error {}

interface Place {
  readonly data?: string
  readonly server?: string
}

interface Ways<Access> {
  openFolder(env: Env, dataFolder: string): Promise<Access>
  openServer(server: string): Access
}

/** Returns the exit code; what the user can mend is told in a line. */
export async function withAccess<Access extends { close(): Promise<void> }>(
  { data, server }: Place,
  { openFolder, openServer }: Ways<Access>,
  terminal: Terminal,
  use: (access: Access) => Promise<void>,
): Promise<number> {
  try {
    const access =
      server === undefined
        ? await openFolder(terminal.env, resolve(terminal.folder, data ?? DATA_FOLDER))
        : openServer(server)
    try {
      await use(access)
    } finally {
      await access.close()
    }
    return EXIT.ok
  } catch (error) {
    const isTold =
      error instanceof Refusal || error instanceof TopicFailure || error instanceof BadOption
    if (!isTold) throw error
    terminal.stderr.write(`${error.message}\n`)
    return EXIT.problems
  }
}

/** Throws a `BadOption`. */
export function wholeNumber(
  option: string,
  text: string,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new BadOption(
    `${option} is "${text}" and must be a whole number from ${least} to ${most}. Correct it.`,
  )
}
