/**
 * Lets engine hosts come after others where processors are short: those that nobody knows yet, and
 * those whose job takes all it can get, after those whose jobs have run for a while and take little
 * (D-093). As long as there are none of these, nobody yields to anybody.
 */

/** What is known of a host. */
export interface PriorityView {
  readonly isSpare: boolean
  readonly alone: boolean
  /** Those that have not ended. */
  readonly jobCount: number
  /** Of them, those that are new. */
  readonly newCount: number
  /** Its job takes most of a thread, or has stopped a host. */
  readonly isHeavy: boolean
  readonly process: { readonly pid: number | undefined }
}

/** Throws where the process has gone, or the system does not allow it. */
export type SetNiceness = (pid: number, niceness: number) => void

/**
 * About a tenth of what a process has that does not yield, where both want the same processor. With
 * 5 nothing could be measured, 15 and 19 were no better.
 */
export const YIELDING = 10

export class HostPriorities {
  readonly #setNiceness: SetNiceness
  readonly #niceness = new WeakMap<PriorityView, number>()
  /** Undefined before it has been tried. */
  #mayTakeBack: boolean | undefined

  constructor(setNiceness: SetNiceness) {
    this.#setNiceness = setNiceness
  }

  /** Whenever hosts, or what is known of their jobs, may have changed. */
  settle(hosts: readonly PriorityView[]): void {
    for (const host of hosts) {
      const yields = yieldsTo(hosts, host) && (isForGood(host) || this.#canTakeBack(host))
      this.#set(host, yields ? YIELDING : 0)
    }
  }

  yields(host: PriorityView): boolean {
    return this.#niceness.get(host) === YIELDING
  }

  /** Found out with a niceness that nobody notices, for the host keeps it where one may not. */
  #canTakeBack(host: PriorityView): boolean {
    if (this.#mayTakeBack === undefined && this.#set(host, 1)) {
      this.#mayTakeBack = this.#set(host, 0)
    }
    return this.#mayTakeBack ?? false
  }

  /** Whether it has it now. One that has gone says so itself. */
  #set(host: PriorityView, niceness: number): boolean {
    const { pid } = host.process
    const before = this.#niceness.get(host) ?? 0
    if (before === niceness) return true
    if (pid === undefined) return false
    try {
      this.#setNiceness(pid, niceness)
      this.#niceness.set(host, niceness)
      return true
    } catch {
      return false
    }
  }
}

/** Whether it should come after one of the others. */
function yieldsTo(hosts: readonly PriorityView[], host: PriorityView): boolean {
  const isUnknown = host.isSpare || (host.jobCount > 0 && host.newCount === host.jobCount)
  if (!isUnknown && !isForGood(host)) return false
  return hosts.some((other) => {
    return other !== host && !isForGood(other) && other.newCount < other.jobCount
  })
}

/** Nobody else ever comes into it. */
function isForGood({ alone, isHeavy }: PriorityView): boolean {
  return alone && isHeavy
}
