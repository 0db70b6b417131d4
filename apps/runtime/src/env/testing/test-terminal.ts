/** A terminal that keeps what is written to it, for tests of commands. */

import type { Env } from '@millrace/engine'
import type { Signal, Terminal } from '../../terminal.ts'

export interface TestTerminal extends Terminal {
  /** What has been written so far. */
  readonly written: { out: string; err: string }
  signal(signal: Signal): void
}

export interface TestTerminalOptions {
  readonly env: Env
  readonly folder: string
  readonly isTerminal?: boolean
}

export function createTestTerminal(options: TestTerminalOptions): TestTerminal {
  const { env, folder, isTerminal = false } = options
  const written = { out: '', err: '' }
  const listeners = new Set<(signal: Signal) => void>()
  const output = (name: 'out' | 'err') => ({
    write: (text: string) => {
      written[name] += text
    },
    refresh: (line: string) => {
      if (isTerminal) written[name] += `\r\x1b[2K${line}`
    },
    isTerminal,
    columns: 100,
  })
  return {
    env,
    folder,
    written,
    stdout: output('out'),
    stderr: output('err'),
    onSignal: (callback) => {
      listeners.add(callback)
      return () => listeners.delete(callback)
    },
    signal: (signal) => {
      for (const callback of listeners) callback(signal)
    },
  }
}
