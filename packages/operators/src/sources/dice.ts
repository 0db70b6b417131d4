/**
 * Random numbers by place: those of the n-th record of a column follow from seed, column and n
 * alone. So a column does not change when another one joins, and a reader can begin in the middle.
 */

/**
 * sfc32 of PractRand (public domain), started anew at each place: 128 bits of state, 12 rounds to
 * mix them.
 */
export class Dice {
  readonly #seedLow: number
  readonly #seedHigh: number
  readonly #nameHash: number
  #a = 0
  #b = 0
  #c = 0
  #counter = 0

  /** `seed` is a whole number from 0 to 2^53 - 1. */
  constructor(seed: number, name: string) {
    this.#seedLow = seed | 0
    this.#seedHigh = Math.floor(seed / 4_294_967_296) | 0
    this.#nameHash = hashText(name)
  }

  /** Goes to the numbers of this place. */
  moveTo(index: number): void {
    this.#a = this.#seedLow ^ this.#nameHash
    this.#b = index | 0
    this.#c = (Math.floor(index / 4_294_967_296) << 11) ^ this.#seedHigh ^ ~this.#nameHash
    this.#counter = 1
    for (let round = 0; round < 12; round++) this.bits()
  }

  /** 32 bits as a whole number from 0. */
  bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** [0, 1), in steps of 2^-53. */
  next(): number {
    const high = this.bits() >>> 5
    return (high * 67_108_864 + (this.bits() >>> 6)) / 9_007_199_254_740_992
  }

  /** True in so many of a hundred cases. */
  percent(share: number): boolean {
    return share > 0 && this.next() * 100 < share
  }
}

/** FNV-1a over the code units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash
}
