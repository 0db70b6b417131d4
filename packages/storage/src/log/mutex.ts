/** One at a time, in the order of asking. */

export class Mutex {
  #last: Promise<void> = Promise.resolve()

  run<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act)
    this.#last = done.then(
      () => undefined,
      () => undefined,
    )
    return done
  }
}

/** Holds all of them while it acts. Everybody must take them in the same order. */
export function runWithAll<T>(mutexes: readonly Mutex[], act: () => Promise<T>): Promise<T> {
  const [first, ...rest] = mutexes
  return first === undefined ? act() : first.run(() => runWithAll(rest, act))
}
