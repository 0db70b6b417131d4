/** Dead letters of a pipeline as the API shows them. */

import * as z from 'zod'
import { topicText } from './topics.ts'

/**
 * `sent` waits for the job; `done` was accepted, by whatever became of it; `discarded` can be taken
 * back for a while.
 */
export const letterState = z.enum(['open', 'sent', 'done', 'discarded'])
export type LetterState = z.output<typeof letterState>

const counts = { open: z.number(), sent: z.number(), done: z.number() }

export const letterGroup = z.object({
  group: z.number(),
  nodeId: z.string(),
  operator: z.string(),
  code: z.string(),
  /** The message without what differs from record to record. */
  pattern: z.string(),
  /** A message in full. */
  message: z.string(),
  /** The beginning of the newest record; absent where none is kept that is not discarded. */
  sample: z.string().optional(),
  firstAtMs: z.number(),
  lastAtMs: z.number(),
  ...counts,
  discarded: z.number(),
})
export type LetterGroup = z.output<typeof letterGroup>

/** By which letters were let go that nobody had looked after; each is counted. */
export const letterBooks = z.object({
  ...counts,
  bytes: z.number(),
  /** Refused in all. */
  seen: z.number(),
  discarded: z.number(),
  /** Older than they are kept. */
  expired: z.number(),
  /** The oldest, where there were too many or they were too large. */
  displaced: z.number(),
  limits: z.object({
    countMax: z.number(),
    bytesMax: z.number(),
    keepMs: z.number(),
    /** For so long it can be taken back that one was discarded. */
    keepDiscardedMs: z.number(),
  }),
})
export type LetterBooks = z.output<typeof letterBooks>

export const letterGroups = z.object({ groups: z.array(letterGroup), books: letterBooks })

export const letterResult = z.enum(['passed', 'filtered', 'late', 'refused'])

export const letterSummary = z.object({
  letter: z.string(),
  group: z.number(),
  jobId: z.string(),
  nodeId: z.string(),
  operator: z.string(),
  state: letterState,
  code: z.string(),
  message: z.string(),
  column: z.string().optional(),
  refusedAtMs: z.number(),
  eventTimeMs: z.number().optional(),
  /** Where it stood. */
  file: z.string().optional(),
  line: z.number().optional(),
  offsetBytes: z.number().optional(),
  topic: z.string().optional(),
  partition: z.number().optional(),
  offset: z.number().optional(),
  bytes: z.number(),
  /** The beginning, for lists. */
  beginning: z.string(),
  truncated: z.boolean(),
  /** Whether it can be sent in again: what was made of records cannot. */
  replayable: z.boolean(),
  /** How often it has been sent in again, and what became of it the last time. */
  attempts: z.number(),
  result: letterResult.optional(),
  /** It came about when that one was sent in again. */
  resendOf: z.string().optional(),
  /** A job has gone back to before it was refused, and reads its record again. */
  goneBack: z.boolean().optional(),
  /** A job has gone back to before it was accepted, so it waits again. */
  givenBack: z.boolean().optional(),
})
export type LetterSummary = z.output<typeof letterSummary>

export const letterPage = z.object({
  letters: z.array(letterSummary),
  /**
   * Ask for what comes before it; absent at the end. A search looks at some of them at a time, so
   * that there may be more although fewer than were asked for were found.
   */
  next: z.number().optional(),
})

export const letterInFull = letterSummary.extend({
  raw: topicText,
  /** As it was sent in again the last time, where it was edited. */
  edited: topicText.optional(),
  /** What is at fault, in UTF-16 code units of the text, or bytes: [start, end). */
  fault: z.object({ start: z.number(), end: z.number() }).optional(),
  /** Others that came about when it was sent in again. */
  followers: z.array(letterSummary),
})
export type LetterInFull = z.output<typeof letterInFull>

/** In UTF-16 code units. */
export const LETTER_SEARCH_LENGTH_MAX = 300

const state = letterState.options.join('|')
const letterStates = z.string().regex(new RegExp(`^(?:${state})(?:,(?:${state}))*$`))

export const letterPageQuery = z.object({
  group: z.coerce.number<string>().int().optional(),
  /** One or more with commas between them; all but those that were discarded if left out. */
  state: letterStates.optional(),
  before: z.coerce.number<string>().int().optional(),
  /**
   * Only those whose record contains it, as it came or as it was corrected; A to Z in either case.
   */
  search: z.string().min(1).max(LETTER_SEARCH_LENGTH_MAX).optional(),
  limit: z.coerce.number<string>().int().min(1).max(1000).default(100),
})

export const lettersChosen = z.strictObject({
  letters: z.array(z.string()).max(10_000).optional(),
  /** All of the group instead. */
  group: z.int().optional(),
  /** All of the pipeline instead. */
  all: z.literal(true).optional(),
})
export type LettersChosen = z.output<typeof lettersChosen>

export const letterReplay = z.strictObject({
  /** What is sent in its place; as it came if left out. */
  raw: topicText.optional(),
  eventTimeMs: z.int().optional(),
})

/** Letters of a pipeline have come, were sent in, or have become something. */
export const lettersChanged = z.object({ pipelineId: z.string(), books: letterBooks })
export type LettersChanged = z.output<typeof lettersChanged>
