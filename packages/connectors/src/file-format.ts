/** The config fields that say where a file lies and how it is written. */

import { fields } from '@millrace/pipeline'
import * as z from 'zod'

export const format = () =>
  z.enum(['jsonl', 'csv']).meta({
    title: 'Format',
    description: 'jsonl: a JSON object on each line. csv: comma-separated values.',
    widget: 'choice',
  })

const sign = (title: string, description: string, example: string) =>
  z
    .string()
    .length(1, `${title} must be a single character. Write, for instance, ${example}.`)
    .refine((text) => !/[\r\n\0]/.test(text) && text.charCodeAt(0) < 0x80, {
      message: `${title} must be an ASCII character other than a line end. Write, for instance, ${example}.`,
      params: { code: 'bad-csv-sign' },
    })
    .meta({ title, description, examples: [JSON.parse(example)] })

export interface CsvConfig {
  readonly delimiter: string
  readonly quote: string
  readonly header: boolean
}

export const CSV_DEFAULTS: CsvConfig = { delimiter: ',', quote: '"', header: true }

export const csv = () =>
  z
    .strictObject({
      delimiter: sign('Delimiter', 'What stands between two fields.', '";"').prefault(','),
      quote: sign('Quote', 'What stands around fields with special characters.', `"'"`).prefault(
        '"',
      ),
      header: z
        .boolean()
        .prefault(true)
        .meta({ title: 'Header', description: 'Whether the first line holds the column names.' }),
    })
    .refine(({ delimiter, quote }) => delimiter !== quote, {
      message: 'Delimiter and quote are the same character. Choose another delimiter.',
      path: ['delimiter'],
      params: { code: 'delimiter-is-quote' },
    })
    .optional()
    .meta({
      title: 'CSV',
      description: 'How the file is written, for format csv.',
      onlyWith: { field: 'format', value: 'csv' },
    })

/** The first thing that is wrong with how format and csv go together. */
export function refuseCsvOfOther(config: {
  readonly format: 'jsonl' | 'csv'
  readonly csv?: CsvConfig | undefined
}): boolean {
  return config.format !== 'csv' && config.csv !== undefined
}

export const CSV_OF_OTHER = {
  message: 'Field "csv" is for format csv, and format is jsonl. Remove it, or change format.',
  path: ['csv'],
  params: { code: 'csv-of-other-format' },
}

/** Files that are not finished have this ending. */
export const PART_ENDING = '.part'

export const sinkPath = () =>
  fields
    .path({
      title: 'Path',
      description:
        'The file to write. Where input does not end, there is one for each checkpoint that has records: ' +
        'out.jsonl becomes out-000001.jsonl, out-000002.jsonl and so on.',
    })
    .refine((path) => !path.endsWith(PART_ENDING), {
      message:
        'Path ends in ".part", which is the ending of files that are not finished yet. ' +
        'Choose another ending.',
      params: { code: 'part-path' },
    })

/** One text for all ways to write a path, as far as the text tells: `./a//b/../c` is `a/c`. */
export function normalizedPath(path: string): string {
  const absolute = path.startsWith('/')
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    const last = kept.at(-1)
    if (part !== '..') kept.push(part)
    else if (last !== undefined && last !== '..') kept.pop()
    else if (!absolute) kept.push(part)
  }
  return `${absolute ? '/' : ''}${kept.join('/')}`
}
