/** Says in our words what zod found in a config or a document. */

import type * as z from 'zod'
import { didYouMean, moreProblems, namesText, nearest, type Problem } from '../problem.ts'
import { type FieldLookup, toFieldLookup } from './field-lookup.ts'

/** Whose fields they are. */
export interface ConfigOwner {
  /** Where messages name it: `a node`, `"tumbling-window"`. */
  readonly name: string
  readonly schema: z.ZodType
}

type Path = readonly (string | number)[]
type Issue = z.core.$ZodIssue

/** Suggestions cost a comparison with every candidate, so only the first problems have them. */
const SUGGESTIONS_MAX = 50
/** Nobody reads more, and each has to be written. */
const PROBLEMS_MAX = 100

/**
 * One problem for each cause, with `path` counted from `input`; of very many the first, and one
 * that counts the others.
 */
export function createConfigProblems(
  error: z.ZodError,
  input: unknown,
  owner: ConfigOwner,
): readonly Problem[] {
  const writer = new ProblemWriter(input, owner)
  for (const issue of error.issues) writer.write(issue, [])
  return writer.written
}

class ProblemWriter {
  readonly #problems: Problem[] = []
  #moreCount = 0
  /** Paths of fields that an unknown field was probably meant to be. */
  readonly #meant = new Set<string>()
  readonly #input: unknown
  readonly #owner: ConfigOwner
  readonly #lookup: FieldLookup

  constructor(input: unknown, owner: ConfigOwner) {
    this.#input = input
    this.#owner = owner
    this.#lookup = toFieldLookup(owner.schema)
  }

  get written(): readonly Problem[] {
    const written = this.#problems.filter((problem) => !this.#isMisspelt(problem))
    return this.#moreCount === 0 ? written : [...written, moreProblems(this.#moreCount)]
  }

  write(issue: Issue, before: Path): void {
    if (this.#problems.length >= PROBLEMS_MAX) {
      this.#moreCount += issue.code === 'unrecognized_keys' ? issue.keys.length : 1
      return
    }
    const path = [...before, ...issue.path.map((part) => (typeof part === 'symbol' ? '' : part))]
    switch (issue.code) {
      case 'unrecognized_keys':
        for (const key of issue.keys) this.#unknownField(path, key)
        return
      case 'invalid_type':
        this.#wrongType(path, [expectedText(issue.expected)])
        return
      case 'invalid_value':
        this.#wrongChoice(path, issue.values)
        return
      case 'invalid_union':
        this.#union(issue, path)
        return
      case 'invalid_key':
        for (const inner of issue.issues) this.write({ ...inner, path: [] } as Issue, path)
        return
      case 'custom':
        this.#add(customCode(issue), path, issue.message)
        return
      default:
        this.#add(limitCode(issue), path, this.#limitMessage(issue, path))
    }
  }

  /** A field that is missing because its name is misspelt is one problem, not two. */
  #isMisspelt({ code, path = [] }: Problem): boolean {
    return code === 'missing-field' && this.#meant.has(JSON.stringify(path))
  }

  #add(code: string, path: Path, message: string): void {
    this.#problems.push({ code, severity: 'error', ...(path.length > 0 ? { path } : {}), message })
  }

  #unknownField(path: Path, key: string): void {
    if (this.#problems.length >= PROBLEMS_MAX) {
      this.#moreCount++
      return
    }
    const known = this.#lookup.fieldNames(path, valueAt(this.#input, path))
    const meant = this.#problems.length < SUGGESTIONS_MAX ? nearest(key, known) : undefined
    if (meant !== undefined) this.#meant.add(JSON.stringify([...path, meant]))
    const where = path.length === 0 ? this.#owner.name : `"${fieldText(path)}"`
    const advice =
      meant === undefined ? `${fieldsText(known)} Remove it.` : `Did you mean "${meant}"?`
    const message = `Field "${fieldText([...path, key])}" is not known to ${where}. ${advice}`
    this.#add('unknown-field', [...path, key], message)
  }

  #wrongType(path: Path, expected: readonly string[]): void {
    const value = valueAt(this.#input, path)
    const example = this.#lookup.example(path)
    if (value === undefined) {
      const added = example === undefined ? '' : `, for instance "${path.at(-1)}": ${example}`
      this.#add('missing-field', path, `${this.#field(path)} is required. Add it${added}.`)
      return
    }
    const instead = example === undefined ? '' : ` Write, for instance, ${example}.`
    const needed = expected.join(' or ')
    const message = `${this.#field(path)} is ${valueText(value)} and must be ${needed}.${instead}`
    this.#add('wrong-type', path, message)
  }

  #wrongChoice(path: Path, choices: readonly unknown[]): void {
    const value = valueAt(this.#input, path)
    const texts = choices.map((choice) => JSON.stringify(choice))
    if (value === undefined) {
      this.#add('missing-field', path, `${this.#field(path)} is required. ${oneOf(texts)}`)
      return
    }
    const names = choices.filter((choice) => typeof choice === 'string')
    const suggestion = typeof value === 'string' ? didYouMean(value, names) : ''
    const fact = `${this.#field(path)} is ${valueText(value)}, which is not one of its choices.`
    this.#add('wrong-choice', path, `${fact} ${oneOf(texts)}${suggestion}`)
  }

  /** Only the alternative that the value was meant for is spoken of. */
  #union(issue: z.core.$ZodIssueInvalidUnion, path: Path): void {
    if ('options' in issue && Array.isArray(issue.options) && issue.errors.length === 0) {
      this.#wrongChoice(path, issue.options)
      return
    }
    const meant = issue.errors.filter((issues) => !issues.some(isOfOtherType))
    const [branch] = meant
    if (branch !== undefined && meant.length === 1) {
      for (const inner of branch) this.write(inner, path)
      return
    }
    const choices = issue.errors.flat().flatMap((inner) => {
      return inner.code === 'invalid_value' && inner.path.length === 0 ? inner.values : []
    })
    if (choices.length > 0 && typeof valueAt(this.#input, path) === 'string') {
      this.#wrongChoice(path, choices)
      return
    }
    const expected = issue.errors.flat().flatMap((inner) => {
      return inner.code === 'invalid_type' && inner.path.length === 0 ? [inner.expected] : []
    })
    if (expected.length === 0) {
      // All are of the type of the value: the one that it is nearest to says what is wrong with it.
      const [nearby = []] = [...issue.errors].sort((a, b) => a.length - b.length)
      for (const inner of nearby) this.write(inner, path)
      return
    }
    this.#wrongType(path, [...new Set(expected.map(expectedText))])
  }

  #limitMessage(issue: Issue, path: Path): string {
    if (!isZodWording(issue.message)) return issue.message
    const value = valueAt(this.#input, path)
    const example = this.#lookup.example(path)
    const instead = example === undefined ? '' : ` Write, for instance, ${example}.`
    return `${this.#field(path)} is ${valueText(value)} and must ${limitText(issue)}.${instead}`
  }

  #field(path: Path): string {
    return path.length === 0 ? `The config of ${this.#owner.name}` : `Field "${fieldText(path)}"`
  }
}

/** `watermark.interval`, `on[0][1]`. */
function fieldText(path: Path): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? cut(part) : `.${cut(part)}`,
    )
    .join('')
}

function cut(text: string): string {
  return text.length > TEXT_SHOWN_MAX ? `${text.slice(0, TEXT_SHOWN_MAX)}…` : text
}

const FIELDS_SHOWN_MAX = 20

function fieldsText(names: readonly string[]): string {
  if (names.length === 0) return 'It has no fields.'
  const more = names.length > FIELDS_SHOWN_MAX ? ' and others' : ''
  const shown = namesText(names.slice(0, FIELDS_SHOWN_MAX))
  return `Its ${names.length === 1 ? 'only field is' : 'fields are'} ${shown}${more}.`
}

function oneOf(texts: readonly string[]): string {
  return texts.length === 1 ? `Write ${texts[0]}.` : `Choose one of ${texts.join(', ')}.`
}

/** Where in the config no value stands, undefined. */
function valueAt(input: unknown, path: Path): unknown {
  let value = input
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as { readonly [name: string | number]: unknown })[part]
  }
  return value
}

const TEXT_SHOWN_MAX = 60

function valueText(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') {
    return `the text ${JSON.stringify(cut(value))}`
  }
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return `${value}`
}

const EXPECTED: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['tuple', 'a list'],
  ['object', 'an object'],
  ['record', 'an object'],
])

function expectedText(expected: string): string {
  return EXPECTED.get(expected) ?? expected
}

function isOfOtherType(issue: Issue): boolean {
  if (issue.path.length > 0) return false
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

function customCode(issue: z.core.$ZodIssueCustom): string {
  const { code = 'refused-config' } = issue.params ?? {}
  return `${code}`
}

function limitCode(issue: Issue): string {
  if (issue.code === 'invalid_format') return 'wrong-form'
  if (issue.code === 'not_multiple_of') return 'not-a-multiple'
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return 'refused-config'
  if (issue.origin === 'array' || issue.origin === 'object') return 'wrong-count'
  if (issue.origin !== 'string') return 'out-of-range'
  if (issue.code === 'too_big') return 'too-long'
  return issue.minimum === 1 ? 'empty-field' : 'too-short'
}

function limitText(issue: Issue): string {
  const counted = issue.code === 'too_small' || issue.code === 'too_big' ? issue.origin : ''
  const unit = counted === 'string' ? ' characters' : counted === 'array' ? ' entries' : ''
  const verb = unit === '' ? 'be' : 'have'
  if (issue.code === 'too_small') {
    return `${verb} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit}`
  }
  if (issue.code === 'too_big') {
    return `${verb} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit}`
  }
  if (issue.code === 'not_multiple_of') return `be a multiple of ${issue.divisor}`
  if (issue.code === 'invalid_format') return `have the form ${issue.pattern ?? issue.format}`
  return 'be something else'
}

/** Whether the message is zod's own and not one that a schema was given. */
function isZodWording(message: string): boolean {
  return /^(Invalid|Too (small|big):|Unrecognized)/.test(message)
}
