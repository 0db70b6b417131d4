/** The engine hosts of a server: each is noted for the server after it, and none outlives it. */

import type { ChildProcess } from 'node:child_process'
import type { EngineList } from '../env/engine-list.ts'
import type { HostLaunch } from '../supervision/engine-pool.ts'

export class OwnEngines {
  readonly #list: EngineList
  readonly #startProcess: (launch: HostLaunch) => ChildProcess
  readonly #running = new Set<ChildProcess>()

  constructor(list: EngineList, startProcess: (launch: HostLaunch) => ChildProcess) {
    this.#list = list
    this.#startProcess = startProcess
  }

  start(launch: HostLaunch): ChildProcess {
    const child = this.#startProcess(launch)
    const { pid } = child
    // One that could not be started says so itself.
    if (pid === undefined) return child
    this.#list.add(pid)
    this.#running.add(child)
    child.on('exit', () => {
      this.#list.remove(pid)
      this.#running.delete(child)
    })
    return child
  }

  /** At once. Resolves when all have ended. */
  async endAll(): Promise<void> {
    await Promise.all(
      [...this.#running].map(
        (child) =>
          new Promise<void>((resolve) => {
            child.on('exit', () => resolve())
            child.kill('SIGKILL')
          }),
      ),
    )
  }
}
