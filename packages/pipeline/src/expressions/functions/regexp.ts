/** Regular expressions: RE2's dialect, in linear time. A constant pattern is compiled once. */

import type { Value } from '../../value.ts'
import { characterIndex } from '../characters.ts'
import type { CheckContext } from '../check-context.ts'
import { EvaluationError } from '../errors.ts'
import { checkListLength, checkStringLength } from '../limits.ts'
import { nativePattern } from '../native-pattern.ts'
import { compilePattern, type Pattern, PatternAwaited, PatternCache } from '../regexp.ts'
import type { CompileContext, Evaluate, Typed } from '../typed.ts'
import type { FunctionDefinition } from './definition.ts'

/** The linear engine costs about this many times what reading the text does. */
const WEIGHT = 16

export const REGEXP_FUNCTIONS: readonly FunctionDefinition[] = [
  {
    name: 'REGEXP',
    signatures: ['REGEXP(text: string, pattern: string): boolean'],
    description: 'Whether the pattern matches a part of the text.',
    examples: [
      ["REGEXP('foobar', 'o+b')", 'TRUE'],
      ["REGEXP('foobar', '^bar')", 'FALSE'],
    ],
    check: patternFits,
    compile: (args, context) => withPattern(args, context, (text, pattern) => pattern.test(text)),
    weight: WEIGHT,
  },
  {
    name: 'REGEXP_LIKE',
    signatures: ['REGEXP_LIKE(text: string, pattern: string): boolean'],
    description: 'The same as REGEXP.',
    examples: [["REGEXP_LIKE('2026-03', '^[0-9]{4}-[0-9]{2}$')", 'TRUE']],
    check: patternFits,
    compile: (args, context) => withPattern(args, context, (text, pattern) => pattern.test(text)),
    weight: WEIGHT,
  },
  {
    name: 'REGEXP_EXTRACT',
    signatures: ['REGEXP_EXTRACT(text: string, pattern: string, group?: integer): string'],
    description:
      'The first match, or a group of it; NULL where there is none. Group 0, the default, is the whole match.',
    examples: [
      ["REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)", "'bar'"],
      ["REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)')", "'foothebar'"],
      ["REGEXP_EXTRACT('abc', 'x')", 'NULL'],
      ["REGEXP_EXTRACT('abc', '(a)', 5)", 'NULL'],
    ],
    check: patternFits,
    compile: (args, context) =>
      withPattern(args, context, (text, pattern, [group = 0], native) => {
        const index = group as number
        if (index < 0 || index > pattern.groupCount()) return null
        if (native !== undefined) return native.exec(text)?.[index] ?? null
        const matcher = pattern.matcher(text)
        return matcher.find() ? matcher.group(index) : null
      }),
    weight: WEIGHT,
  },
  {
    name: 'REGEXP_EXTRACT_ALL',
    signatures: [
      'REGEXP_EXTRACT_ALL(text: string, pattern: string, group?: integer): list<string>',
    ],
    description:
      'All matches, or a group of each. Group 1 is the default where there is one, otherwise the whole match.',
    examples: [
      ["REGEXP_EXTRACT_ALL('a1b22', '[0-9]+', 0)", "ARRAY['1', '22']"],
      ["REGEXP_EXTRACT_ALL('a1b2', '([a-z])([0-9])', 2)", "ARRAY['1', '2']"],
    ],
    check: patternFits,
    compile: (args, context) =>
      withPattern(args, context, (text, pattern, [group]) => {
        const index = (group as number | undefined) ?? Math.min(pattern.groupCount(), 1)
        if (index < 0 || index > pattern.groupCount()) return null
        const found: Value[] = []
        for (const matcher = pattern.matcher(text); matcher.find(); ) {
          found.push(matcher.group(index))
          checkListLength(found.length)
        }
        return found
      }),
    weight: WEIGHT,
  },
  {
    name: 'REGEXP_REPLACE',
    signatures: ['REGEXP_REPLACE(text: string, pattern: string, replacement: string): string'],
    description:
      'The text with every match replaced. The replacement is taken as it is, as in Flink: `$1` means nothing in it.',
    examples: [
      ["REGEXP_REPLACE('foobar', 'oo|ar', '')", "'fb'"],
      ["REGEXP_REPLACE('a1b2', '[0-9]', '$')", "'a$b$'"],
    ],
    check: patternFits,
    compile: (args, context) =>
      withPattern(args, context, (text, pattern, [replacement]) =>
        replaced(text, pattern, replacement as string),
      ),
    weight: WEIGHT,
  },
  {
    name: 'REGEXP_COUNT',
    signatures: ['REGEXP_COUNT(text: string, pattern: string): integer'],
    description: 'How many matches there are.',
    examples: [["REGEXP_COUNT('hello world', 'o')", '2']],
    check: patternFits,
    compile: (args, context) =>
      withPattern(args, context, (text, pattern) => {
        let count = 0
        for (const matcher = pattern.matcher(text); matcher.find(); ) count++
        return count
      }),
    weight: WEIGHT,
  },
  {
    name: 'REGEXP_INSTR',
    signatures: ['REGEXP_INSTR(text: string, pattern: string): integer'],
    description: 'Where the first match begins; 0 where there is none.',
    examples: [
      ["REGEXP_INSTR('hello', 'l+')", '3'],
      ["REGEXP_INSTR('hello', 'x')", '0'],
    ],
    check: patternFits,
    compile: (args, context) =>
      withPattern(args, context, (text, pattern) => {
        const matcher = pattern.matcher(text)
        return matcher.find() ? characterIndex(text, matcher.start()) + 1 : 0
      }),
    weight: WEIGHT,
  },
  {
    name: 'REGEXP_SUBSTR',
    signatures: ['REGEXP_SUBSTR(text: string, pattern: string): string'],
    description: 'The first match; NULL where there is none.',
    examples: [
      ["REGEXP_SUBSTR('hello', 'l+')", "'ll'"],
      ["REGEXP_SUBSTR('hello', 'x')", 'NULL'],
    ],
    check: patternFits,
    compile: (args, context) =>
      withPattern(args, context, (text, pattern) => {
        const matcher = pattern.matcher(text)
        return matcher.find() ? matcher.group() : null
      }),
    weight: WEIGHT,
  },
]

function replaced(text: string, pattern: Pattern, replacement: string): string {
  let result = ''
  let position = 0
  for (const matcher = pattern.matcher(text); matcher.find(); ) {
    checkStringLength(result.length + matcher.start() - position + replacement.length)
    result += text.slice(position, matcher.start()) + replacement
    position = matcher.end()
  }
  checkStringLength(result.length + text.length - position)
  return result + text.slice(position)
}

function patternFits(args: readonly Typed[], context: CheckContext): boolean {
  const [, pattern] = args
  const text = pattern?.constant?.value
  if (pattern === undefined || typeof text !== 'string') return true
  try {
    compilePattern(text)
    return true
  } catch (error) {
    if (error instanceof PatternAwaited) return true
    if (!(error instanceof EvaluationError)) throw error
    context.refuse('pattern', pattern.span, error.message)
    return false
  }
}

/** The linear engine's pattern, and JavaScript's own where that is as safe. */
interface Prepared {
  readonly linear: Pattern
  readonly native: RegExp | undefined
}

function prepare(text: string): Prepared {
  return { linear: compilePattern(text), native: nativePattern(text) }
}

type ApplyPattern = (
  text: string,
  pattern: Pattern,
  others: readonly Value[],
  native: RegExp | undefined,
) => Value

function withPattern(
  args: readonly Typed[],
  context: CompileContext,
  apply: ApplyPattern,
): Evaluate {
  const [readText, readPattern, ...readOthers] = args.map((arg) => arg.compile(context))
  const constants = args.slice(1).map(({ constant }) => constant?.value)
  if (readText !== undefined && !constants.includes(undefined)) {
    return withConstantPattern(readText, constants as readonly Value[], context, apply)
  }
  const cache = new PatternCache<Prepared>()
  return (row, other) => {
    const text = readText?.(row, other) ?? null
    const pattern = readPattern?.(row, other) ?? null
    if (text === null || pattern === null) return null
    const others = readOthers.map((read) => read(row, other))
    if (others.includes(null)) return null
    context.meter.charge((text as string).length * WEIGHT)
    const { linear, native } = cache.get(pattern as string, () => prepare(pattern as string))
    return apply(text as string, linear, others, native)
  }
}

/** `constants` are the pattern and what stands behind it. */
function withConstantPattern(
  readText: Evaluate,
  constants: readonly Value[],
  { meter }: CompileContext,
  apply: ApplyPattern,
): Evaluate {
  const [pattern, ...others] = constants
  if (constants.includes(null)) return () => null
  let prepared: Prepared | undefined
  return (row, other) => {
    const text = readText(row, other)
    if (text === null) return null
    meter.charge((text as string).length * WEIGHT)
    prepared ??= prepare(pattern as string)
    return apply(text as string, prepared.linear, others, prepared.native)
  }
}
