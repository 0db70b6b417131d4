/**
 * Says a problem as the form shows it: by the titles of its fields, and with what to do there.
 *
 * The check speaks of the document, since the command line and the API show the same problems; a
 * page where people fill in a form has other words for the same.
 */

import {
  alternativesOf,
  type FieldSchema,
  fieldsOf,
  innerField,
  type JsonObject,
  type OperatorDescription,
  type Problem,
  titleOf,
  type Value,
} from '@millrace/pipeline'
import { bareMessage } from './problem-words.ts'

/** The node that the problem is of, as far as it is known. */
export interface FormNode {
  readonly title: string
  readonly operator: OperatorDescription | undefined
  readonly node: { readonly config: JsonObject }
}

type Path = readonly (string | number)[]

/** For a list of problems, where nothing beside it says which field is meant. */
export function listedMessage(problem: Problem, view: FormNode | undefined): string {
  const place = placeOf(problem, view)
  if (place === undefined) return bareMessage(problem, view?.title)
  const { title, names, schema } = place
  if (isUnfilled(problem, view)) return `${names}: ${whatToDo(schema)}`
  const said = fieldMessage(problem, view)
  return said.toLowerCase().includes(title.toLowerCase()) ? said : `${names}: ${said}`
}

/** For the field itself, which stands above it. */
export function fieldMessage(problem: Problem, view: FormNode | undefined): string {
  const place = placeOf(problem, view)
  if (place === undefined) return bareMessage(problem, view?.title)
  const said = withoutDocument(bareMessage(problem, view?.title), view)
  return said.replace(DOCUMENT_NAME, `${place.names} `).replace(DOCUMENT_EXAMPLE, '')
}

/** Fields by their titles, and examples as they are filled in. */
function withoutDocument(said: string, view: FormNode | undefined): string {
  const titles = new Map(
    fieldsOfView(view).map(({ name, schema }) => [name, titleOf(name, schema)]),
  )
  return said
    .replace(FIELD_IN_TEXT, (text, name: string) => {
      const title = titles.get(name)
      return title === undefined ? text : `in ${title}`
    })
    .replace(PAIR_EXAMPLE, 'for instance $1 and $2.')
    .replace(ENTRY_EXAMPLE, (text, name: string, value: string) => {
      const plain = plainText(value)
      return plain === undefined ? text : `for instance ${plainText(name)} as ${plain}.`
    })
}

function plainText(json: string): string | undefined {
  try {
    return String(JSON.parse(json))
  } catch {
    return undefined
  }
}

/** Nothing has been given yet, so that there is nothing wrong with it either. */
export function isUnfilled(problem: Problem, view: FormNode | undefined): boolean {
  if (problem.code === 'missing-field') return true
  if (problem.code === 'unknown-field' || problem.path === undefined) return false
  const value = valueAt(view?.node.config, problem.path)
  return value === null || value === ''
}

/** `Field "columns.id.min" is …`. */
const DOCUMENT_NAME = /^Field ".*?" (?=is |has |must )/
/** What one would write into a document: a form has fields for its parts. */
const DOCUMENT_EXAMPLE = / Write, for instance, [[{].*$/s

/** `List the output in "columns", …`. */
const FIELD_IN_TEXT = /\bin "(\w+)"(?=[,.])/g
/** `for instance ["user", "id"].` */
const PAIR_EXAMPLE = /for instance \["(\w+)", "(\w+)"\]\.$/
/** `for instance "id": "left.id".` */
const ENTRY_EXAMPLE = /for instance ("(?:[^"\\]|\\.)*"): ("(?:[^"\\]|\\.)*")\.$/

interface Place {
  /** Of the field itself. */
  readonly title: string
  /** The way to it: `Columns, id, Minimum`. */
  readonly names: string
  readonly schema: FieldSchema
}

function placeOf({ path = [] }: Problem, view: FormNode | undefined): Place | undefined {
  const [first] = path
  const field = fieldsOfView(view).find(({ name }) => name === first)
  if (field === undefined) return undefined
  let { schema } = field
  const titles = [titleOf(field.name, schema)]
  let value = valueAt(view?.node.config, path.slice(0, 1))
  for (const part of path.slice(1)) {
    const inner = innerField(schema, part, value)
    if (inner === undefined) return undefined
    titles.push(inner.title)
    schema = inner.schema
    value = valueAt(value, [part])
  }
  return { title: titles.at(-1) ?? '', names: titles.join(', '), schema }
}

function fieldsOfView(view: FormNode | undefined) {
  return view?.operator === undefined ? [] : fieldsOf(view.operator)
}

function whatToDo(schema: FieldSchema): string {
  const { widget = '', type } = schema
  if (type === 'array' || typeof schema.additionalProperties === 'object') {
    return 'add at least one.'
  }
  if (schema.enum !== undefined) return 'choose one.'
  if (alternativesOf(schema).some(({ properties }) => properties !== undefined)) {
    return 'choose one.'
  }
  if (widget === 'column') return 'name a column.'
  const [example] = schema.examples ?? []
  const shown = typeof example === 'string' || typeof example === 'number'
  return shown ? `fill it in, for instance ${example}.` : 'fill it in.'
}

function valueAt(value: Value | undefined, path: Path): Value | undefined {
  let found = value
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined
    found = (found as { readonly [name: string | number]: Value })[part]
  }
  return found
}
