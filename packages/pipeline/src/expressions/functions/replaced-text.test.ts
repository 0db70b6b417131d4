/**
 * Goal: the length of a text with replacements is the same whether or not the text is made. Method:
 * random texts of few characters, some of them halves of one, against one that splits and joins.
 */

import { expect, test } from 'vitest'
import { STRING_MAX } from '../limits.ts'
import { columnsOf, evaluate, outcomeOf } from '../testing/evaluate.ts'
import { Dice } from '../testing/random.ts'
import { replacedLength } from './replaced-text.ts'

const SEED = 815
const COLUMNS = columnsOf({ s: 'string', t: 'string', u: 'string' })
/** Two halves of a character are one where they meet. */
const UNITS = ['a', 'b', 'c', '$', '\u{1f600}', '\ud83d', '\ude00']

function randomText(dice: Dice, lengthMax: number): string {
  const units = dice.chance(0.5) ? UNITS.slice(0, 4) : UNITS
  return Array.from({ length: dice.below(lengthMax + 1) }, () => dice.pick(units)).join('')
}

function naiveLength(text: string, search: string, replacement: string): number {
  const made = search === '' ? text : text.split(search).join(replacement)
  return Array.from(made).length
}

test(`the length of a text with replacements needs no text (seed ${SEED})`, () => {
  const dice = new Dice(SEED)
  const wrong: string[] = []
  for (let round = 0; round < 20_000; round++) {
    const texts = [randomText(dice, 12), randomText(dice, 2), randomText(dice, 3)] as const
    if (replacedLength(...texts) !== naiveLength(...texts)) wrong.push(JSON.stringify(texts))
  }
  expect(wrong).toEqual([])
})

test(`an expression that counts occurrences gives what it gives step by step (seed ${SEED})`, () => {
  const dice = new Dice(SEED)
  for (let round = 0; round < 100; round++) {
    const texts = [randomText(dice, 12), randomText(dice, 2), randomText(dice, 3)] as const
    const row = texts.map((text) => (dice.chance(0.1) ? null : text))
    const expected = row.includes(null) ? null : naiveLength(...texts)
    expect(evaluate('CHAR_LENGTH(REPLACE(s, t, u))', COLUMNS, row)).toBe(expected)
  }
  const counts = "CHAR_LENGTH(s) - CHAR_LENGTH(REPLACE(s, 'c', ''))"
  expect(evaluate(counts, COLUMNS, ['abcacc', null, null])).toBe(3)
})

test('a text that would be too long is refused although it is not made', () => {
  const row = ['a'.repeat(STRING_MAX), 'a', 'bb']
  const [made, counted] = ['REPLACE(s, t, u)', 'CHAR_LENGTH(REPLACE(s, t, u))'].map((text) =>
    outcomeOf(() => evaluate(text, COLUMNS, row)),
  )
  expect(made).toHaveProperty('error.code', 'string-too-long')
  expect(counted).toEqual(made)
})
