/** Works out, from the sources down, which schema each edge has. */

import type { OperatorDescription, PlanContext } from '../operator.ts'
import { ERRORS_SCHEMA, type StreamSchema, withOldRows } from '../schema.ts'
import type { PlacedNode } from './placed-node.ts'
import type { Report } from './report.ts'
import type { PortPlace, ResolvedEdges } from './resolve-edges.ts'

/** An edge as its receiver sees it. */
export interface Channel {
  readonly from: PortPlace
  readonly schema: StreamSchema
}

export interface NodeFlow {
  /** What the node goes by; absent if it was refused. */
  readonly config?: { readonly value: unknown }
  /** Edges by input port, whose schema is known. */
  readonly channels: ReadonlyMap<string, readonly Channel[]>
  /** Empty unless everything that arrives is known. */
  readonly inputSchemas: { readonly [port: string]: StreamSchema }
  /** Outputs of which nothing is known are missing. */
  readonly outputSchemas: { readonly [port: string]: StreamSchema }
}

type Schemas = { readonly [port: string]: StreamSchema }

/** For each node of `order`. */
export function toFlow(
  order: readonly string[],
  placed: ReadonlyMap<string, PlacedNode>,
  { arrivals }: ResolvedEdges,
  report: Report,
): ReadonlyMap<string, NodeFlow> {
  const flows = new Map<string, NodeFlow>()
  for (const id of order) {
    const node = placed.get(id)
    if (node === undefined) continue
    const channels = new Map<string, readonly Channel[]>()
    let complete = true
    for (const port of node.operator?.inputs ?? []) {
      const arriving = arrivals.get(id)?.get(port) ?? []
      const upserts = node.operator?.upsertInputs?.includes(port) ?? false
      const known = arriving.flatMap(({ from }) => toChannel(from, flows, upserts))
      channels.set(port, known)
      const one = arriving.length === 1 || node.operator?.manyInput === port
      complete &&= known.length > 0 && known.length === arriving.length && one
    }
    const inputSchemas = complete ? firstSchemas(channels) : {}
    const read = node.config ?? node.assumed
    const config = read && { value: settleOnError(node, read.value, inputSchemas, report) }
    const data =
      complete && config ? dataSchemas(node, config.value, inputSchemas, channels, report) : {}
    const errors = node.operator?.outputs.includes('errors') ? { errors: ERRORS_SCHEMA } : {}
    const outputSchemas = { ...data, ...errors }
    flows.set(id, {
      ...(node.config && config && { config }),
      channels,
      inputSchemas,
      outputSchemas,
    })
  }
  return flows
}

function toChannel(
  from: PortPlace | undefined,
  flows: ReadonlyMap<string, NodeFlow>,
  upserts: boolean,
): readonly Channel[] {
  const schema = from && ownSchema(flows.get(from.node)?.outputSchemas, from.port)
  if (from === undefined || schema === undefined) return []
  return [{ from, schema: upserts ? schema : withOldRows(schema) }]
}

function dataSchemas(
  { id, operator, assumed, outputs = [] }: PlacedNode,
  config: unknown,
  inputSchemas: Schemas,
  channels: ReadonlyMap<string, readonly Channel[]>,
  report: Report,
): Schemas {
  if (operator === undefined) return {}
  let refused = false
  const plan: PlanContext = {
    nodeId: id,
    report(problem) {
      if (assumed?.fields.has(`${problem.path?.[0]}`)) return
      refused ||= problem.severity !== 'warning'
      report.add({ ...problem, nodeId: id })
    },
    channels: (port) => (channels.get(port) ?? []).map(({ schema }) => schema),
  }
  const made = operator.outputSchemas(config, inputSchemas, plan)
  return knownSchemas(operator, outputs, made, refused ? inputSchemas : undefined)
}

/**
 * After a problem an output is known only if it is an input passed on as it was: the columns of
 * any other may lack what the problem was about, and to miss them further down would be to report
 * it twice.
 */
function knownSchemas(
  operator: OperatorDescription,
  outputs: readonly string[],
  made: Schemas,
  passedOn: Schemas | undefined,
): Schemas {
  const known: [string, StreamSchema][] = []
  for (const port of outputs) {
    if (port === 'errors') continue
    const schema = ownSchema(made, port)
    if (passedOn === undefined && schema === undefined) {
      throw new Error(`Operator "${operator.id}" gave no schema for its output "${port}".`)
    }
    if (schema === undefined) continue
    if (passedOn === undefined || Object.values(passedOn).includes(schema)) {
      known.push([port, schema])
    }
  }
  return Object.fromEntries(known)
}

/**
 * A table's row stands for others too, so it cannot be set aside alone: there `fail` takes the
 * place of a default that is "dead-letter", which is refused only where the document says so.
 */
function settleOnError(
  { id, node }: PlacedNode,
  value: unknown,
  inputs: Schemas,
  report: Report,
): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'onError')) return value
  const { onError } = value as { readonly onError: unknown }
  const table = Object.entries(inputs).find(([, { changes }]) => changes !== 'append')
  if (onError !== 'dead-letter' || table === undefined) return value
  if (!Object.hasOwn(node.config, 'onError')) return { ...value, onError: 'fail' }
  const message =
    `On error is "dead-letter", and input "${table[0]}" is a table, from which no single row ` +
    'can be taken away. Set "onError" to "fail".'
  report.add({ code: 'dead-letter-on-table', nodeId: id, path: ['onError'], message })
  return value
}

function firstSchemas(channels: ReadonlyMap<string, readonly Channel[]>): Schemas {
  const schemas: [string, StreamSchema][] = []
  for (const [port, [first]] of channels) {
    if (first !== undefined) schemas.push([port, first.schema])
  }
  return Object.fromEntries(schemas)
}

function ownSchema(schemas: Schemas | undefined, port: string): StreamSchema | undefined {
  return schemas !== undefined && Object.hasOwn(schemas, port) ? schemas[port] : undefined
}
