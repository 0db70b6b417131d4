/** Functions of texts. Positions count characters from 1. */

import type { Value } from '../../value.ts'
import { characterCount, characterIndex, sliceCharacters, unitIndex } from '../characters.ts'
import { checkListLength, checkStringLength } from '../limits.ts'
import type { CompileContext, Evaluate, Typed } from '../typed.ts'
import type { FunctionDefinition } from './definition.ts'
import { lengthOfReplaced, replaced } from './replaced-text.ts'

export const STRING_FUNCTIONS: readonly FunctionDefinition[] = [
  {
    name: 'CHAR_LENGTH',
    aliases: ['CHARACTER_LENGTH'],
    signatures: ['CHAR_LENGTH(text: string): integer'],
    description: 'The number of characters.',
    examples: [
      ["CHAR_LENGTH('abc')", '3'],
      ["CHAR_LENGTH('')", '0'],
      ["CHAR_LENGTH('a😀')", '2'],
      ['CHAR_LENGTH(NULL)', 'NULL'],
    ],
    weight: 1,
    apply: characterCount,
    shortcut: lengthOfReplaced,
  },
  {
    name: 'UPPER',
    signatures: ['UPPER(text: string): string'],
    description: 'The text in capitals.',
    examples: [["UPPER('aBc')", "'ABC'"]],
    weight: 1,
    apply: (text: string) => limited(text.toUpperCase()),
  },
  {
    name: 'LOWER',
    signatures: ['LOWER(text: string): string'],
    description: 'The text in small letters.',
    examples: [["LOWER('aBc')", "'abc'"]],
    weight: 1,
    apply: (text: string) => limited(text.toLowerCase()),
  },
  {
    name: 'INITCAP',
    signatures: ['INITCAP(text: string): string'],
    description:
      'Each word with a capital first letter and small letters after it. A word is letters and digits.',
    examples: [["INITCAP('hello wORLD-1a')", "'Hello World-1a'"]],
    weight: 2,
    apply: (text: string) => limited(text.toLowerCase().replace(/[\p{L}\p{N}]+/gu, capitalized)),
  },
  {
    name: 'REVERSE',
    signatures: ['REVERSE(text: string): string'],
    description: 'The characters from last to first.',
    examples: [
      ["REVERSE('abc')", "'cba'"],
      ["REVERSE('a😀')", "'😀a'"],
    ],
    weight: 2,
    apply: (text: string) => Array.from(text).reverse().join(''),
  },
  {
    name: 'CONCAT',
    signatures: ['CONCAT(...texts: string): string'],
    description: 'The texts joined; NULL where one is NULL.',
    examples: [
      ["CONCAT('a', 'b', 'c')", "'abc'"],
      ["CONCAT('a', NULL)", 'NULL'],
    ],
    weight: 1,
    apply: (...texts: string[]) => joined('', texts),
  },
  {
    name: 'CONCAT_WS',
    signatures: ['CONCAT_WS(separator: string, ...texts: string): string'],
    description:
      'The texts that are not NULL, joined with a separator between them; NULL where the separator is NULL.',
    examples: [
      ["CONCAT_WS('~', 'a', NULL, 'b', '', 'c')", "'a~b~~c'"],
      ["CONCAT_WS(NULL, 'a')", 'NULL'],
    ],
    weight: 1,
    compile: concatWithSeparator,
  },
  {
    name: 'SUBSTRING',
    aliases: ['SUBSTR'],
    signatures: ['SUBSTRING(text: string, start: integer, length?: integer): string'],
    usage: 'SUBSTRING(text FROM start [FOR length]) or SUBSTRING(text, start[, length])',
    description:
      'Part of the text: from `start`, up to `length` characters. A start below 0 counts from the end; a length below 0 gives NULL.',
    examples: [
      ["SUBSTRING('Flink' FROM 2 FOR 3)", "'lin'"],
      ["SUBSTRING('Flink', 3)", "'ink'"],
      ["SUBSTRING('Flink', -2)", "'nk'"],
      ["SUBSTRING('Flink', 9)", "''"],
      ["SUBSTRING('Flink', 2, -1)", 'NULL'],
      ["SUBSTR('Flink', 0, 2)", "'Fl'"],
    ],
    weight: 1,
    apply: substring,
  },
  {
    name: 'LEFT',
    signatures: ['LEFT(text: string, count: integer): string'],
    description: 'The first characters; none where the count is below 1.',
    examples: [
      ["LEFT('Flink', 2)", "'Fl'"],
      ["LEFT('Flink', -1)", "''"],
      ["LEFT('Flink', 99)", "'Flink'"],
    ],
    weight: 1,
    apply: (text: string, count: number) => sliceCharacters(text, 0, Math.max(count, 0)),
  },
  {
    name: 'RIGHT',
    signatures: ['RIGHT(text: string, count: integer): string'],
    description: 'The last characters; none where the count is below 1.',
    examples: [
      ["RIGHT('Flink', 2)", "'nk'"],
      ["RIGHT('Flink', 0)", "''"],
    ],
    weight: 1,
    apply: (text: string, count: number) => {
      const length = characterCount(text)
      return sliceCharacters(text, Math.max(length - Math.max(count, 0), 0), length)
    },
  },
  {
    name: 'POSITION',
    signatures: ['POSITION(needle: string, text: string): integer'],
    usage: 'POSITION(needle IN text)',
    description: 'Where the needle first stands in the text; 0 where it does not.',
    examples: [
      ["POSITION('in' IN 'Flink')", '3'],
      ["POSITION('x' IN 'Flink')", '0'],
      ["POSITION('' IN 'Flink')", '1'],
    ],
    weight: 1,
    apply: (needle: string, text: string) => positionOf(text, needle, 1),
  },
  {
    name: 'INSTR',
    signatures: ['INSTR(text: string, needle: string): integer'],
    description: 'Where the needle first stands in the text; 0 where it does not.',
    examples: [["INSTR('Flink', 'in')", '3']],
    weight: 1,
    apply: (text: string, needle: string) => positionOf(text, needle, 1),
  },
  {
    name: 'LOCATE',
    signatures: ['LOCATE(needle: string, text: string, start?: integer): integer'],
    description:
      'Where the needle stands in the text, at `start` or after it; 0 where it does not.',
    examples: [
      ["LOCATE('a', 'banana')", '2'],
      ["LOCATE('a', 'banana', 3)", '4'],
      ["LOCATE('a', 'banana', 7)", '0'],
    ],
    weight: 1,
    apply: (needle: string, text: string, start?: number) => positionOf(text, needle, start ?? 1),
  },
  {
    name: 'TRIM',
    signatures: ['TRIM(side: string, characters: string, text: string): string'],
    usage: 'TRIM([BOTH | LEADING | TRAILING] [characters FROM] text)',
    description: 'The text without these characters, spaces by default, at its ends.',
    examples: [
      ["TRIM('  a b  ')", "'a b'"],
      ["TRIM(BOTH 'xy' FROM 'xyaxyx')", "'a'"],
      ["TRIM(LEADING 'x' FROM 'xxaxx')", "'axx'"],
      ["TRIM(TRAILING FROM ' a ')", "' a'"],
      ["TRIM('x' FROM 'xax')", "'a'"],
    ],
    weight: 1,
    apply: (side: string, characters: string, text: string) =>
      trimmed(text, characters, side !== 'TRAILING', side !== 'LEADING'),
  },
  {
    name: 'LTRIM',
    signatures: ['LTRIM(text: string, characters?: string): string'],
    description: 'The text without these characters, spaces by default, at its beginning.',
    examples: [
      ["LTRIM('  a ')", "'a '"],
      ["LTRIM('xxa', 'x')", "'a'"],
    ],
    weight: 1,
    apply: (text: string, characters?: string) => trimmed(text, characters ?? ' ', true, false),
  },
  {
    name: 'RTRIM',
    signatures: ['RTRIM(text: string, characters?: string): string'],
    description: 'The text without these characters, spaces by default, at its end.',
    examples: [
      ["RTRIM(' a  ')", "' a'"],
      ["RTRIM('axx', 'x')", "'a'"],
    ],
    weight: 1,
    apply: (text: string, characters?: string) => trimmed(text, characters ?? ' ', false, true),
  },
  {
    name: 'BTRIM',
    signatures: ['BTRIM(text: string, characters?: string): string'],
    description: 'The text without these characters, spaces by default, at both ends.',
    examples: [
      ["BTRIM(' a ')", "'a'"],
      ["BTRIM('xyaxy', 'xy')", "'a'"],
    ],
    weight: 1,
    apply: (text: string, characters?: string) => trimmed(text, characters ?? ' ', true, true),
  },
  {
    name: 'LPAD',
    signatures: ['LPAD(text: string, length: integer, pad: string): string'],
    description:
      'The text filled up on the left, or cut, to a length. NULL where the length is below 0 or the pad is empty.',
    examples: [
      ["LPAD('hi', 4, '??')", "'??hi'"],
      ["LPAD('hi', 5, 'ab')", "'abahi'"],
      ["LPAD('hi', 1, '??')", "'h'"],
      ["LPAD('hi', 4, '')", 'NULL'],
    ],
    weight: 1,
    apply: (text: string, length: number, pad: string) => padText(text, length, pad, true),
  },
  {
    name: 'RPAD',
    signatures: ['RPAD(text: string, length: integer, pad: string): string'],
    description:
      'The text filled up on the right, or cut, to a length. NULL where the length is below 0 or the pad is empty.',
    examples: [
      ["RPAD('hi', 5, 'ab')", "'hiaba'"],
      ["RPAD('hi', 1, '??')", "'h'"],
      ["RPAD('hi', -1, '?')", 'NULL'],
    ],
    weight: 1,
    apply: (text: string, length: number, pad: string) => padText(text, length, pad, false),
  },
  {
    name: 'REPEAT',
    signatures: ['REPEAT(text: string, count: integer): string'],
    description: 'The text several times over; empty where the count is below 1.',
    examples: [
      ["REPEAT('ab', 3)", "'ababab'"],
      ["REPEAT('ab', -1)", "''"],
    ],
    weight: 1,
    apply: (text: string, count: number) => {
      checkStringLength(text.length * Math.max(count, 0))
      return text.repeat(text === '' ? 0 : Math.max(count, 0))
    },
  },
  {
    name: 'REPLACE',
    signatures: ['REPLACE(text: string, search: string, replacement: string): string'],
    description: 'The text with every occurrence of `search` replaced, from left to right.',
    examples: [
      ["REPLACE('hello world', 'world', 'flink')", "'hello flink'"],
      ["REPLACE('ababab', 'abab', 'z')", "'zab'"],
    ],
    weight: 1,
    apply: replaced,
  },
  {
    name: 'TRANSLATE',
    signatures: ['TRANSLATE(text: string, from: string, to: string): string'],
    description:
      'The text with each character of `from` replaced by the one at its place in `to`, or taken out where `to` is shorter.',
    examples: [
      ["TRANSLATE('a-b_c', '-_', '  ')", "'a b c'"],
      ["TRANSLATE('12345', '143', 'ax')", "'a2x5'"],
    ],
    weight: 2,
    apply: translate,
  },
  {
    name: 'OVERLAY',
    signatures: ['OVERLAY(text: string, placed: string, start: integer, length?: integer): string'],
    usage: 'OVERLAY(text PLACING placed FROM start [FOR length])',
    description:
      'The text with `length` characters from `start` replaced; by default as many as are placed.',
    examples: [
      ["OVERLAY('xxxxxtest' PLACING 'xxxx' FROM 6)", "'xxxxxxxxx'"],
      ["OVERLAY('xxxxxtest' PLACING 'xxxx' FROM 6 FOR 2)", "'xxxxxxxxxst'"],
      ["OVERLAY('abc' PLACING 'z' FROM 9)", "'abc'"],
    ],
    weight: 1,
    apply: overlay,
  },
  {
    name: 'SPLIT_INDEX',
    signatures: ['SPLIT_INDEX(text: string, separator: string, index: integer): string'],
    description:
      'One part of a text that is split at a separator, counted from 0. NULL where there is none.',
    examples: [
      ["SPLIT_INDEX('a,b,c', ',', 1)", "'b'"],
      ["SPLIT_INDEX('a,,c', ',', 1)", "''"],
      ["SPLIT_INDEX('a', ',', 3)", 'NULL'],
      ["SPLIT_INDEX('a', ',', -1)", 'NULL'],
    ],
    weight: 1,
    apply: (text: string, separator: string, index: number) => {
      if (index < 0 || text === '') return null
      return partAt(text, separator === '' ? ' ' : separator, index)
    },
  },
  {
    name: 'SPLIT',
    signatures: ['SPLIT(text: string, separator: string): list<string>'],
    description:
      'The parts of a text between separators; its characters where the separator is empty.',
    examples: [
      ["SPLIT('a,b,,c', ',')", "ARRAY['a', 'b', '', 'c']"],
      ["SPLIT('ab', '')", "ARRAY['a', 'b']"],
    ],
    weight: 2,
    apply: (text: string, separator: string) => split(text, separator),
  },
  {
    name: 'STARTSWITH',
    signatures: ['STARTSWITH(text: string, start: string): boolean'],
    description: 'Whether the text begins with another one.',
    examples: [
      ["STARTSWITH('Flink', 'Fl')", 'TRUE'],
      ["STARTSWITH('Flink', 'fl')", 'FALSE'],
    ],
    apply: (text: string, start: string) => text.startsWith(start),
  },
  {
    name: 'ENDSWITH',
    signatures: ['ENDSWITH(text: string, end: string): boolean'],
    description: 'Whether the text ends with another one.',
    examples: [
      ["ENDSWITH('Flink', 'nk')", 'TRUE'],
      ["ENDSWITH('Flink', '')", 'TRUE'],
    ],
    apply: (text: string, end: string) => text.endsWith(end),
  },
  {
    name: 'ELT',
    signatures: ['ELT(index: integer, ...texts: string): string'],
    description: 'One of the texts, counted from 1; NULL where there is none.',
    examples: [
      ["ELT(2, 'a', 'b')", "'b'"],
      ["ELT(3, 'a', 'b')", 'NULL'],
    ],
    apply: (index: number, ...texts: string[]) => texts[index - 1] ?? null,
  },
]

function limited(text: string): string {
  checkStringLength(text.length)
  return text
}

function capitalized(word: string): string {
  const [first = ''] = word
  return first.toUpperCase() + word.slice(first.length)
}

function joined(separator: string, texts: readonly string[]): string {
  let length = 0
  for (const text of texts) length += text.length + separator.length
  checkStringLength(length)
  return texts.join(separator)
}

function concatWithSeparator(args: readonly Typed[], context: CompileContext): Evaluate {
  const [separator, ...texts] = args.map((arg) => arg.compile(context))
  return (row, other) => {
    const between = separator?.(row, other) ?? null
    const parts: string[] = []
    for (const text of texts) {
      const part = text(row, other)
      if (part !== null) parts.push(part as string)
    }
    if (between === null) return null
    const result = joined(between as string, parts)
    context.meter.charge(result.length)
    return result
  }
}

function substring(text: string, start: number, length?: number): Value {
  if (length !== undefined && length < 0) return null
  const count = characterCount(text)
  const first = start > 0 ? start - 1 : start < 0 ? count + start : 0
  if (first < 0 || first >= count) return ''
  return sliceCharacters(
    text,
    first,
    length === undefined ? count : Math.min(first + length, count),
  )
}

function positionOf(text: string, needle: string, start: number): number {
  if (start < 1) return 0
  const from = unitIndex(text, start - 1)
  if (start > 1 && from >= text.length) return 0
  const unit = text.indexOf(needle, from)
  return unit < 0 ? 0 : characterIndex(text, unit) + 1
}

function trimmed(text: string, characters: string, leading: boolean, trailing: boolean): string {
  const set = new Set(characters)
  const list = Array.from(text)
  let start = 0
  let end = list.length
  if (leading) while (start < end && set.has(list[start] ?? '')) start++
  if (trailing) while (end > start && set.has(list[end - 1] ?? '')) end--
  return list.slice(start, end).join('')
}

function padText(text: string, length: number, pad: string, left: boolean): Value {
  if (length < 0 || pad === '') return null
  const count = characterCount(text)
  if (count >= length) return sliceCharacters(text, 0, length)
  checkStringLength(length + text.length - count)
  const missing = length - count
  const padCount = characterCount(pad)
  const filled = pad.repeat(Math.ceil(missing / padCount))
  checkStringLength(filled.length)
  const fill = sliceCharacters(filled, 0, missing)
  return left ? fill + text : text + fill
}

/** Looks no further than the part that is asked for. */
function partAt(text: string, separator: string, index: number): string | null {
  let start = 0
  for (let before = 0; before < index; before++) {
    const at = text.indexOf(separator, start)
    if (at < 0) return null
    start = at + separator.length
  }
  const end = text.indexOf(separator, start)
  return text.slice(start, end < 0 ? undefined : end)
}

function translate(text: string, from: string, to: string): string {
  const targets = Array.from(to)
  const map = new Map<string, string>()
  for (const [index, character] of Array.from(from).entries()) {
    if (!map.has(character)) map.set(character, targets[index] ?? '')
  }
  let result = ''
  for (const character of text) result += map.get(character) ?? character
  checkStringLength(result.length)
  return result
}

function overlay(text: string, placed: string, start: number, length?: number): string {
  const count = characterCount(text)
  if (start < 1 || start > count) return text
  const skipped = length ?? characterCount(placed)
  const rest = skipped < 0 ? start - 1 : Math.min(start - 1 + skipped, count)
  checkStringLength(text.length + placed.length)
  return sliceCharacters(text, 0, start - 1) + placed + sliceCharacters(text, rest, count)
}

function split(text: string, separator: string): readonly string[] {
  if (separator === '') {
    checkListLength(characterCount(text))
    return Array.from(text)
  }
  const parts = text.split(separator, 100_001)
  checkListLength(parts.length)
  return parts
}
