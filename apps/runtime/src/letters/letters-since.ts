/** What becomes of dead letters when a job goes back to an older checkpoint, in sentences. */

import { counted } from '@millrace/pipeline'
import type { Moved } from '../storage/letter-history.ts'

export function lettersSince(moved: readonly Pick<Moved, 'from' | 'to'>[]): readonly string[] {
  const aside = moved.filter(({ from, to }) => from !== to && to === 'discarded')
  const accepted = aside.filter(({ from }) => from === 'done').length
  const given = moved.filter(({ from, to }) => from === 'done' && to === 'open').length
  const sentences: string[] = []
  if (aside.length > 0) {
    const one = aside.length === 1
    const what = `${counted(aside.length, 'dead letter')} refused since ${one ? 'is' : 'are'} put aside`
    const why = `${one ? 'its record is' : 'their records are'} read again`
    const also =
      accepted === 0
        ? ''
        : ` What was accepted of them, ${counted(accepted, 'letter')}, has to be corrected again.`
    sentences.push(`${what}: ${why}.${also}`)
  }
  if (given > 0) {
    const waits = given === 1 ? 'waits again, as it was' : 'wait again, as they were'
    sentences.push(`${counted(given, 'dead letter')} accepted since ${waits} corrected.`)
  }
  return sentences
}
