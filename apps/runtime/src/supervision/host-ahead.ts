/**
 * An engine host that is started before anybody needs one: it loads its code while the server
 * loads its own and reads its folder.
 */

import type { ChildProcess } from 'node:child_process'
import type { TurnNote } from '../env/turn-note.ts'

export interface StartedHost {
  readonly process: ChildProcess
  readonly note: TurnNote
}

export class HostAhead {
  #host: StartedHost | undefined

  constructor(host: StartedHost) {
    this.#host = host
    // Whoever takes it hears of the end of a host that runs; until then nobody would.
    host.process.on('error', () => this.close())
    host.process.on('exit', () => this.close())
  }

  /** Once, and only while it runs: whoever takes it sees to its end, and closes its note. */
  take(): StartedHost | undefined {
    const host = this.#host
    this.#host = undefined
    return host
  }

  /** Nobody will take it. Ending its process is left to whoever has started it. */
  close(): void {
    this.take()?.note.close()
  }
}
