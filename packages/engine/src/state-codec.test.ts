/** Plain data as bytes and back, and bytes that were never written. */

import { expect, test } from 'vitest'
import { decodeState, encodeState, StateCodecError, Unchanging } from './state-codec.ts'
import { type SeededRandom, seededRandom } from './testing/random.ts'

test.each([
  [undefined],
  [null],
  [true],
  [false],
  [0],
  [-0],
  [-1],
  [63],
  [64],
  [-64],
  [-65],
  [Number.MAX_SAFE_INTEGER],
  [Number.MIN_SAFE_INTEGER],
  [2 ** 53],
  [0.1],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY],
  [Number.MIN_VALUE],
  [12345678901234567890n],
  [-1n],
  [''],
  ['naïve'],
  ['日本'],
  ['\ud800 alone'],
  ['x'.repeat(10_000)],
  [new Uint8Array([0, 255])],
  [new Float64Array([Number.NaN, -0, 1.5])],
  [[1, [2, [3, undefined]]]],
  [{ a: 1, b: { c: null } }],
  [
    new Map<unknown, unknown>([
      ['k', [1]],
      [Number.NaN, 'n'],
    ]),
  ],
  [new Set(['z', 'a', 1])],
])('%o comes back as it was', (value) => {
  expect(decodeState(encodeState(value))).toStrictEqual(value)
})

test('the order of keys, entries and elements is kept', () => {
  const value = {
    z: 1,
    a: new Map([
      ['z', 1],
      ['a', 2],
    ]),
    s: new Set(['z', 'a']),
  }
  const back = decodeState(encodeState(value)) as typeof value
  expect(Object.keys(back)).toEqual(['z', 'a', 's'])
  expect([...back.a.keys(), ...back.s]).toEqual(['z', 'a', 'z', 'a'])
})

test('an own key called __proto__ is a key like any other', () => {
  const value: unknown = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}')
  const back = decodeState(encodeState(value)) as object
  expect(Object.keys(back)).toEqual(['__proto__', 'constructor'])
  expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
})

test.each([
  ['an instance of a class', new Date(0), 'State holds a Date, which is no plain data.'],
  ['a function', () => 1, 'State holds a function, which cannot be stored.'],
  ['a symbol', [Symbol('s')], 'State holds a symbol, which cannot be stored.'],
])('%s is refused by name', (_, value, message) => {
  expect(() => encodeState(value)).toThrow(new StateCodecError(message))
})

test('what refers to itself is refused as too deep', () => {
  const loop: unknown[] = []
  loop.push(loop)
  expect(() => encodeState(loop)).toThrow('State is nested more than 1000 levels deep.')
})

test('random values come back, and damaged bytes never end in another error', () => {
  const random = seededRandom(7)
  for (let round = 0; round < 2000; round++) {
    const value = randomValue(random, 4)
    const bytes = encodeState(value)
    expect(decodeState(bytes)).toStrictEqual(value)
    const damaged = bytes.slice(0, random.integer(0, bytes.length))
    if (damaged.length > 0) damaged[random.integer(0, damaged.length - 1)] = random.integer(0, 255)
    try {
      decodeState(damaged)
    } catch (error) {
      expect(error).toBeInstanceOf(StateCodecError)
    }
  }
})

test('what was encoded once is stored as if it had been encoded anew', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const value = randomValue(seededRandom(seed), 3)
    const once = new Unchanging(value)
    expect(encodeState([1, once, { again: once }])).toEqual(
      encodeState([1, value, { again: value }]),
    )
  }
})

function randomValue(random: SeededRandom, depth: number): unknown {
  const many = <T>(make: () => T) => Array.from({ length: random.integer(0, 4) }, make)
  const simple = [
    () => random.integer(-100, 100),
    () => random.next() * 10 ** random.integer(-300, 300),
    () => (random.next() - 0.5) * 2 ** 60,
    () => random.pick([[null], [undefined], [true], [false], [Number.NaN], [-0]])[0],
    () => String.fromCharCode(...many(() => random.integer(0, 0xffff))),
    () => BigInt(random.integer(-9, 9)) ** 41n,
  ]
  const composite = [
    () => many(() => randomValue(random, depth - 1)),
    () =>
      Object.fromEntries(many(() => [`k${random.integer(0, 9)}`, randomValue(random, depth - 1)])),
    () => new Map(many(() => [random.integer(0, 99), randomValue(random, depth - 1)])),
    () => new Set(many(() => random.integer(0, 99))),
  ]
  return random.pick(depth > 0 ? [...simple, ...composite] : simple)()
}
