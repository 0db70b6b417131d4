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
])('%s is left to the linear engine', (pattern) => {
  expect(nativePattern(pattern)).toBeUndefined()
})
