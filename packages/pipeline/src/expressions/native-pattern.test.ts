/** Goal: where JavaScript's engine is taken, it finds what the linear engine finds. */

import { describe, expect, test } from 'vitest'
import { nativePattern } from './native-pattern.ts'
import { compilePattern } from './regexp.ts'
import { Dice } from './testing/random.ts'

const TEXTS = [
  '',
  'a',
  'https://a.b/c?x=1&channel_id=42&y=2',
  'channel_id=',
  '&&==aab-abc',
  'b😀a\ud800c\n\u2028d',
]

/** The groups of the first match in both engines. */
function found(pattern: string, text: string) {
  const matcher = compilePattern(pattern).matcher(text)
  const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => index)
  const linear = matcher.find() ? groups.map((index) => matcher.group(index)) : null
  const match = nativePattern(pattern)?.exec(text) ?? null
  return { linear, native: match === null ? null : groups.map((index) => match[index] ?? null) }
}

describe('a pattern that JavaScript may run', () => {
  test.each(['(&|^)channel_id=([^&]*)', 'a', '[a-c]+', '(a|b|)c', '^(a|aa)(b*)', '[^a]', 'x^'])(
    '%s finds the same',
    (pattern) => {
      expect(nativePattern(pattern)).toBeDefined()
      for (const text of TEXTS) {
        const { linear, native } = found(pattern, text)
        expect(native, text).toEqual(linear)
      }
    },
  )

  test('of random pieces finds the same, seed 12', () => {
    const dice = new Dice(12)
    const pieces = ['a', 'b', '[ab]', '[^a]', '(a|b)', '(a|)', '^', '&', '(ab)', '[a-c]', '(^|b)']
    const ends = ['', 'a*', '[^b]+', '(a*)', '([^&]*)', '(b+)']
    let matches = 0
    for (let round = 0; round < 5_000; round++) {
      const middle = Array.from({ length: dice.below(4) }, () => dice.pick(pieces)).join('')
      const pattern = middle + dice.pick(ends)
      const text = Array.from({ length: dice.below(9) }, () =>
        dice.pick(['a', 'b', '&', '😀', '\n']),
      )
      if (nativePattern(pattern) === undefined) continue
      const { linear, native } = found(pattern, text.join(''))
      expect(native, `${pattern} in ${JSON.stringify(text.join(''))}`).toEqual(linear)
      if (native !== null) matches++
    }
    expect(matches).toBeGreaterThan(2_000)
  })
})

test.each([
  'a*b',
  '(a*)*',
  '(a+)+',
  'a**',
  'a*|b',
  '(a|b)*',
  'a?',
  'a{2}',
  '.',
  '\\d',
  '(?i)a',
  'é',
  'a$',
  '[[:alpha:]]',
  '(a|a)(a|a)(a|a)(a|a)(a|a)',
  // Known to take an engine that goes back quadratic or exponential time.
  'a+b',
  'a*a*c',
  '[ab]*[ab]*c',
  '(a+)+c',
  '(a*)*c',
  '(a|aa)+c',
  '(a|b|ab)*c',
  '(x+x+)+y',
  '([a-z]+)*0',
  '(.*a){5}',
  '^(a+)+$',
  '(a|a?)+c',
  '(a+)|c',
  '([^a]*)a',
  '(a*|b)',
])('%s is left to the linear engine', (pattern) => {
  expect(nativePattern(pattern)).toBeUndefined()
})

/** A pattern of what may run natively, and a repeat of one thing wherever it stands. */
type Part =
  | { readonly kind: 'one'; readonly fits: (character: string) => boolean }
  | { readonly kind: 'start' }
  | { readonly kind: 'repeat'; readonly of: Part; readonly least: number }
  | { readonly kind: 'group'; readonly choices: readonly (readonly Part[])[] }

function parse(pattern: string): Part {
  const tokens = pattern.match(/\[\^?[^\]]*\]|./gu) ?? []
  const choices = (): readonly (readonly Part[])[] => {
    const all: Part[][] = [[]]
    for (let token = tokens.shift(); token !== undefined && token !== ')'; token = tokens.shift()) {
      const last = all.at(-1) ?? []
      if (token === '|') all.push([])
      else if (token === '(') last.push({ kind: 'group', choices: choices() })
      else if (token === '^') last.push({ kind: 'start' })
      else if (token === '*' || token === '+') {
        const of = last.pop()
        if (of === undefined) throw new Error(`Nothing is repeated in ${pattern}.`)
        last.push({ kind: 'repeat', of, least: token === '+' ? 1 : 0 })
      } else {
        const one = new RegExp(`^${token}$`, 'u')
        last.push({ kind: 'one', fits: (character) => one.test(character) })
      }
    }
    return all
  }
  return { kind: 'group', choices: choices() }
}

/** What an engine does that goes back where a choice was wrong: how many steps that takes it. */
function stepsOf(pattern: string, text: string): number {
  const whole = parse(pattern)
  let steps = 0
  const all = (parts: readonly Part[], at: number, then: (at: number) => boolean): boolean => {
    const [first, ...rest] = parts
    return first === undefined ? then(at) : match(first, at, (next) => all(rest, next, then))
  }
  const match = (part: Part, at: number, then: (at: number) => boolean): boolean => {
    steps++
    if (part.kind === 'start') return at === 0 && then(at)
    if (part.kind === 'group') return part.choices.some((choice) => all(choice, at, then))
    if (part.kind === 'one') return at < text.length && part.fits(text[at] ?? '') && then(at + 1)
    let end = at
    while (match(part.of, end, () => true)) end++
    for (; end - at >= part.least; end--) if (then(end)) return true
    return false
  }
  for (let at = 0; at <= text.length; at++) if (match(whole, at, () => true)) break
  return steps
}

describe('the steps of a pattern that JavaScript may run', () => {
  /** Of what is added, how many times as many steps where twice as much is: 2 is in proportion. */
  const growth = (pattern: string, piece: string, end: string) => {
    const steps = (count: number) => stepsOf(pattern, piece.repeat(count) + end)
    const added = steps(128) - steps(64)
    return added === 0 ? 0 : (steps(256) - steps(128)) / added
  }

  test('are seen to grow faster than the text where one must not', () => {
    for (const pattern of ['a*b', '[ab]+c', '(a*)c', 'a+a+b']) {
      expect(growth(pattern, 'a', '')).toBeGreaterThan(3.5)
    }
  })

  test('grow with the text and no faster, seed 31', () => {
    const dice = new Dice(31)
    const ones = ['a', 'b', '[ab]', '[^a]', '[^b]', '[a-c]']
    const piece = (depth: number): string => {
      if (depth === 0 || dice.chance(0.6)) return dice.pick(ones)
      const choices = Array.from({ length: 1 + dice.below(3) }, () => pieces(depth - 1, 3))
      return `(${choices.join('|')})`
    }
    const pieces = (depth: number, most: number): string =>
      Array.from({ length: dice.below(most + 1) }, () => piece(depth)).join('')
    let taken = 0
    for (let round = 0; round < 600; round++) {
      const end = dice.pick(['', 'a*', '[ab]+', '[^b]*', '(b*)', '((a+))', 'c'])
      const pattern = `${dice.chance(0.1) ? '^' : ''}${pieces(3, 6)}${end}`
      if (pattern === '' || nativePattern(pattern) === undefined) continue
      taken++
      for (const repeated of ['a', 'b', 'ab', 'aab']) {
        for (const last of ['', 'c']) {
          expect(growth(pattern, repeated, last), pattern).toBeLessThan(2.1)
        }
      }
    }
    expect(taken).toBeGreaterThan(200)
  })
})
