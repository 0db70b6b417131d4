/** What is said before a pipeline is deleted. */

import { expect, test } from 'vitest'
import { goesText, type PipelineHoldings, staysText } from './pipeline-holdings.ts'

const SOME: PipelineHoldings = {
  ...{ versions: 27, checkpoints: 1, savepoints: 0, openLetters: 2, recordings: 1 },
}

test('what goes with a pipeline is counted, and what there is none of is not named', () => {
  expect(goesText(SOME)).toBe(
    'With it go 27 versions, 1 checkpoint and 2 dead letters to look after. Nothing brings them back.',
  )
})

test('what could not be counted is named all the same', () => {
  const { versions: _, ...rest } = SOME
  expect(goesText({ ...rest, versions: undefined })).toContain('With it go its versions, 1')
  expect(staysText({ ...SOME, recordings: undefined })).toContain('so do its recordings')
})

test('recordings stay, since they hold all that they need', () => {
  expect(staysText(SOME)).toBe(
    'Files and topics that it has written stay, and so does 1 recording, under Recordings.',
  )
  expect(staysText({ ...SOME, recordings: 0 })).toBe('Files and topics that it has written stay.')
})
