/** The tokens of a text, as the parser and the highlighter of the editor see them. */

import { expect, test } from 'vitest'
import { nameValue, stringValue, tokenize } from './tokenizer.ts'

/** `kind:text` of each token, with `…` where its end is missing. */
function tokens(text: string): string[] {
  return tokenize(text).map(
    ({ kind, text: found, closed }) => `${kind}:${found}${closed ? '' : '…'}`,
  )
}

test.each([
  ['a+1.5', ['word:a', 'operator:+', 'number:1.5']],
  [
    'a<=b<>c!=d',
    ['word:a', 'operator:<=', 'word:b', 'operator:<>', 'word:c', 'operator:!=', 'word:d'],
  ],
  ["'it''s' || ''", ["string:'it''s'", 'operator:||', "string:''"]],
  ["'open ''", ["string:'open ''…"]],
  ["'", ["string:'…"]],
  ['`odd ``name`.x', ['name:`odd ``name`', 'operator:.', 'word:x']],
  ['`open', ['name:`open…']],
  ['1e3 .5 1. 1e', ['number:1e3', 'number:.5', 'number:1.', 'number:1', 'word:e']],
  ['a -- rest\n+ b', ['word:a', 'comment:-- rest', 'operator:+', 'word:b']],
  ['a /* b */ c /* d', ['word:a', 'comment:/* b */', 'word:c', 'comment:/* d…']],
  ['/*/', ['comment:/*/…']],
  ['a#€😀', ['word:a', 'unknown:#', 'unknown:€', 'unknown:😀']],
  ['\ud800', ['unknown:\ud800']],
  [
    'list<record{a: string}>[1]',
    [
      'word:list',
      'operator:<',
      'word:record',
      'operator:{',
      'word:a',
      'operator::',
      'word:string',
      'operator:}',
      'operator:>',
      'operator:[',
      'number:1',
      'operator:]',
    ],
  ],
  ['', []],
  [' \t\r\n', []],
])('%j has its tokens', (text, expected) => {
  expect(tokens(text)).toEqual(expected)
})

test('tokens say where they stand', () => {
  expect(tokenize(' ab +')).toEqual([
    { kind: 'word', text: 'ab', start: 1, end: 3, closed: true },
    { kind: 'operator', text: '+', start: 4, end: 5, closed: true },
  ])
})

test('quotes inside a string or a name are doubled', () => {
  const [text, name, open] = tokenize("'it''s' `a``b` 'open").map((token) => [
    stringValue(token),
    nameValue(token),
  ])
  expect(text?.[0]).toBe("it's")
  expect(name?.[1]).toBe('a`b')
  expect(open?.[0]).toBe('open')
})

test('a text of any length is split at once', () => {
  for (const piece of ["'", '`', '/*', 'a', '1', '(', '😀', "''", '/', '-', '.']) {
    expect(tokenize(piece.repeat(100_000)).length).toBeGreaterThan(0)
  }
})
