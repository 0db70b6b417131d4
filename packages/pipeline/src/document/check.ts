/**
 * Checks a pipeline against the operators there are, and works out what flows along every edge.
 *
 * One cause is one problem: what cannot be known because of a reported problem is left out, and
 * what follows from it further down is not reported. A node's own config is always checked. For a
 * figure that is wrong, an example is assumed, so that it hides nothing else (D-102).
 */

import { parseDuration } from '../config/duration.ts'
import { parseSize, sizeText } from '../config/size.ts'
import type { EffectiveGuarantee } from '../guarantee.ts'
import type { OperatorDescription, Registry } from '../operator.ts'
import { namesText, oneLine, type Problem, unseenIn } from '../problem.ts'
import type { StreamSchema } from '../schema.ts'
import { checkMeetings } from './check-meetings.ts'
import { type Channel, type NodeFlow, toFlow } from './flow.ts'
import type { Pipeline } from './format.ts'
import { findGuarantees } from './guarantees.ts'
import { orderNodes } from './order-nodes.ts'
import { type PlacedNode, placeNodes } from './placed-node.ts'
import { Report } from './report.ts'
import { type CheckedEdge, type ResolvedEdges, resolveEdges } from './resolve-edges.ts'

export interface CheckedPipeline<Operator extends OperatorDescription = OperatorDescription> {
  readonly problems: readonly Problem[]
  /** By id; those whose operator is not known, or whose config was refused, are missing. */
  readonly nodes: ReadonlyMap<string, CheckedNode<Operator>>
  /**
   * By node, what leaves by each output as far as it is known; also of nodes that are missing
   * above since a figure in their config was refused.
   */
  readonly outputSchemas: ReadonlyMap<string, CheckedNode['outputSchemas']>
  /**
   * By (node, port) of where they go, then of where they come from: the order in which they are
   * followed.
   */
  readonly edges: readonly CheckedEdge[]
  /** Node ids so that every edge goes forward, the lowest first where several could. */
  readonly order: readonly string[]
  readonly settings: CheckedSettings
}

export interface CheckedSettings {
  readonly checkpointIntervalMs?: number
  readonly stateBytesMax?: number
}

export interface CheckedNode<Operator extends OperatorDescription = OperatorDescription> {
  readonly id: string
  /** The node's title, or its id. */
  readonly title: string
  readonly operator: Operator
  /** As the operator's schema gives it; on a table, an `onError` left out is "fail". */
  readonly config: unknown
  /** The names of all outputs, `errors` among them. */
  readonly outputs: readonly string[]
  /**
   * What arrives at each input; of a `manyInput` port, on its first edge. Empty while any of it is
   * unknown.
   */
  readonly inputSchemas: { readonly [port: string]: StreamSchema }
  /** Each edge that arrives at each input, in the order in which edges are followed. */
  readonly channels: ReadonlyMap<string, readonly Channel[]>
  /** What leaves by each output, as far as it is known. */
  readonly outputSchemas: { readonly [port: string]: StreamSchema }
  /** Of sinks: how often a record takes effect when the job crashes. */
  readonly guarantee?: EffectiveGuarantee
}

export function checkPipeline<Operator extends OperatorDescription>(
  pipeline: Pipeline,
  registry: Registry<Operator>,
): CheckedPipeline<Operator> {
  const report = new Report(pipeline)
  const settings = checkSettings(pipeline, report)
  checkNames(pipeline, report)
  const placed = placeNodes(pipeline, registry, report)
  const resolved = resolveEdges(pipeline, placed, report)
  const { order, cycles } = orderNodes(placed.keys(), resolved.links)
  for (const cycle of cycles) reportCycle(cycle, report)
  checkInputs(placed, resolved, report)
  const flow = toFlow(order, placed, resolved, report)
  checkMeetings(order, flow, report)
  checkResources(placed, report)
  checkLayout(pipeline, report)
  return {
    problems: report.problems,
    nodes: toCheckedNodes(placed, flow, findGuarantees(order, resolved.edges, placed)),
    outputSchemas: new Map([...flow].map(([id, { outputSchemas }]) => [id, outputSchemas])),
    edges: resolved.edges,
    order,
    settings,
  }
}

function checkSettings({ settings, nodes }: Pipeline, report: Report): CheckedSettings {
  if (nodes.size === 0) {
    const message = 'The pipeline has no nodes. Add a source to begin with.'
    report.add({ code: 'empty-pipeline', severity: 'warning', path: ['nodes'], message })
  }
  const { checkpointInterval, stateLimit } = settings
  return {
    ...(checkpointInterval === undefined ? {} : checkInterval(checkpointInterval, report)),
    ...(stateLimit === undefined ? {} : checkStateLimit(stateLimit, report)),
  }
}

function checkInterval(text: string, report: Report): CheckedSettings {
  const read = parseDuration(text)
  if (typeof read === 'number' && read > 0) return { checkpointIntervalMs: read }
  const message =
    typeof read === 'number'
      ? `Checkpoint interval is ${text} and must be longer than 0s.`
      : `Checkpoint interval: ${read.message}`
  report.add({ code: 'bad-duration', path: ['settings', 'checkpointInterval'], message })
  return {}
}

function checkStateLimit(text: string, report: Report): CheckedSettings {
  const read = parseSize(text)
  if (typeof read === 'number' && read >= STATE_LIMIT_BYTES_MIN) return { stateBytesMax: read }
  const message =
    typeof read === 'number'
      ? `State limit is ${text} and must be at least ${sizeText(STATE_LIMIT_BYTES_MIN)}.`
      : `State limit: ${read.message}`
  report.add({ code: 'bad-size', path: ['settings', 'stateLimit'], message })
  return {}
}

/** Below, a node could hold hardly a record. */
const STATE_LIMIT_BYTES_MIN = 1024

const CYCLE_SHOWN_MAX = 12

function reportCycle(cycle: readonly string[], report: Report): void {
  const [first = ''] = cycle
  const names = cycle.slice(0, CYCLE_SHOWN_MAX).map((id) => report.nameOf(id))
  const shown = cycle.length > CYCLE_SHOWN_MAX ? [...names, '…'] : names
  const path = [...shown, report.nameOf(first)].join(' -> ')
  const message = `Records would run in a circle: ${path}. Remove one of these edges.`
  report.add({ code: 'cycle', nodeId: first, message })
}

/** Every input has its edge, and only a `manyInput` has several. */
function checkInputs(
  placed: ReadonlyMap<string, PlacedNode>,
  { arrivals, strays }: ResolvedEdges,
  report: Report,
): void {
  for (const [id, { operator }] of placed) {
    for (const port of operator?.inputs ?? []) {
      const arriving = arrivals.get(id)?.get(port) ?? []
      if (arriving.length === 0 && !strays.has(id)) {
        const message = `Input "${port}" is not connected. Draw an edge to it from an output.`
        report.add({ code: 'input-not-connected', nodeId: id, port, message })
      }
      if (arriving.length > 1 && operator?.manyInput !== port) {
        const from = namesText(arriving.map(({ text }) => text))
        const message =
          `Input "${port}" takes one edge and has ${arriving.length}, from ${from}. ` +
          'Put a union before it, or remove the others.'
        report.add({ code: 'input-taken', nodeId: id, port, message })
      }
    }
  }
}

/** Two nodes that write one file would destroy each other's work. */
function checkResources(placed: ReadonlyMap<string, PlacedNode>, report: Report): void {
  const claimedBy = new Map<string, string>()
  for (const [id, { operator, config }] of placed) {
    if (config === undefined) continue
    for (const resource of new Set(operator?.exclusiveResources?.(config.value))) {
      const other = claimedBy.get(resource)
      if (other === undefined) {
        claimedBy.set(resource, id)
        continue
      }
      const message =
        `${resource} belongs to node ${report.nameOf(other)} already, and only one node can have it. ` +
        'Change one of them.'
      report.add({ code: 'resource-claimed-twice', nodeId: id, message })
    }
  }
}

/** A name may be read as another one where characters in it turn the text around. */
function checkNames({ name, nodes }: Pipeline, report: Report): void {
  const advice = (unseen: readonly string[]): string =>
    `${unseen.join(', ')}, which is not seen and changes how it is read. Take it out.`
  const inName = unseenIn(name)
  if (inName.length > 0) {
    const message = `The name of the pipeline has ${advice(inName)}`
    report.add({ code: 'unseen-characters', severity: 'warning', path: ['name'], message })
  }
  for (const [nodeId, { title = '' }] of nodes) {
    const unseen = unseenIn(title)
    if (unseen.length === 0) continue
    const message = `The title has ${advice(unseen)}`
    const path = ['title']
    report.add({ code: 'unseen-characters', severity: 'warning', nodeId, path, message })
  }
}

function checkLayout({ layout, nodes }: Pipeline, report: Report): void {
  for (const id of layout.keys()) {
    if (nodes.has(id)) continue
    const advice = report.advice(id, [...nodes.keys()], 'Remove the entry.')
    const message = `The layout places "${id}", and no node has this id.${advice}`
    report.add({ code: 'layout-unknown-node', severity: 'warning', path: ['layout', id], message })
  }
}

function toCheckedNodes<Operator extends OperatorDescription>(
  placed: ReadonlyMap<string, PlacedNode<Operator>>,
  flow: ReadonlyMap<string, NodeFlow>,
  guarantees: ReadonlyMap<string, EffectiveGuarantee>,
): ReadonlyMap<string, CheckedNode<Operator>> {
  const checked = new Map<string, CheckedNode<Operator>>()
  for (const [id, { node, operator, config: placedConfig, outputs }] of placed) {
    if (operator === undefined || placedConfig === undefined || outputs === undefined) continue
    const {
      config = placedConfig,
      channels = new Map(),
      inputSchemas = {},
      outputSchemas = {},
    } = flow.get(id) ?? {}
    const title = oneLine(node.title ?? id)
    const { value } = config
    const guarantee = guarantees.get(id)
    checked.set(id, {
      id,
      title,
      operator,
      config: value,
      outputs,
      inputSchemas,
      channels,
      outputSchemas,
      ...(guarantee === undefined ? {} : { guarantee }),
    })
  }
  return checked
}
