/** What an expression is coloured and completed with. */

import { appendStream, DOUBLE, STRING, tokenize } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { completionsOf } from './complete-expression.ts'
import { colourOf } from './highlight-expression.ts'

const orders = appendStream(
  [
    { name: 'price', type: DOUBLE },
    { name: 'odd name', type: STRING },
  ],
  true,
)

test('columns come first, odd names in backquotes, with their types', () => {
  const offered = completionsOf({ inputs: [{ port: 'in', schema: orders }], aggregates: false })
  expect(offered.slice(0, 2).map(({ label, detail }) => `${label}: ${detail}`)).toEqual([
    'price: double',
    '`odd name`: string',
  ])
  expect(offered.some(({ label }) => label === 'SUM')).toBe(false)
  expect(offered.some(({ label }) => label === 'COALESCE')).toBe(true)
})

test('in a join a column has the name of its side', () => {
  const inputs = [
    { port: 'left', schema: orders },
    { port: 'right', schema: undefined },
  ]
  expect(completionsOf({ inputs, aggregates: false })[0]?.label).toBe('left.price')
})

test('aggregates are offered where they may stand', () => {
  const offered = completionsOf({ inputs: [], aggregates: true })
  expect(offered[0]?.label).toBe('COUNT')
})

test('words are coloured by what they are in their place', () => {
  const tokens = tokenize("COUNT(*) > 5 AND name LIKE 'a%' -- why")
  const colours = tokens.map((token, index) => colourOf(token, tokens[index + 1]))
  expect(colours.filter((colour) => colour !== undefined)).toEqual([
    'function',
    'number',
    'keyword',
    'column',
    'keyword',
    'string',
    'comment',
  ])
})
