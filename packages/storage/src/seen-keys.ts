/**
 * Which keys of a checkpoint have been met: its files are read from the newest on, and what an
 * older one says of the same key is passed over. Keys lie behind one another in one piece of
 * memory, so that a million of them are nothing for the collector to copy.
 */

/** Powers of two. Small, since most checkpoints are: one is read at each start of a job. */
const BYTES_MIN = 2 ** 11
const PLACES_MIN = 2 ** 5
/** So many that keys of any other kind find one: a power of two. */
const PLACES_EACH = 4
/** Keys from outside may be made to have one hash: what finds no place by then is kept as text. */
const STEPS_MAX = 32
/** Code units that become text at once: each is an argument. */
const UNITS_MAX = 4096

export class SeenKeys {
  /** Where each key begins; the next one begins where it ends. */
  #begins = new Float64Array(PLACES_MIN)
  #hashes = new Int32Array(PLACES_MIN)
  #bytes = new Uint8Array(BYTES_MIN)
  /** At its hash or behind: the number of the key, from 1 on. */
  #places = new Int32Array(PLACES_EACH * PLACES_MIN)
  #count = 0
  readonly #texts = new Set<string>()
  readonly #hashOf: (key: Uint8Array) => number

  constructor(hashOf = hashOfKey) {
    this.#hashOf = hashOf
  }

  /** One that has not been added. */
  add(key: Uint8Array): void {
    if (this.#count + 1 >= this.#begins.length) this.#grow()
    const begin = this.#begins[this.#count] as number
    this.#reserve(begin + key.length)
    this.#bytes.set(key, begin)
    this.#hashes[this.#count] = this.#hashOf(key)
    this.#count++
    this.#begins[this.#count] = begin + key.length
    this.#put(this.#count)
  }

  has(key: Uint8Array): boolean {
    if (this.#count === 0) return false
    const places = this.#places
    const mask = places.length - 1
    const hash = this.#hashOf(key)
    for (let step = 0; step < STEPS_MAX; step++) {
      const number = places[(hash + step) & mask] as number
      if (number === 0) break
      if (this.#hashes[number - 1] === hash && this.#is(number, key)) return true
    }
    return this.#texts.size > 0 && this.#texts.has(textOf(key))
  }

  #is(number: number, key: Uint8Array): boolean {
    const begin = this.#begins[number - 1] as number
    if ((this.#begins[number] as number) - begin !== key.length) return false
    const bytes = this.#bytes
    for (let at = 0; at < key.length; at++) if (bytes[begin + at] !== key[at]) return false
    return true
  }

  #put(number: number): void {
    const places = this.#places
    const mask = places.length - 1
    const hash = this.#hashes[number - 1] as number
    for (let step = 0; step < STEPS_MAX; step++) {
      const place = (hash + step) & mask
      if (places[place] !== 0) continue
      places[place] = number
      return
    }
    this.#texts.add(textOf(this.#bytes.subarray(this.#begins[number - 1], this.#begins[number])))
  }

  #grow(): void {
    const length = this.#begins.length * 2
    const [begins, hashes] = [this.#begins, this.#hashes]
    this.#begins = new Float64Array(length)
    this.#begins.set(begins)
    this.#hashes = new Int32Array(length)
    this.#hashes.set(hashes)
    this.#places = new Int32Array(PLACES_EACH * length)
    for (let number = 1; number <= this.#count; number++) this.#put(number)
  }

  #reserve(bytes: number): void {
    let length = this.#bytes.length
    if (bytes <= length) return
    while (length < bytes) length *= 2
    const before = this.#bytes
    this.#bytes = new Uint8Array(length)
    this.#bytes.set(before)
  }
}

/** Four bytes at a step, with the upper bits brought down in each. */
function hashOfKey(key: Uint8Array): number {
  let hash = key.length
  let at = 0
  for (const last = key.length - 4; at <= last; at += 4) {
    const [low, high] = [halfWord(key, at), halfWord(key, at + 2)]
    hash = Math.imul(hash ^ low ^ (high << 16), 0x45d9f3b)
    hash ^= hash >>> 15
  }
  for (; at < key.length; at++) hash = Math.imul(hash ^ (key[at] as number), 0x01000193)
  return hash ^ (hash >>> 15)
}

function halfWord(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
}

/** At once, since what is joined byte by byte is a piece of memory for each. */
function textOf(key: Uint8Array): string {
  let text = ''
  for (let from = 0; from < key.length; from += UNITS_MAX) {
    // It takes whatever is like a list, which its type does not say.
    const units = key.subarray(from, from + UNITS_MAX) as unknown as number[]
    text += String.fromCharCode.apply(null, units)
  }
  return text
}
