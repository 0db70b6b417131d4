/**
 * The types that the pipeline declares for the columns of a refused record, and how what somebody
 * types is written so that it is read as one of them.
 */

import {
  createValueReader,
  sameType,
  type Type,
  UnreadableValue,
  type wire,
} from '@millrace/pipeline'
import { useMemo } from 'react'
import type { Analysis } from '../editor/analysis.ts'
import { useEditorState } from '../editor/session.tsx'
import { jsonFields, replaceField } from './json-fields.ts'

export type DeclaredTypes = ReadonlyMap<string, Type>

type Refused = Pick<wire.LetterSummary, 'nodeId' | 'line' | 'topic'>

/** Those that are known; of a node with several inputs those on which they agree. */
export function declaredTypes(letter: Refused, { nodes, checked, edges }: Analysis): DeclaredTypes {
  const types = new Map<string, Type>()
  const { nodeId, line, topic } = letter
  const node = nodes.get(nodeId)?.node
  const isRow = line === undefined && topic === undefined
  const schemas = isRow
    ? [...edges.values()].filter(({ to }) => to.node === nodeId).map(({ schema }) => schema)
    : Object.entries(checked.outputSchemas.get(nodeId) ?? {})
        .filter(([port]) => port !== 'errors')
        .map(([, schema]) => schema)
  const ownTime = isRow ? undefined : ownTimeColumn(node?.config.eventTime)
  const differing = new Set<string>()
  for (const { name, type } of schemas.flatMap((schema) => schema?.columns ?? [])) {
    const before = types.get(name)
    if (before !== undefined && !sameType(before, type)) differing.add(name)
    if (type.kind !== 'any' && type.kind !== 'unknown' && name !== ownTime) types.set(name, type)
  }
  for (const name of differing) types.delete(name)
  return types
}

export function useDeclaredTypes(letter: Refused): DeclaredTypes {
  const analysis = useEditorState((state) => state.analysis)
  return useMemo(() => declaredTypes(letter, analysis), [letter, analysis])
}

/** A time that is written in a unit or by a pattern of its own is not read as others are. */
function ownTimeColumn(eventTime: unknown): string | undefined {
  if (typeof eventTime !== 'object' || eventTime === null) return undefined
  if (!('column' in eventTime)) return undefined
  const { column, ...more } = eventTime
  return typeof column === 'string' && Object.keys(more).length > 0 ? column : undefined
}

export interface TypedLiteral {
  /** What stands in the record. */
  readonly literal: string
  /** Why it would be refused. */
  readonly said?: string
}

/** What does not read as the type is sent as the text that it is, which is refused and kept. */
export function toTypedLiteral(type: Type, shown: string): TypedLiteral {
  if (type.kind === 'string') return { literal: JSON.stringify(shown) }
  const bare = shown.trim()
  if (bare === '' || bare === 'null') return { literal: 'null' }
  const read = createValueReader(type)
  const asText = refusalOf(() => read(bare))
  const asJson = refusalOf(() => read(JSON.parse(bare)))
  if (asJson === undefined) return { literal: bare }
  const literal = JSON.stringify(asText === undefined ? bare : shown)
  if (asText === undefined) return { literal }
  const said = `${asJson === NO_JSON ? asText : asJson} Write it as ${exampleOf(type)}, for instance.`
  return { literal, said }
}

/** The value at fault is often what is meant, and only stands in quotes. */
export function readAsDeclared(
  text: string,
  column: string | undefined,
  types: DeclaredTypes,
): string {
  const type = column === undefined ? undefined : types.get(column)
  const field = jsonFields(text)?.find(({ name }) => name === column)
  if (type === undefined || field?.kind !== 'text' || field.shown.trim() === '') return text
  const { literal, said } = toTypedLiteral(type, field.shown)
  return said === undefined ? replaceField(text, field, literal) : text
}

const NO_JSON = ''

function refusalOf(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    if (error instanceof SyntaxError) return NO_JSON
    if (error instanceof UnreadableValue) return error.message
    throw error
  }
}

export function exampleOf(type: Type): string {
  switch (type.kind) {
    case 'boolean':
      return 'true'
    case 'integer':
      return '12'
    case 'double':
      return '12.5'
    case 'timestamp':
      return '2026-01-01T12:00:00Z'
    case 'interval':
      return '1m30s'
    case 'list':
      return `[${exampleJson(type.of)}]`
    case 'record': {
      const [first] = type.fields
      if (first === undefined) return '{}'
      return `{${JSON.stringify(first.name)}: ${exampleJson(first.type)}}`
    }
    default:
      return 'text'
  }
}

function exampleJson(type: Type): string {
  const example = exampleOf(type)
  return ['string', 'timestamp', 'interval'].includes(type.kind) ? JSON.stringify(example) : example
}
