/** What is said of a dead letter: where it stood, what became of it, and what can be done. */

import { type Category, type Type, typeText, type wire } from '@millrace/pipeline'
import { countText } from '../live/formats.ts'
import { exampleOf, toTypedLiteral } from './declared-types.ts'
import { jsonFields } from './json-fields.ts'

/** `clicks.jsonl, line 1,204`; undefined for a row, which stood nowhere. */
export function positionText(letter: wire.LetterSummary): string | undefined {
  const { file, line, offsetBytes, topic, partition, offset } = letter
  if (topic !== undefined) {
    const parts = [
      topic,
      ...(partition === undefined ? [] : [`partition ${partition}`]),
      ...(offset === undefined ? [] : [`offset ${countText(offset)}`]),
    ]
    return parts.join(', ')
  }
  if (line === undefined && file === undefined) return undefined
  const at = line === undefined ? [] : [`line ${countText(line)}`]
  const byte =
    line === undefined && offsetBytes !== undefined ? [`byte ${countText(offsetBytes)}`] : []
  return [...(file === undefined ? [] : [file]), ...at, ...byte].join(', ')
}

/** For a list: the part of the beginning where letters of a cause differ. */
export function lineText({ beginning, column }: wire.LetterSummary): string {
  const line = beginning.replace(/\s+/g, ' ')
  const at = column === undefined ? -1 : line.indexOf(`${JSON.stringify(column)}:`)
  return at < LEAD ? line : `… ${line.slice(at)}`
}

/** So much of what comes before is shown with it. */
const LEAD = 24

export interface Outcome {
  readonly tone: 'waiting' | 'good' | 'bad' | 'quiet'
  readonly title: string
  readonly detail: string
}

export interface LetterMark {
  readonly tone?: 'busy' | 'bad'
  readonly text: string
}

/** What sets it apart from its neighbours in a list. */
export function markOf(letter: wire.LetterSummary): LetterMark | undefined {
  const { state, result, attempts, goneBack, givenBack } = letter
  if (goneBack) return { text: 'gone back from' }
  if (state === 'sent') return { tone: 'busy', text: 'on its way' }
  if (state === 'open' && givenBack) return { tone: 'bad', text: 'given back' }
  if (state === 'open' && attempts > 0 && result === 'refused') {
    return { tone: 'bad', text: `refused ${countText(attempts + 1)}×` }
  }
  const isOther = state === 'done' && result !== undefined && result !== 'passed'
  return isOther ? { text: result } : undefined
}

/** What has become of it since it was refused; undefined where nobody has sent it in. */
export function outcomeOf(letter: wire.LetterSummary, node: string): Outcome | undefined {
  const { state, result, attempts, message, goneBack, givenBack } = letter
  if (goneBack) {
    const detail =
      'A job has gone back to before this was refused, and reads its record again. Take it back only if the record does not come.'
    return { tone: 'quiet', title: 'Gone back from', detail }
  }
  if (givenBack && state === 'open') {
    const detail =
      'It was accepted, and a job has gone back to before that. Send it in again: what was corrected has been kept.'
    return { tone: 'bad', title: 'Given back', detail }
  }
  if (state === 'discarded') {
    const detail = 'For a day it can be taken back. Then the record is removed, and stays counted.'
    return { tone: 'quiet', title: 'Discarded', detail }
  }
  if (state === 'sent') {
    const detail = `"${node}" has not come to it yet. It counts once, whatever happens meanwhile.`
    return { tone: 'waiting', title: 'On its way', detail }
  }
  if (state === 'done') return ACCEPTED.get(result ?? 'passed')?.(node)
  if (result === 'refused') {
    const title = attempts > 1 ? `Refused again, ${countText(attempts)} times` : 'Refused again'
    return { tone: 'bad', title, detail: message }
  }
  if (attempts === 0) return undefined
  const detail = 'The job ended before it had come to the letter, so it can be sent in again.'
  return { tone: 'quiet', title: 'Not come to', detail }
}

const ACCEPTED: ReadonlyMap<string, (node: string) => Outcome> = new Map([
  [
    'passed',
    (node) => ({
      tone: 'good',
      title: 'Accepted',
      detail: `"${node}" took it in and passed it on. It counts once.`,
    }),
  ],
  [
    'filtered',
    (node) => ({
      tone: 'good',
      title: 'Accepted, and filtered out',
      detail: `"${node}" could read it, and its condition does not hold for it.`,
    }),
  ],
  [
    'late',
    (node) => ({
      tone: 'good',
      title: 'Accepted, and late',
      detail: `"${node}" could read it, but its windows had closed: it left by late.`,
    }),
  ],
])

/** What mends a cause: the record, or the node that refused it. */
export function wayOut(
  { code, column }: Pick<wire.LetterSummary, 'code' | 'column'>,
  category: Category | undefined,
): string {
  const known = WAYS_OUT.get(code)
  if (known !== undefined) return known
  const where = column === undefined ? 'the record' : `"${column}" in the record`
  if (category === 'source') {
    return `Correct ${where} and send it in again. Where records are right and the schema is not, change the schema, deploy, and replay the group.`
  }
  if (category === 'sink') {
    return 'See that what the sink writes to takes the record, then send it in again.'
  }
  return `Correct ${where} and send it in again. Where the expression is at fault, change the node, deploy, and replay the group.`
}

/** Of one that was sent in and refused again: what was wrong with how it was corrected. */
export function wayOutAgain(
  letter: Pick<wire.LetterInFull, 'code' | 'column' | 'edited' | 'message'>,
  type: Type | undefined,
): string | undefined {
  const { code, column, edited } = letter
  if (edited === undefined) {
    return 'It was sent in as it came, so that it was refused as before. Correct it first, or deploy what takes it.'
  }
  if (code !== 'wrong-type' || column === undefined || type === undefined) return undefined
  const fields = 'text' in edited ? jsonFields(edited.text) : undefined
  const field = fields?.find(({ name }) => name === column)
  if (field === undefined) return undefined
  const { literal, said } = toTypedLiteral(type, field.shown)
  if (field.kind === 'text' && said === undefined && !literal.startsWith('"')) {
    return `"${column}" was sent in as the text "${field.shown}", in quotes, and is declared as ${typeText(type)}. Correct it as ${literal}, without quotes.`
  }
  return `"${column}" is declared as ${typeText(type)}, and what it was corrected to is none. Write it as ${exampleOf(type)}, for instance.`
}

const INPUT_ENDED =
  'Sources that have read all their input take nothing in any more. Start the pipeline again, and replay while it runs.'

const WAYS_OUT: ReadonlyMap<string, string> = new Map([
  [
    'not-utf8',
    'The marked byte belongs to no UTF-8 text; often it was written in another encoding. Write the record as text, and send that in.',
  ],
  [
    'not-json',
    'Correct the text where it is marked and send it in again. Where every record is so, see what writes them.',
  ],
  ['input-ended', INPUT_ENDED],
  ['no-such-node', 'The node is not in the running pipeline. Add it again and deploy, or discard.'],
  ['no-such-input', 'The input is not there any more. Connect it again and deploy, or discard.'],
  ['errors-port', 'It is in the stream of the errors port now, where an edge reads it.'],
  [
    'division-by-zero',
    'Correct the divisor and send it in again. To take such records in as they are, guard the divisor with NULLIF(x, 0), deploy, and replay the group.',
  ],
  [
    'refused-by-endpoint',
    'The endpoint does not take this record. Correct the record, or mend the endpoint and replay the group.',
  ],
])

export interface ReplayBar {
  /** Whether letters can be sent in now. */
  readonly open: boolean
  /** Undefined where there is nothing to say. */
  readonly title: string | undefined
  readonly detail: string
}

/** Whether anything can be sent in, as the job stands. */
export function replayBar(status: wire.JobStatus | undefined, away: boolean): ReplayBar {
  if (away) {
    const detail = 'What is shown is of before. Nothing is lost.'
    return { open: false, title: 'The server does not answer', detail }
  }
  const state = status?.state
  if (state === undefined || state === 'stopped' || state === 'failed' || state === 'finished') {
    const detail =
      'Letters are kept. They can be sent in again once the pipeline runs, at nodes whose input has not ended.'
    return { open: false, title: 'The pipeline does not run', detail }
  }
  if (state === 'paused') {
    const detail = 'What is sent in waits, and is taken in when the job goes on.'
    return { open: true, title: 'The job is paused', detail }
  }
  if (state === 'restarting' || state === 'starting') {
    const detail = 'What is sent in is kept, and taken in as soon as the job runs.'
    return { open: true, title: 'The job is being started', detail }
  }
  if (state === 'finishing') {
    const detail = 'It reads no more input. What it does not come to stays here, open.'
    return { open: true, title: 'The job is finishing', detail }
  }
  return { open: true, title: undefined, detail: '' }
}

/** Why this one cannot be sent in, whatever the job does. */
export function neverReplayable({ replayable }: wire.LetterSummary): string | undefined {
  if (replayable) return undefined
  return 'What was refused here is a result, and the records it was made of were used. Correct the node and run the pipeline over its input again.'
}

export function letterCountText(count: number): string {
  return `${countText(count)} ${count === 1 ? 'letter' : 'letters'}`
}
