/** A disk that waits where a test tells it to, so that the test says how requests meet. */

import type { Disk } from '@millrace/engine'

export interface Gate {
  /** Resolves when somebody stands before it. */
  readonly reached: Promise<void>
  open(): void
}

interface Held {
  readonly call: keyof Disk
  readonly part: string
  reach(): void
  readonly opened: Promise<void>
}

export interface GatedDisk {
  readonly disk: Disk
  /** Holds the next such call for a path with this in it. */
  hold(call: keyof Disk, part: string): Gate
}

export function gatedDisk(disk: Disk): GatedDisk {
  const gates: Held[] = []
  const gated = new Proxy(disk, {
    get: (target, name: keyof Disk) => {
      const act = target[name] as (path: string, ...more: unknown[]) => Promise<unknown>
      return async (path: string, ...more: unknown[]) => {
        const index = gates.findIndex(({ call, part }) => call === name && path.includes(part))
        const [gate] = index < 0 ? [] : gates.splice(index, 1)
        gate?.reach()
        await gate?.opened
        return act.call(target, path, ...more)
      }
    },
  })
  const hold = (call: keyof Disk, part: string): Gate => {
    let reach = () => {}
    let open = () => {}
    const reached = new Promise<void>((resolve) => {
      reach = resolve
    })
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    gates.push({ call, part, reach: () => reach(), opened })
    return { reached, open: () => open() }
  }
  return { disk: gated, hold }
}
