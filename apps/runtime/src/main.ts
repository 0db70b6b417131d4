/** Where the command line starts: the process around the commands. */

import { runCommandLine } from './command-line.ts'
import { createNodeEnv } from './env/node-env.ts'
import type { Signal, Terminal, TextOutput } from './terminal.ts'

const COLUMNS_ELSEWHERE = 100

const terminal: Terminal = {
  env: createNodeEnv(),
  stdout: toOutput(process.stdout),
  stderr: toOutput(process.stderr),
  folder: process.cwd(),
  onSignal: listen,
}

process.exitCode = await runCommandLine(process.argv.slice(2), terminal)

function toOutput(stream: NodeJS.WriteStream): TextOutput {
  // Whoever reads may stop reading, as `head` does; that is no error of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  return {
    write: (text) => {
      stream.write(text)
    },
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY === true ? stream.columns : COLUMNS_ELSEWHERE
    },
  }
}

function listen(callback: (signal: Signal) => void): () => void {
  const signals: readonly Signal[] = ['SIGINT', 'SIGTERM']
  for (const signal of signals) process.on(signal, callback)
  return () => {
    for (const signal of signals) process.off(signal, callback)
  }
}
