/**
 * Writes a pipeline as its document, always in the same way, so that version control shows what
 * changed.
 *
 * Where order means nothing it is that of the text: nodes by id, edges by (to, from), the fields of
 * a config, settings, layout. Below the fields of a config the order is kept, since there it may be
 * the order of columns. Objects stand a key to a line; edges and lists of scalars that fit stand in
 * one line.
 */

import type { JsonObject, Value } from '../value.ts'
import type { Note, Pipeline, PipelineEdge, PipelineNode, PipelineSettings } from './format.ts'
import { FORMAT_VERSION } from './migrate.ts'

/** The document with a final newline. What is empty and may be left out is left out. */
export function writeDocument(pipeline: Pipeline): string {
  const { name, nodes, edges, settings, layout, notes } = pipeline
  return `${objectText(
    [
      ['format', JSON.stringify(`millrace/${FORMAT_VERSION}`)],
      ['name', JSON.stringify(name)],
      [
        'nodes',
        objectText(
          sorted(nodes, (node) => nodeText(node, INDENT.repeat(2))),
          INDENT,
        ),
      ],
      ['edges', linesText([...edges].sort(compareEdges).map(edgeText), INDENT)],
      ...unlessEmpty('settings', settingsText(settings)),
      ...unlessEmpty('layout', objectText(sorted(layout, inlineText), INDENT)),
      ...unlessEmpty(
        'notes',
        linesText(
          notes.map((note) => noteText(note, INDENT.repeat(2))),
          INDENT,
        ),
      ),
    ],
    '',
  )}\n`
}

/**
 * As `writeDocument`, or undefined where more than so many characters would come of it: a document
 * that nests deep is a hundred times longer with its indents than without.
 */
export function writeDocumentWithin(pipeline: Pipeline, lengthMax: number): string | undefined {
  let indents = 0
  for (const { config } of pipeline.nodes.values()) {
    indents += indentsLength(config, 3 * INDENT.length)
    if (indents > lengthMax) return undefined
  }
  const text = writeDocument(pipeline)
  return text.length > lengthMax ? undefined : text
}

const INDENT = '  '
const LINE_MAX = 100
/** A list of more never stands in one line. */
const INLINE_COUNT_MAX = LINE_MAX / 2

/** At the least: of what stands in lines of its own for certain. */
function indentsLength(value: Value, indent: number): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner = indent + INDENT.length
  const items = Object.values(value) as readonly Value[]
  if (isList(value) && items.length <= INLINE_COUNT_MAX && isFlat(value)) return 0
  return items.reduce<number>((sum, item) => sum + inner + indentsLength(item, inner), items.length)
}

type Member = readonly [name: string, text: string]

function nodeText({ operator, title, config }: PipelineNode, indent: string): string {
  return objectText(
    [
      ['operator', JSON.stringify(operator)],
      ...(title === undefined ? [] : ([['title', JSON.stringify(title)]] satisfies Member[])),
      ...unlessEmpty('config', configText(config, indent + INDENT)),
    ],
    indent,
  )
}

function settingsText(settings: PipelineSettings): string {
  return objectText(sorted(new Map(Object.entries(settings)), scalarText), INDENT)
}

function configText(config: JsonObject, indent: string): string {
  const fields = new Map(Object.entries(config))
  return objectText(
    sorted(fields, (value) => valueText(value, indent + INDENT)),
    indent,
  )
}

function edgeText({ from, to }: PipelineEdge): string {
  return `{ "from": ${JSON.stringify(from)}, "to": ${JSON.stringify(to)} }`
}

function noteText({ text, at, size }: Note, indent: string): string {
  const members: Member[] = [
    ['text', JSON.stringify(text)],
    ['at', inlineText(at)],
    ['size', inlineText(size)],
  ]
  return objectText(members, indent)
}

/** A value whose keys keep their order. */
function valueText(value: Value, indent: string): string {
  if (typeof value !== 'object' || value === null) return scalarText(value)
  if (isList(value)) {
    const inline = isFlat(value) ? inlineText(value) : undefined
    if (inline !== undefined && indent.length + inline.length <= LINE_MAX) return inline
    return linesText(
      value.map((item) => valueText(item, indent + INDENT)),
      indent,
    )
  }
  const members = Object.entries(value).map(([name, item]): Member => {
    return [name, valueText(item, indent + INDENT)]
  })
  return objectText(members, indent)
}

function inlineText(list: readonly Value[]): string {
  return `[${list.map((item) => (isList(item) ? inlineText(item) : scalarText(item))).join(', ')}]`
}

/** JSON has a minus zero and `JSON.stringify` does not write it. */
function scalarText(value: Value): string {
  return Object.is(value, -0) ? '-0' : JSON.stringify(value)
}

function objectText(members: readonly Member[], indent: string): string {
  if (members.length === 0) return '{}'
  const lines = members.map(([name, text]) => `${indent}${INDENT}${JSON.stringify(name)}: ${text}`)
  return `{\n${lines.join(',\n')}\n${indent}}`
}

function linesText(texts: readonly string[], indent: string): string {
  if (texts.length === 0) return '[]'
  return `[\n${texts.map((text) => `${indent}${INDENT}${text}`).join(',\n')}\n${indent}]`
}

function unlessEmpty(name: string, text: string): readonly Member[] {
  return text === '{}' || text === '[]' ? [] : [[name, text]]
}

function sorted<T>(map: ReadonlyMap<string, T>, text: (value: T) => string): readonly Member[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, text(value)])
}

function compareEdges(a: PipelineEdge, b: PipelineEdge): number {
  if (a.to !== b.to) return a.to < b.to ? -1 : 1
  return a.from === b.from ? 0 : a.from < b.from ? -1 : 1
}

function isFlat(list: readonly Value[]): boolean {
  return !list.some((item) => typeof item === 'object' && item !== null)
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}
