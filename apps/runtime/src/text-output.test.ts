/** What is written to a terminal is seen as it is, whoever has made the text up. */

import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { toOutput } from './text-output.ts'

function stream(isTTY: boolean) {
  const written: string[] = []
  const write = (text: string) => written.push(text)
  return { written, stream: Object.assign(new EventEmitter(), { isTTY, columns: 80, write }) }
}

const HOSTILE = 'Node "\x1b]0;owned\x07\x9b2J\r\u202eok" has\ttwo\nlines.\n'

test('no text commands a terminal', () => {
  const { written, stream: terminal } = stream(true)
  toOutput(terminal, {}).write(HOSTILE)
  expect(written).toEqual([
    'Node "\\u001b]0;owned\\u0007\\u009b2J\\u000d\\u202eok" has\ttwo\nlines.\n',
  ])
})

test('what is written to a file or a program stays as it is', () => {
  const { written, stream: file } = stream(false)
  toOutput(file, {}).write(HOSTILE)
  expect(written).toEqual([HOSTILE])
})

test('a line is refreshed on a terminal that can, and nowhere else', () => {
  const { written, stream: terminal } = stream(true)
  toOutput(terminal, {}).refresh('1 record\r')
  toOutput(terminal, { TERM: 'dumb' }).refresh('2 records')
  const file = stream(false)
  toOutput(file.stream, {}).refresh('3 records')
  expect([...written, ...file.written]).toEqual(['\r\x1b[2K1 record\\u000d'])
})

test('who stops reading is no error, and what cannot be written is told', () => {
  const lost: string[] = []
  const tell = (message: string) => lost.push(message)
  const fail = (isTTY: boolean, code: string) => {
    const { stream: failing } = stream(isTTY)
    toOutput(failing, {}, tell)
    failing.emit('error', Object.assign(new Error(code), { code }))
  }
  fail(false, 'EPIPE')
  // So says a terminal that has been closed.
  fail(true, 'EIO')
  expect(lost).toEqual([])
  fail(false, 'ENOSPC')
  fail(false, 'EIO')
  expect(lost).toEqual([
    'What is printed cannot be written (ENOSPC). Look after where it goes.',
    'What is printed cannot be written (EIO). Look after where it goes.',
  ])
})
