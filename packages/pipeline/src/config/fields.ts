/**
 * The fields that operators build their configs from. Each is a zod schema that is type, check,
 * form, docs and JSON Schema at once: `.meta` carries `title`, `description`, `widget`, `unit`,
 * `examples`, and by `onlyWith` the value of another field without which this one is of no use.
 *
 * Operators import them as `fields`: `fields.duration({ title: 'Size' })`. Rules for a config:
 * `z.strictObject`, so that an unknown field is refused; a default by `.prefault(text)`, as the
 * document would write it; a rule over several fields by `.refine` with a whole message and
 * `params: { code: 'words-that-name-it' }`.
 */

import * as z from 'zod'
import { type Column, isRefusal, parseType } from '../type.ts'
import {
  type DurationRefusal,
  durationText,
  type Period,
  parseDuration,
  parsePeriod,
  periodText,
} from './duration.ts'
import { entries } from './entries.ts'
import { column, type FieldOptions } from './names.ts'
import { parseSize, sizeText } from './size.ts'

export * from './entries.ts'
export * from './names.ts'

/**
 * About 10,000 years, as many as event times span. What is longer is a slip of the pen, and sums
 * of it with a time would leave the numbers that are exact.
 */
const DURATION_DAYS_MAX = 3_650_000
const DURATION_MS_MAX = DURATION_DAYS_MAX * 86_400_000
const MONTHS_MAX = 120_000

/**
 * `"5s"` in the document, milliseconds for the operator. Longer than 0 unless `min` says otherwise.
 */
export function duration(
  options: FieldOptions & {
    readonly min?: 'positive' | 'zero' | 'any'
    readonly example?: string
  },
) {
  const { min = 'positive', example = '5s', ...field } = options
  return z
    .string()
    .meta({
      description: 'A duration such as "250ms", "5s", "1m30s", "2h" or "7d".',
      ...field,
      widget: 'duration',
      unit: 'ms',
      pattern: `^${min === 'any' ? '-?' : ''}([0-9]+(ms|s|m|h|d))+$`,
      examples: [example],
    })
    .transform((text, context) => {
      const read = parseDuration(text)
      const refused = typeof read === 'number' ? outOfBounds(field.title, read, min) : read
      if (typeof read === 'number' && refused === undefined) return read
      const message = refused?.message ?? ''
      context.issues.push({
        code: 'custom',
        message,
        input: text,
        params: { code: 'bad-duration' },
      })
      return z.NEVER
    })
}

/**
 * A duration that may count months and years, for fields beside a time zone: milliseconds for the
 * operator, or months. Longer than nothing.
 */
export function period(options: FieldOptions) {
  return z
    .string()
    .meta({
      description: 'A duration such as "5s", "1h" or "1d"; with a time zone also "1mo" or "1y".',
      ...options,
      widget: 'duration',
      unit: 'ms',
      pattern: '^([0-9]+(ms|s|m|h|d|mo|y))+$',
      examples: ['5s'],
    })
    .transform((text, context): Period => {
      const read = parsePeriod(text)
      const refused = outOfPeriod(options.title, read)
      if (refused === undefined && (typeof read === 'number' || 'months' in read)) return read
      const message = refused ?? ''
      context.issues.push({
        code: 'custom',
        message,
        input: text,
        params: { code: 'bad-duration' },
      })
      return z.NEVER
    })
}

function outOfPeriod(title: string, read: Period | DurationRefusal): string | undefined {
  if (typeof read === 'number') return outOfBounds(title, read, 'positive')?.message
  if ('message' in read) return read.message
  if (read.months === 0) {
    return `${title} is ${periodText(read)} and must be longer than that. Choose at least "1mo".`
  }
  if (read.months <= MONTHS_MAX) return undefined
  return `${title} is ${periodText(read)}, and may be ${periodText({ months: MONTHS_MAX })} long. Choose a shorter one.`
}

function outOfBounds(title: string, durationMs: number, min: 'positive' | 'zero' | 'any') {
  const text = `${title} is ${durationText(durationMs)}`
  if (min === 'positive' && durationMs <= 0) {
    return { message: `${text} and must be longer than 0s. Choose at least "1ms".` }
  }
  if (min === 'zero' && durationMs < 0) {
    return { message: `${text} and must not be negative. Choose "0s" or longer.` }
  }
  if (Math.abs(durationMs) > DURATION_MS_MAX) {
    const limit = `${DURATION_DAYS_MAX}d (about 10,000 years)`
    return { message: `${text}, and a duration may be ${limit} long. Choose a shorter one.` }
  }
  return undefined
}

/** `"64MB"` in the document, bytes for the operator. At least 1 byte. */
export function sizeBytes(options: FieldOptions & { readonly maxBytes?: number }) {
  const { maxBytes = Number.MAX_SAFE_INTEGER, ...field } = options
  return z
    .string()
    .meta({
      description: 'A size such as "512B", "16KB", "64MB" or "1GB". Units count in 1024s.',
      ...field,
      widget: 'size',
      unit: 'bytes',
      pattern: '^[0-9]+(B|KB|MB|GB|TB)$',
      examples: ['64MB'],
    })
    .transform((text, context) => {
      const read = parseSize(text)
      const message =
        typeof read === 'number' ? wrongSize(field.title, read, maxBytes) : read.message
      if (typeof read === 'number' && message === undefined) return read
      context.issues.push({ code: 'custom', message, input: text, params: { code: 'bad-size' } })
      return z.NEVER
    })
}

function wrongSize(title: string, bytes: number, maxBytes: number): string | undefined {
  if (bytes === 0)
    return `${title} is 0 bytes and must be at least 1. Choose, for instance, "64MB".`
  if (bytes <= maxBytes) return undefined
  return `${title} is ${sizeText(bytes)} and may be ${sizeText(maxBytes)}. Choose a smaller size.`
}

/** So many per second of `what`: of records, if left out. Above 0; fractions are allowed. */
export function rate({ what = 'records', ...options }: FieldOptions & { readonly what?: string }) {
  return z
    .number()
    .positive(`${options.title} must be above 0 ${what} per second. Choose, for instance, 100.`)
    .meta({ ...options, widget: 'number', unit: `${what}/s`, examples: [100] })
}

/** A whole number from `min` (0 if left out) to `max` (2^53 - 1 if left out), both included. */
export function count(
  options: FieldOptions & {
    readonly min?: number
    readonly max?: number
    readonly unit?: string
    readonly example?: number
  },
) {
  const { min = 0, max = Number.MAX_SAFE_INTEGER, unit, example = 100, ...field } = options
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  const range = `${field.title} must be a whole number ${bounds}.`
  return z
    .int(range)
    .min(min, range)
    .max(max, range)
    .meta({
      ...field,
      widget: 'number',
      ...(unit === undefined ? {} : { unit }),
      examples: [Math.max(min, Math.min(max, example))],
    })
}

/** A SQL expression over the columns of a record. The operator checks it against the schema. */
export function expression(options: FieldOptions & { readonly example?: string }) {
  const { example = 'amount > 100', ...field } = options
  return z
    .string()
    .refine((text) => text.trim() !== '', {
      message: `${field.title} is empty. Write an expression, for instance ${example}.`,
      params: { code: 'empty-expression' },
    })
    .meta({ ...field, widget: 'expression', minLength: 1, examples: [example] })
}

/** Column name -> expression, at least one. The order is that of the output columns. */
export function expressions(options: FieldOptions) {
  const description = 'Computed for each record from the columns that come in.'
  return entries(expression({ title: 'Expression', description }), {
    ...options,
    widget: 'expressions',
    min: 1,
    example: { total: 'price * quantity' },
  })
}

/**
 * Column name -> SQL aggregate. The order is that of the output columns; none gives the groups
 * alone.
 */
export function aggregates(options: FieldOptions = { title: 'Aggregates' }) {
  const description = 'A value over all records of a group, such as COUNT(*) or SUM(amount).'
  const aggregate = expression({ title: 'Aggregate', example: 'SUM(amount)' })
  return entries(aggregate.meta({ title: 'Aggregate', description, widget: 'aggregate' }), {
    ...options,
    widget: 'aggregates',
    example: { views: 'COUNT(*)' },
  })
}

/** A file. Relative paths are relative to the document's folder. */
export function path(options: FieldOptions = { title: 'Path' }) {
  return z
    .string()
    .min(1, `${options.title} is empty. Name a file, for instance "clicks.jsonl".`)
    .refine((text) => !text.includes('\0'), {
      message: `${options.title} has a NUL character, which no file name may have. Remove it.`,
      params: { code: 'bad-path' },
    })
    .refine((text) => !text.startsWith('secret://'), {
      error: ({ input }) =>
        `${options.title} is "${input}", and a secret cannot say where a file is. Write the path itself.`,
      params: { code: 'secret-path' },
    })
    .meta({ ...options, widget: 'path', examples: ['clicks.jsonl'] })
}

/**
 * What becomes of a record that cannot be read or calculated with. Every operator that refuses
 * records has it.
 */
export function onError() {
  return z.enum(['dead-letter', 'fail']).prefault('dead-letter').meta({
    title: 'On error',
    description:
      'Where a record goes that cannot be processed: to the errors port, or the job fails.',
    widget: 'choice',
  })
}

/** Column name -> type, at least one. The order is that of the columns. */
export function schema(
  options: FieldOptions = {
    title: 'Schema',
    description: 'The columns of the records, with their types. What it does not name is left out.',
  },
) {
  const type = z
    .string()
    .meta({
      title: 'Type',
      description: 'What the values of the column are, such as string, integer or list<string>.',
      widget: 'type',
      examples: ['string'],
    })
    .transform((text, context) => {
      const read = parseType(text)
      if (!isRefusal(read)) return read
      const { message } = read
      context.issues.push({ code: 'custom', message, input: text, params: { code: 'bad-type' } })
      return z.NEVER
    })
  return entries(type, {
    ...options,
    widget: 'schema',
    min: 1,
    example: { at: 'timestamp', user: 'string' },
  }).transform((list): readonly Column[] => list.map(({ name, value }) => ({ name, type: value })))
}

/** Where a record's event time comes from. */
export interface EventTimeConfig {
  readonly column: string
  /** What a number counts since 1970. */
  readonly unit: 's' | 'ms'
  /** The pattern that text is read by; ISO-8601 if left out. */
  readonly format?: string
}

const TIME_COLUMN = 'The column that says when a record happened.'

/** `"at"` or `{ "column": "at", "unit": "s" }` in the document. */
export function eventTime(
  options: FieldOptions = { title: 'Event time', description: TIME_COLUMN },
) {
  const detailed = z
    .strictObject({
      column: column({ title: 'Column', description: TIME_COLUMN }),
      unit: z.enum(['s', 'ms']).optional().meta({
        title: 'Unit',
        description: 'What numbers count since 1970: seconds or milliseconds (default).',
      }),
      format: z
        .string()
        .min(1, 'Format is empty. Write a pattern, or leave the field out.')
        .optional()
        .meta({
          title: 'Format',
          description: 'The pattern that text is read by; ISO-8601 if left out.',
          examples: ['dd/MM/yyyy HH:mm:ss'],
        }),
    })
    .refine((time) => time.unit === undefined || time.format === undefined, {
      message: 'Unit is for numbers and format is for text. Keep the one that suits the column.',
      path: ['format'],
      params: { code: 'unit-and-format' },
    })
  return z
    .union([column(options), detailed])
    .meta({ ...options, widget: 'event-time', examples: ['at', { column: 'at', unit: 's' }] })
    .transform((time): EventTimeConfig => {
      if (typeof time === 'string') return { column: time, unit: 'ms' }
      const { column, unit = 'ms', format } = time
      return format === undefined ? { column, unit } : { column, unit, format }
    })
}

/** How far behind the records the watermark stays. Every part has a default. */
export function watermark(
  options: FieldOptions = {
    title: 'Watermark',
    description: 'How far event time has come: nothing earlier should still come.',
  },
) {
  return z
    .strictObject({
      maxOutOfOrderness: duration({
        title: 'Maximum out-of-orderness',
        description: 'How late a record may come: the watermark stays this far behind the latest.',
        min: 'zero',
      }).prefault('0s'),
      interval: duration({
        title: 'Interval',
        description: 'The step of event time in which watermarks advance.',
      }).prefault('100ms'),
      idleTimeout: duration({
        title: 'Idle timeout',
        description: 'After this much silence a partition no longer holds the watermark back.',
      }).optional(),
    })
    .prefault({})
    .meta({ ...options, widget: 'watermark' })
}
