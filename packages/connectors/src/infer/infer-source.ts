/**
 * Guesses the config of a file source from a sample of the file, and says where the guess is
 * doubtful.
 */

import {
  durationText,
  type JsonObject,
  parseTimestamp,
  STRING,
  TIMESTAMP,
  type Type,
  typeText,
  type Value,
} from '@millrace/pipeline'
import { linesOf, type Sample, type SampleColumn, sampleCsv, sampleJsonl } from './sample.ts'
import { settledType } from './value-shape.ts'

export interface InferredSource {
  /** As a document writes it. */
  readonly config: JsonObject
  /** What is worth a second look, in full sentences. */
  readonly notes: readonly string[]
}

/**
 * `text` is the beginning of the file, unpacked; `whole` says whether it is all of it. `packed`
 * says that the file is gzip; `brokenLines` are the lines, from 0, that are not UTF-8.
 */
export function inferSource(file: {
  readonly path: string
  readonly text: string
  readonly whole: boolean
  readonly packed: boolean
  readonly brokenLines?: ReadonlySet<number>
}): InferredSource | { readonly message: string } {
  const { path, text, packed } = file
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text
  if (bare.trim() === '') return { message: `"${path}" is empty, so there is nothing to go by.` }
  if (bare.trimStart().startsWith('[')) {
    const message =
      `"${path}" is a JSON list, not JSON lines. Write each record on a line of its own, for ` +
      `instance with: jq -c '.[]' ${path}`
    return { message }
  }
  const name = path.toLowerCase().replace(/\.gz$/, '')
  const isCsv = /\.(?:csv|tsv)$/.test(name) || !bare.trimStart().startsWith('{')
  const lines = linesOf(bare, file.whole, file.brokenLines)
  const firstLine = lines.find((line) => line === undefined || line.trim() !== '')
  if (isCsv && firstLine === undefined) {
    const message =
      `The first line of "${path}" is not UTF-8, so the names of the columns cannot be read. Save ` +
      'the file in this encoding.'
    return { message }
  }
  const sample = isCsv ? sampleCsv(lines, file.whole) : sampleJsonl(lines)
  if (sample.columns.length === 0) {
    if (sample.records.length > 0) {
      return { message: `The records of "${path}" have no fields, so there is nothing to go by.` }
    }
    return { message: `No line of "${path}" could be read as ${isCsv ? 'CSV' : 'JSON'}.` }
  }
  const { schema, time, notes } = chooseSchema(sample, UNTIMED)
  const csvConfig = sample.csv === undefined ? {} : { csv: sample.csv }
  const config: JsonObject = {
    path,
    format: isCsv ? 'csv' : 'jsonl',
    ...(packed && !path.endsWith('.gz') ? { compression: 'gzip' } : {}),
    ...csvConfig,
    schema,
    ...time,
  }
  return { config, notes }
}

const UNTIMED = 'No column looks like a time, so records have no event time. Name one in eventTime.'

export interface ChosenSchema {
  readonly schema: JsonObject
  /** `eventTime` and `watermark`, where there are some. */
  readonly time: JsonObject
  readonly notes: readonly string[]
}

/** `untimed` is what is to be said where no column is a time. */
export function chooseSchema(sample: Sample, untimed: string): ChosenSchema {
  const notes: string[] = [...sample.notes]
  if (sample.records.length === 0) {
    notes.push(
      'No record of the sample can be read, so string is a guess for every column, and no column ' +
        'is the event time.',
    )
    return { schema: schemaOf(sample, () => STRING), time: {}, notes }
  }
  const schema = schemaOf(sample, (column) => chooseType(column, notes))
  return { schema, time: chooseEventTime(sample, untimed, notes), notes }
}

function schemaOf({ columns }: Sample, typeOf: (column: SampleColumn) => Type): JsonObject {
  return Object.fromEntries(columns.map((column) => [column.name, typeText(typeOf(column))]))
}

function chooseType({ name, type, nullCount, recordCount }: SampleColumn, notes: string[]): Type {
  if (type === undefined) {
    notes.push(`Column "${name}" is always NULL in the sample; string is a guess.`)
    return STRING
  }
  if (type.kind === 'any') {
    notes.push(`Column "${name}" has values of different types, so it is any. CAST it before use.`)
  }
  if (nullCount > 0 && nullCount < recordCount) {
    const share = Math.max(1, Math.round((nullCount / recordCount) * 100))
    notes.push(`Column "${name}" is NULL or missing in about ${share} % of the records.`)
  }
  return settledType(type)
}

/** Names of event times, the likeliest first. */
const TIME_NAMES =
  /^(?:at|event_?time|timestamp|time|ts|date_?time|date|occurred_?at|created_?at|started_?at|created|when)$/i
const TIME_WORDS = /(?:time|date|stamp|_at|At|_ts)$/
/** 2000-01-01 to 2100-01-01 in seconds. */
const SECONDS_MIN = 946_684_800
const SECONDS_MAX = 4_102_444_800

interface Candidate {
  readonly column: SampleColumn
  readonly rank: number
  readonly unit: 's' | 'ms'
}

function chooseEventTime({ columns, lanes }: Sample, untimed: string, notes: string[]): JsonObject {
  const candidates = columns
    .flatMap((column) => toCandidate(column) ?? [])
    .sort((a, b) => a.rank - b.rank)
  const [best, ...others] = candidates
  if (best === undefined) {
    notes.push(untimed)
    return {}
  }
  const { column, unit } = best
  if (others.length > 0) {
    const names = others.map((other) => `"${other.column.name}"`).join(', ')
    notes.push(`Event time is "${column.name}"; ${names} would be possible too.`)
  }
  if (column.nullCount > 0) {
    notes.push(`Records without "${column.name}" will go to the errors port.`)
  }
  const timesOf = (records: Sample['records']) =>
    records.flatMap((record) => timeOf(record, column, unit) ?? [])
  const lagMs = Math.max(...lanes.map((records) => longestLag(timesOf(records))))
  const watermark =
    lagMs === 0 ? {} : { watermark: { maxOutOfOrderness: durationText(round(lagMs)) } }
  if (lagMs > 0) {
    notes.push(
      `In the sample records come up to ${durationText(lagMs)} after later ones; check the ` +
        'maximum out-of-orderness of the watermark.',
    )
  }
  const name = column.name
  return { eventTime: unit === 's' ? { column: name, unit } : name, ...watermark }
}

function toCandidate(column: SampleColumn): Candidate | undefined {
  const { name, type, numbers } = column
  const named = TIME_NAMES.test(name) ? 0 : TIME_WORDS.test(name) ? 1 : 2
  if (type === TIMESTAMP) return { column, rank: named, unit: 'ms' }
  if (type?.kind !== 'integer' || named === 2 || numbers === undefined) return undefined
  const { least, most } = numbers
  if (least >= SECONDS_MIN && most <= SECONDS_MAX) return { column, rank: named, unit: 's' }
  if (least >= SECONDS_MIN * 1000 && most <= SECONDS_MAX * 1000) {
    return { column, rank: named, unit: 'ms' }
  }
  return undefined
}

function timeOf(
  record: ReadonlyMap<string, Value>,
  { name }: SampleColumn,
  unit: 's' | 'ms',
): number | undefined {
  const value = record.get(name)
  if (typeof value === 'number') return unit === 's' ? value * 1000 : value
  return typeof value === 'string' ? (parseTimestamp(value) ?? undefined) : undefined
}

function longestLag(times: readonly number[]): number {
  let latestMs = Number.NEGATIVE_INFINITY
  let lagMs = 0
  for (const timeMs of times) {
    if (timeMs > latestMs) latestMs = timeMs
    else lagMs = Math.max(lagMs, latestMs - timeMs)
  }
  return lagMs
}

const STEPS_MS: readonly number[] = [
  100, 500, 1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
  21_600_000, 43_200_000, 86_400_000,
]

/** Up to what a person would write. */
function round(durationMs: number): number {
  const step = STEPS_MS.find((stepMs) => stepMs >= durationMs)
  return step ?? Math.ceil(durationMs / 86_400_000) * 86_400_000
}
