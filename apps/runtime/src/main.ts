/** Where the command line starts: the process around the commands. */

import { runCommandLine } from './command-line.ts'
import { createNodeEnv } from './env/node-env.ts'
import { optimizeLater } from './env/patient-compiler.ts'
import { EXIT, type Signal, type Terminal } from './terminal.ts'
import { toOutput } from './text-output.ts'

optimizeLater()

const terminal: Terminal = {
  env: createNodeEnv(),
  stdout: toOutput(process.stdout, process.env, endWithout),
  stderr: toOutput(process.stderr),
  folder: process.cwd(),
  onSignal: listen,
}

let hasHungUp = false

process.exitCode = await runAll(process.argv.slice(2))
if (hasHungUp && [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)) {
  // Node gives the terminal back as it was when it exits, and aborts where there is none any more.
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}

/** Whatever is thrown this far is a bug of ours: problems and failures are values. */
async function runAll(words: readonly string[]): Promise<number> {
  try {
    return await runCommandLine(words, terminal)
  } catch (error) {
    const told = error instanceof Error ? error : new Error(String(error))
    const detail = words.includes('--debug') ? told.stack : told.message
    terminal.stderr.write(`Millrace has a bug here: ${detail}\nReport it with the command.\n`)
    return EXIT.bug
  }
}

/** Whoever asked for what is printed has not got it: the command has failed, whatever it did. */
function endWithout(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exit(EXIT.failed)
}

function listen(callback: (signal: Signal) => void): () => void {
  const signals: readonly Signal[] = ['SIGINT', 'SIGTERM']
  for (const signal of signals) process.on(signal, callback)
  let hangsUp = () => callback('SIGHUP')
  // A terminal that is closed says so through the kernel, the shell and whoever started this: that
  // is nobody who says it a second time, and must not break off what the first one has begun.
  process.on('SIGHUP', () => {
    hasHungUp = true
    hangsUp()
    hangsUp = () => {}
  })
  return () => {
    for (const signal of signals) process.off(signal, callback)
    hangsUp = () => {}
  }
}
