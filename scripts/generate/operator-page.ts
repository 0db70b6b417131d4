/** Renders an operator as a page of the docs, and all of them as the index. */

import type {
  Example,
  ExampleInput,
  ExampleRecord,
  ExampleStream,
  OperatorDescription,
} from '../../packages/pipeline/src/index.ts'
import { deliveryText, type Guarantee } from '../../packages/pipeline/src/index.ts'
import { configTable, type JsonSchema, table } from './config-table.ts'

const WRITTEN = '<!-- Written by `pnpm generate` from the definition of the operator. -->\n'

/** The order of the palette. */
const CATEGORIES = ['source', 'transform', 'window', 'join', 'table', 'pattern', 'sink'] as const

export function operatorPage(operator: OperatorDescription): string {
  const parts = [
    WRITTEN,
    `# ${operator.title}\n`,
    `${operator.summary}\n`,
    `\`${operator.id}\` · ${operator.category} · ${portsText(operator)}\n`,
  ]
  if (operator.details !== undefined) parts.push(`${operator.details.trim()}\n`)
  if (operator.guarantee !== undefined) parts.push(guaranteeText(operator.guarantee))
  const schema = operator.config.toJSONSchema({ io: 'input', unrepresentable: 'any' })
  parts.push('## Config\n', configTable(schema as JsonSchema))
  if (operator.examples.length > 0) {
    const several = operator.examples.length > 1
    parts.push(`## ${several ? 'Examples' : 'Example'}\n`)
    parts.push('Each runs as a test.\n')
    parts.push(...operator.examples.map((example) => exampleText(operator.id, example)))
  }
  return parts.join('\n')
}

function guaranteeText({ withCheckpoints, without, note }: Guarantee): string {
  const [kept, anew] = [withCheckpoints, without].map(deliveryText)
  const promise =
    kept === anew
      ? `**${capital(kept ?? '')}**, with and without checkpoints.`
      : `**${capital(kept ?? '')}** with checkpoints, **${anew}** without.`
  return `## Guarantee\n\n${promise} ${note}\n`
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

export function operatorIndex(operators: readonly OperatorDescription[]): string {
  const sections = CATEGORIES.flatMap((category) => {
    const found = operators.filter((operator) => operator.category === category)
    if (found.length === 0) return []
    const rows = found.map((operator) => [
      `[\`${operator.id}\`](${operator.id}.md)`,
      operator.summary,
      portsText(operator),
    ])
    return [`## ${headline(category)}\n`, table(['Operator', 'What it does', 'Ports'], rows)]
  })
  return [WRITTEN, '# Operators\n', ...sections].join('\n')
}

/** `in -> out, late, errors`; a source has nothing before the arrow. */
function portsText({ inputs, manyInput, outputs, outputPorts }: OperatorDescription): string {
  const into = inputs.map((name) => (name === manyInput ? `${name} (many)` : name)).join(', ')
  const onesOfConfig = outputPorts === undefined ? [] : ['ports named in the config']
  const out = [...onesOfConfig, ...outputs].join(', ')
  return [into, out === '' ? '' : out].join(' → ').trim()
}

function headline(category: (typeof CATEGORIES)[number]): string {
  const plural = category.endsWith('h') ? 'es' : 's'
  return `${category.charAt(0).toUpperCase()}${category.slice(1)}${plural}`
}

function exampleText(id: string, example: Example): string {
  const parts = [
    `### ${example.title}\n`,
    fence('json', json({ operator: id, config: example.config })),
  ]
  for (const [name, text] of Object.entries(example.files ?? {})) parts.push(fileText(name, text))
  for (const [name, records] of Object.entries(example.topics ?? {})) {
    parts.push(topicText(name, records))
  }
  for (const [port, input] of Object.entries(example.inputs ?? {})) {
    for (const stream of 'elements' in input ? [input as ExampleStream] : input) {
      parts.push(`Into \`${port}\` (${columnsText(stream)}):\n`, elementsText(stream.elements))
    }
  }
  for (const [port, elements] of Object.entries(example.outputs ?? {})) {
    parts.push(`Out of \`${port}\`${elements.length === 0 ? ': nothing.\n' : ':\n'}`)
    if (elements.length > 0) parts.push(elementsText(elements))
  }
  for (const [name, text] of Object.entries(example.outputFiles ?? {})) {
    parts.push(fileText(name, text))
  }
  for (const [name, records] of Object.entries(example.outputTopics ?? {})) {
    parts.push(topicText(name, records))
  }
  for (const { to, body } of example.outputRequests ?? []) {
    parts.push(`Request \`${to}\`:\n`, fence('json', body))
  }
  return parts.join('\n')
}

function columnsText({ schema, eventTime, table }: ExampleStream): string {
  const columns = Object.entries(schema).map(([name, type]) => `${name}: ${type}`)
  const time = eventTime !== false ? '; with event time' : ''
  return `${columns.join(', ')}${time}${table === undefined ? '' : `; table keyed by ${table.key.join(', ')}`}`
}

function elementsText(elements: readonly ExampleInput[]): string {
  return fence('text', elements.map(elementText).join('\n'))
}

function elementText(element: ExampleInput): string {
  if ('watermark' in element) return `watermark ${instantText(element.watermark)}`
  if ('clock' in element) return `clock ${instantText(element.clock)}`
  const { at, change } = element
  const time = at === undefined ? [] : [instantText(at)]
  return [...time, ...(change === undefined ? [] : [change]), JSON.stringify(element.row)].join(
    '  ',
  )
}

/** Infinity, which ends a stream, has no ISO form. */
function instantText(at: string | number): string {
  if (typeof at === 'string') return at
  return Number.isFinite(at) ? new Date(at).toISOString() : 'end of input'
}

function fileText(name: string, text: string): string {
  return `File \`${name}\`:\n\n${fence('text', text.trimEnd())}`
}

function topicText(name: string, records: readonly ExampleRecord[]): string {
  const lines = records.map(({ at, key, value }) => `${at}  ${key ?? 'no key'}  ${value ?? 'gone'}`)
  return `Topic \`${name}\`, with the time, key and value of each record:\n\n${fence('text', lines.join('\n'))}`
}

/** As documents are written, with what fits on a line on one line. */
function json(value: unknown): string {
  return layOut(value, '')
}

function layOut(value: unknown, indent: string): string {
  const flat = flatText(value)
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= 80) return flat
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => `${inner}${layOut(item, inner)}`).join(',\n')}\n${indent}]`
  }
  const lines = Object.entries(value).map(
    ([name, field]) => `${inner}${JSON.stringify(name)}: ${layOut(field, inner)}`,
  )
  return `{\n${lines.join(',\n')}\n${indent}}`
}

function flatText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(flatText).join(', ')}]`
  const fields = Object.entries(value).map(
    ([name, field]) => `${JSON.stringify(name)}: ${flatText(field)}`,
  )
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

/** Longer than any run of backquotes inside, so that none ends it early. */
function fence(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const mark = '`'.repeat(longest + 1)
  return `${mark}${language}\n${text}\n${mark}\n`
}
