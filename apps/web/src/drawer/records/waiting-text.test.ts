/** Checks what is said where no record is shown. */

import { expect, test } from 'vitest'
import { waitingText } from './waiting-text.ts'

test('records that passed before anybody looked are not denied', () => {
  expect(waitingText({ passed: 1_240, held: true, where: '' })).toBe(
    '1,240 records have passed here in all; what passes is shown from the first look on. ' +
      'Resume the job or press Step: the next is shown here.',
  )
})

test('where none has passed, it says so, and what will be shown', () => {
  expect(waitingText({ passed: 0, held: false, where: 'ms > 100' })).toBe(
    'No record has passed here yet. The next for which the condition is true is shown here as ' +
      'soon as it comes.',
  )
})
