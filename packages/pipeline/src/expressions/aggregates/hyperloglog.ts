/**
 * HyperLogLog: counts different values in 2^14 registers, each the longest run of leading zeros
 * among the hashes that fell on it. Standard error 1.04 / sqrt(2^14) = 0.8 %. Few values are held
 * sparsely, in a map.
 *
 * The estimate is Ertl's improved one ("New cardinality estimation algorithms for HyperLogLog
 * sketches", 2017), which needs no correction by tables at either end.
 */

import { canonicalText, type Value } from '../../value.ts'

const INDEX_BITS = 14
const REGISTER_COUNT = 1 << INDEX_BITS
/** Bits that runs are counted in. */
const RANK_BITS = 64 - INDEX_BITS
const SPARSE_MAX = 1_024
/** Bits that hold a run length. */
const CELL_BITS = 6
const CELLS = 1 << CELL_BITS

/** Register number to run length, or all run lengths. */
export type Registers = Map<number, number> | number[]

export interface Hash {
  readonly high: number
  readonly low: number
}

/** 64 bits as two unsigned numbers. Equal values of one type have equal hashes. */
export function hashOf(value: Value): Hash {
  const text = typeof value === 'string' ? value : canonicalText(value)
  return { high: murmur(text, 0x9747_b28c), low: murmur(text, 0x3c6e_f372) }
}

export function addHash(registers: Registers, hash: Hash): Registers {
  const cell = cellOf(hash)
  return raise(registers, cell >>> CELL_BITS, cell & (CELLS - 1))
}

/** The register that a hash falls on, and the run length that it brings there, as one number. */
export function cellOf({ high, low }: Hash): number {
  const index = high >>> (32 - INDEX_BITS)
  const rest = high & ((1 << (32 - INDEX_BITS)) - 1)
  const zeros = rest === 0 ? 32 - INDEX_BITS + Math.clz32(low) : Math.clz32(rest) - INDEX_BITS
  return index * CELLS + Math.min(zeros, RANK_BITS) + 1
}

export function registersOf(cells: Iterable<number>): Registers {
  let registers: Registers = new Map()
  for (const cell of cells) registers = raise(registers, cell >>> CELL_BITS, cell & (CELLS - 1))
  return registers
}

export function mergeRegisters(into: Registers, from: Registers): Registers {
  let merged = into
  for (const [index, rank] of from.entries()) {
    if (rank > 0) merged = raise(merged, index, rank)
  }
  return merged
}

/**
 * Returns what it was given, changed, or a dense copy where the sparse form has become too large.
 */
function raise(registers: Registers, index: number, rank: number): Registers {
  if (Array.isArray(registers)) {
    if (rank > (registers[index] ?? 0)) registers[index] = rank
    return registers
  }
  if (rank > (registers.get(index) ?? 0)) registers.set(index, rank)
  if (registers.size <= SPARSE_MAX) return registers
  const dense = new Array<number>(REGISTER_COUNT).fill(0)
  for (const [at, value] of registers) dense[at] = value
  return dense
}

export function estimate(registers: Registers): number {
  const counts = new Array<number>(RANK_BITS + 2).fill(0)
  const ranks = Array.isArray(registers) ? registers : registers.values()
  let counted = 0
  for (const rank of ranks) {
    counts[rank] = (counts[rank] ?? 0) + 1
    counted++
  }
  counts[0] = (counts[0] ?? 0) + REGISTER_COUNT - counted
  let z = REGISTER_COUNT * tau((REGISTER_COUNT - (counts[RANK_BITS + 1] ?? 0)) / REGISTER_COUNT)
  for (let rank = RANK_BITS; rank >= 1; rank--) z = 0.5 * (z + (counts[rank] ?? 0))
  z += REGISTER_COUNT * sigma((counts[0] ?? 0) / REGISTER_COUNT)
  return Math.round(REGISTER_COUNT ** 2 / (2 * Math.LN2 * z))
}

function sigma(start: number): number {
  if (start === 1) return Number.POSITIVE_INFINITY
  let x = start
  let y = 1
  let z = x
  for (let before = -1; before !== z; ) {
    x *= x
    before = z
    z += x * y
    y += y
  }
  return z
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0
  let x = start
  let y = 1
  let z = 1 - x
  for (let before = -1; before !== z; ) {
    x = Math.sqrt(x)
    before = z
    y *= 0.5
    z -= (1 - x) ** 2 * y
  }
  return z / 3
}

/** MurmurHash3 (32 bits) over UTF-16 code units. */
function murmur(text: string, seed: number): number {
  let hash = seed
  for (let index = 0; index < text.length; index += 2) {
    const unit =
      text.charCodeAt(index) | ((index + 1 < text.length ? text.charCodeAt(index + 1) : 0) << 16)
    let mixed = Math.imul(unit, 0xcc9e_2d51)
    mixed = (mixed << 15) | (mixed >>> 17)
    hash ^= Math.imul(mixed, 0x1b87_3593)
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe654_6b64) | 0
  }
  hash ^= text.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
