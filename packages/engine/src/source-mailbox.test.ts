/** How much a source may have read ahead. */

import { expect, test } from 'vitest'
import { SourceMailbox } from './source-mailbox.ts'

function mailboxWith(...lengths: readonly number[]) {
  const mailbox = new SourceMailbox({ position: undefined, toSkip: 0 }, () => {})
  for (const length of lengths) mailbox.push({ rows: [['x'.repeat(length)]], rejects: [] })
  return mailbox
}

test('two chunks of small records fill it, and one of large records does', () => {
  expect(mailboxWith(10).full).toBe(false)
  expect(mailboxWith(10, 10).full).toBe(true)
  expect(mailboxWith(5 * 2 ** 20).full).toBe(true)
})

test('what was handed on makes room', () => {
  const mailbox = mailboxWith(5 * 2 ** 20)
  mailbox.row = 1
  mailbox.settle()
  expect(mailbox.full).toBe(false)
  expect(mailbox.empty).toBe(true)
})

test('records that could not be read count as well', () => {
  const mailbox = mailboxWith()
  const reject = { at: 0, raw: 'x'.repeat(5 * 2 ** 20), reason: 'It is too long.' }
  mailbox.push({ rows: [], rejects: [reject] })
  expect(mailbox.full).toBe(true)
})
