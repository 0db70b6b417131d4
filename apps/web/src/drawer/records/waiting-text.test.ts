/** Checks what is said where no record is shown. */

import { expect, test } from 'vitest'
import { endedText, waitingText } from './waiting-text.ts'

test('records that passed before anybody looked are not denied', () => {
  expect(waitingText({ passed: 1_240, held: true, where: '' })).toBe(
    '1,240 records have passed here in all. None was kept before somebody looked: the job was ' +
      'fast, or its records are large. Resume the job or press Step: the next is shown here.',
  )
})

test('of a job that has ended it says why there is nothing, and what to do', () => {
  expect(endedText({ passed: 0, where: '' })).toBe('No record has passed here.')
  expect(endedText({ passed: 1, where: '' })).toBe(
    '1 record has passed here in all. None was kept before somebody looked: the job was fast, ' +
      'or its records are large. Start it again to see its records.',
  )
  expect(endedText({ passed: 20, where: 'ms > 100' })).toBe(
    '20 records have passed here in all, and the condition is true for none that was kept. ' +
      'Start it again to see its records.',
  )
})

test('where none has passed, it says so, and what will be shown', () => {
  expect(waitingText({ passed: 0, held: false, where: 'ms > 100' })).toBe(
    'No record has passed here yet. The next for which the condition is true is shown here as ' +
      'soon as it comes.',
  )
})
