/** What a command sees of the world around it, so that tests can stand in for it. */

import type { Env } from '@millrace/engine'

export interface TextOutput {
  write(text: string): void
  /** Puts a text in the place of the last line; does nothing where it is no terminal. */
  refresh(line: string): void
  readonly isTerminal: boolean
  /** Characters in a line of the terminal. */
  readonly columns: number
}

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

export interface Terminal {
  readonly env: Env
  readonly stdout: TextOutput
  readonly stderr: TextOutput
  /** The folder that paths on the command line count from. */
  readonly folder: string
  /** Calls back for each signal until the returned function is called. */
  onSignal(callback: (signal: Signal) => void): () => void
}

/** Of the process. */
export const EXIT = {
  ok: 0,
  bug: 1,
  /** The document, or the command itself, has problems. */
  problems: 2,
  /** The job failed. */
  failed: 3,
  /** 128 + the number of the signal, as shells report it. */
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
} as const
