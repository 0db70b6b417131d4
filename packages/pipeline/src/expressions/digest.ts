/** MD5, SHA-1 and SHA-2 over bytes, for the browser and Node alike (RFC 1321, FIPS 180-4). */

type Bytes = readonly number[]

export function md5(bytes: Bytes): number[] {
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
  const shifts = [
    [7, 12, 17, 22],
    [5, 9, 14, 20],
    [4, 11, 16, 23],
    [6, 10, 15, 21],
  ]
  const padded = pad(bytes, 64, true)
  for (let block = 0; block < padded.length; block += 64) {
    let [a = 0, b = 0, c = 0, d = 0] = state
    for (let step = 0; step < 64; step++) {
      const round = step >> 4
      const mixed =
        round === 0
          ? (b & c) | (~b & d)
          : round === 1
            ? (d & b) | (~d & c)
            : round === 2
              ? b ^ c ^ d
              : c ^ (b | ~d)
      const word =
        round === 0
          ? step
          : round === 1
            ? (5 * step + 1) & 15
            : round === 2
              ? (3 * step + 5) & 15
              : (7 * step) & 15
      const sum =
        (a + mixed + (MD5_CONSTANTS[step] ?? 0) + wordLittle(padded, block + word * 4)) | 0
      a = d
      d = c
      c = b
      b = (b + rotateLeft(sum, shifts[round]?.[step & 3] ?? 0)) | 0
    }
    addTo(state, [a, b, c, d])
  }
  return state.flatMap((word) => bytesOf(word).reverse())
}

export function sha1(bytes: Bytes): number[] {
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
  const padded = pad(bytes, 64, false)
  const words = new Array<number>(80).fill(0)
  for (let block = 0; block < padded.length; block += 64) {
    for (let index = 0; index < 80; index++) {
      words[index] =
        index < 16
          ? wordBig(padded, block + index * 4)
          : rotateLeft(
              (words[index - 3] ?? 0) ^
                (words[index - 8] ?? 0) ^
                (words[index - 14] ?? 0) ^
                (words[index - 16] ?? 0),
              1,
            )
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = state
    for (let step = 0; step < 80; step++) {
      const round = Math.floor(step / 20)
      const mixed =
        round === 0 ? (b & c) | (~b & d) : round === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d
      const constant = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][round] ?? 0
      const next = (rotateLeft(a, 5) + mixed + e + constant + (words[step] ?? 0)) | 0
      e = d
      d = c
      c = rotateLeft(b, 30)
      b = a
      a = next
    }
    addTo(state, [a, b, c, d, e])
  }
  return state.flatMap(bytesOf)
}

/** SHA-224 or SHA-256. */
export function sha2Short(bytes: Bytes, bits: 224 | 256): number[] {
  // The first are the high halves of SHA-512's constants; those of SHA-224 are the low halves of
  // SHA-384's.
  const state = bits === 256 ? SHA512_START.map(high) : SHA384_START.map(low)
  const padded = pad(bytes, 64, false)
  const words = new Array<number>(64).fill(0)
  for (let block = 0; block < padded.length; block += 64) {
    for (let index = 0; index < 64; index++)
      words[index] = index < 16 ? wordBig(padded, block + index * 4) : expanded(words, index)
    addTo(state, sha256Rounds(state, words))
  }
  return state.flatMap(bytesOf).slice(0, bits / 8)
}

function expanded(words: readonly number[], index: number): number {
  const a = words[index - 15] ?? 0
  const b = words[index - 2] ?? 0
  const s0 = rotateRight(a, 7) ^ rotateRight(a, 18) ^ (a >>> 3)
  const s1 = rotateRight(b, 17) ^ rotateRight(b, 19) ^ (b >>> 10)
  return ((words[index - 16] ?? 0) + s0 + (words[index - 7] ?? 0) + s1) | 0
}

function sha256Rounds(state: readonly number[], words: readonly number[]): number[] {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let step = 0; step < 64; step++) {
    const s1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25)
    const first =
      (h + s1 + ((e & f) ^ (~e & g)) + high(SHA512_CONSTANTS[step] ?? 0n) + (words[step] ?? 0)) | 0
    const s0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22)
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  return [a, b, c, d, e, f, g, h]
}

/** SHA-384 or SHA-512. */
export function sha2Long(bytes: Bytes, bits: 384 | 512): number[] {
  let state = bits === 512 ? SHA512_START : SHA384_START
  const padded = pad(bytes, 128, false)
  const words = new Array<bigint>(80).fill(0n)
  for (let block = 0; block < padded.length; block += 128) {
    for (let index = 0; index < 80; index++) {
      words[index] = index < 16 ? longWord(padded, block + index * 8) : expandedLong(words, index)
    }
    const added = sha512Rounds(state, words)
    state = state.map((word, index) => BigInt.asUintN(64, word + (added[index] ?? 0n)))
  }
  return state.flatMap((word) => [...bytesOf(high(word)), ...bytesOf(low(word))]).slice(0, bits / 8)
}

function expandedLong(words: readonly bigint[], index: number): bigint {
  const a = words[index - 15] ?? 0n
  const b = words[index - 2] ?? 0n
  const s0 = rotateLong(a, 1n) ^ rotateLong(a, 8n) ^ (a >> 7n)
  const s1 = rotateLong(b, 19n) ^ rotateLong(b, 61n) ^ (b >> 6n)
  return BigInt.asUintN(64, (words[index - 16] ?? 0n) + s0 + (words[index - 7] ?? 0n) + s1)
}

function sha512Rounds(state: readonly bigint[], words: readonly bigint[]): bigint[] {
  let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state
  for (let step = 0; step < 80; step++) {
    const s1 = rotateLong(e, 14n) ^ rotateLong(e, 18n) ^ rotateLong(e, 41n)
    const choice = (e & f) ^ (BigInt.asUintN(64, ~e) & g)
    const first = h + s1 + choice + (SHA512_CONSTANTS[step] ?? 0n) + (words[step] ?? 0n)
    const s0 = rotateLong(a, 28n) ^ rotateLong(a, 34n) ^ rotateLong(a, 39n)
    h = g
    g = f
    f = e
    e = BigInt.asUintN(64, d + first)
    d = c
    const second = s0 + ((a & b) ^ (a & c) ^ (b & c))
    c = b
    b = a
    a = BigInt.asUintN(64, first + second)
  }
  return [a, b, c, d, e, f, g, h]
}

/** A one bit, zeros, and the length in bits at the end of the last block. */
function pad(bytes: Bytes, blockSize: number, littleEndian: boolean): number[] {
  const padded = bytes.slice()
  padded.push(0x80)
  const lengthSize = blockSize / 8
  while (padded.length % blockSize !== blockSize - lengthSize) padded.push(0)
  const length: number[] = []
  for (let rest = bytes.length * 8; length.length < lengthSize; rest = Math.floor(rest / 256))
    length.push(rest % 256)
  return padded.concat(littleEndian ? length : length.reverse())
}

function wordBig(bytes: Bytes, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  )
}

function wordLittle(bytes: Bytes, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  )
}

function longWord(bytes: Bytes, at: number): bigint {
  return (BigInt(wordBig(bytes, at) >>> 0) << 32n) | BigInt(wordBig(bytes, at + 4) >>> 0)
}

function bytesOf(word: number): number[] {
  return [(word >>> 24) & 255, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]
}

function addTo(state: number[], words: readonly number[]): void {
  for (const [index, word] of words.entries()) state[index] = ((state[index] ?? 0) + word) | 0
}

function rotateLeft(word: number, count: number): number {
  return (word << count) | (word >>> (32 - count))
}

function rotateRight(word: number, count: number): number {
  return (word >>> count) | (word << (32 - count))
}

function rotateLong(word: bigint, count: bigint): bigint {
  return BigInt.asUintN(64, (word >> count) | (word << (64n - count)))
}

function high(word: bigint): number {
  return Number(word >> 32n) | 0
}

function low(word: bigint): number {
  return Number(word & 0xffff_ffffn) | 0
}

const MD5_CONSTANTS = Array.from({ length: 64 }, (_, step) =>
  Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32),
)

// The constants of SHA-2 are the first 64 bits of the fractions of roots of primes, so they are
// computed.
const PRIMES = firstPrimes(80)
const SHA512_CONSTANTS = PRIMES.map((prime) => rootFraction(BigInt(prime), 3n))
const SHA512_START = PRIMES.slice(0, 8).map((prime) => rootFraction(BigInt(prime), 2n))
const SHA384_START = PRIMES.slice(8, 16).map((prime) => rootFraction(BigInt(prime), 2n))

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  }
  return primes
}

/** The first 64 bits of the fraction of the square or cube root. */
function rootFraction(prime: bigint, degree: bigint): bigint {
  const target = prime << (64n * degree)
  let below = 0n
  let above = 1n << 70n
  while (above - below > 1n) {
    const middle = (below + above) >> 1n
    if (middle ** degree <= target) below = middle
    else above = middle
  }
  return BigInt.asUintN(64, below)
}
