/**
 * Who decides what a fault does: dice in a simulation, or somebody who tries everything in turn.
 */

import type { SeededRandom } from './random.ts'

export interface Choices {
  /** A number in [0, count). The first choice is always the harmless one. */
  choose(count: number): number
}

/** Dice. A third of the time nothing is harmed and a third of the time everything is. */
export function randomChoices(random: SeededRandom): Choices {
  const mood = random.integer(0, 2)
  return {
    choose: (count) =>
      mood === 0 ? 0 : random.integer(mood === 1 && count > 1 ? 1 : 0, count - 1),
  }
}

/**
 * Every combination in turn, as a counter whose digits are the choices. What asks must ask the same
 * as long as it gets the same answers.
 */
export class EveryChoice implements Choices {
  readonly #digits: { chosen: number; count: number }[] = []
  #position = 0

  choose(count: number): number {
    const digit = this.#digits[this.#position++]
    if (digit !== undefined) return digit.chosen
    this.#digits.push({ chosen: 0, count })
    return 0
  }

  /** Goes on to the next combination; false when all have been tried. */
  next(): boolean {
    this.#position = 0
    for (let digit = this.#digits.at(-1); digit !== undefined; digit = this.#digits.at(-1)) {
      if (++digit.chosen < digit.count) return true
      this.#digits.pop()
    }
    return false
  }
}
