/** The pipeline document, `millrace/1`: what it holds in memory and the shape of its JSON. */

import * as z from 'zod'
import { entries } from '../config/fields.ts'
import type { JsonObject } from '../value.ts'

/**
 * What is drawn and saved. `parseDocument` reads it, `writeDocument` writes it, and nothing changes
 * it in place.
 */
export interface Pipeline {
  readonly name: string
  /** By id. The order means nothing. */
  readonly nodes: ReadonlyMap<string, PipelineNode>
  /** The order means nothing. */
  readonly edges: readonly PipelineEdge[]
  readonly settings: PipelineSettings
  /** Where nodes stand on the canvas, by node id. */
  readonly layout: ReadonlyMap<string, Point>
  /** From back to front. */
  readonly notes: readonly Note[]
}

/** An operator's placement. */
export interface PipelineNode {
  readonly operator: string
  readonly title?: string
  /** As the document writes it; `checkPipeline` reads it by the operator's schema. */
  readonly config: JsonObject
}

/** Each end is `node` or `node.port`. */
export interface PipelineEdge {
  readonly from: string
  readonly to: string
}

export interface PipelineSettings {
  /** A duration. */
  readonly checkpointInterval?: string
  /** A size. */
  readonly stateLimit?: string
}

/** [x, y], or [width, height], in pixels of the unzoomed canvas. */
export type Point = readonly [number, number]

export interface Note {
  readonly text: string
  readonly at: Point
  readonly size: Point
}

export const NODES_MAX = 2_000
export const EDGES_MAX = 10_000
export const NOTES_MAX = 1_000
export const NODE_ID_PATTERN = /^[a-z][a-z0-9-]*$/
const ID_LENGTH_MAX = 64
const TITLE_LENGTH_MAX = 200
const NOTE_LENGTH_MAX = 10_000
const SETTING_LENGTH_MAX = 100

function titleText(title: string, description: string) {
  return z
    .string()
    .min(1, `${title} is empty. Give it a text of up to ${TITLE_LENGTH_MAX} characters.`)
    .max(TITLE_LENGTH_MAX)
    .meta({ title, description, examples: ['Clicks per page'] })
}

const nodeId = z
  .string()
  .superRefine((id, context) => {
    const message = refuseNodeId(id)
    if (message === undefined) return
    context.addIssue({ code: 'custom', message, params: { code: 'bad-node-id' } })
  })
  .meta({ title: 'Node id', pattern: NODE_ID_PATTERN.source, maxLength: ID_LENGTH_MAX })

/** Why a text cannot be a node id; undefined if it can. */
export function refuseNodeId(id: string): string | undefined {
  if (NODE_ID_PATTERN.test(id) && id.length <= ID_LENGTH_MAX) return undefined
  const cut = id.length > 60 ? `${id.slice(0, 60)}…` : id
  return (
    `${JSON.stringify(cut)} is not a node id. An id has 1 to ${ID_LENGTH_MAX} lower-case ` +
    `letters, digits and "-", and begins with a letter. Choose, for instance, "${toNodeId(id)}".`
  )
}

/** The id most like a text: `Per Page` is `per-page`. */
export function toNodeId(text: string): string {
  const id = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, ID_LENGTH_MAX)
    .replace(/-+$/, '')
  return id === '' ? 'node' : id
}

/** Kept as it is: which fields it may have, the operator says. */
const config = z
  .unknown()
  .meta({ title: 'Config', description: "The operator's fields.", type: 'object' })
  .transform((value, context): JsonObject => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as JsonObject
    }
    context.issues.push({ code: 'invalid_type', expected: 'object', input: value })
    return z.NEVER
  })

const nodeSchema = z.strictObject({
  operator: z.string().meta({
    title: 'Operator',
    description: 'What the node does.',
    examples: ['filter'],
  }),
  title: titleText('Title', 'What the canvas shows; the node id if left out.').optional(),
  config: config.optional(),
})

function edgeEnd(title: string, description: string, example: string) {
  return z
    .string()
    .min(1, `${title} is empty. Name a node, for instance "${example}".`)
    .meta({ title, description, examples: [example] })
}

const edgeSchema = z
  .strictObject({
    from: edgeEnd('From', 'An output: "node", or "node.port" where it is not "out".', 'clicks'),
    to: edgeEnd('To', 'An input: "node", or "node.port" where it is not "in".', 'slow'),
  })
  .meta({ title: 'Edge', examples: [{ from: 'clicks', to: 'slow' }] })

const point = z.tuple([z.number(), z.number()]).meta({ examples: [[0, 0]] })

const noteSchema = z.strictObject({
  text: z
    .string()
    .max(NOTE_LENGTH_MAX)
    .meta({ title: 'Text', examples: ['Slow pages only'] }),
  at: point.meta({ title: 'Position', description: '[x, y] of its left upper corner.' }),
  size: point.meta({ title: 'Size', description: '[width, height].' }),
})

/** What it says is checked with the pipeline, so that it can be saved while it is being typed. */
const settingText = z
  .string()
  .max(SETTING_LENGTH_MAX, `A setting is longer than ${SETTING_LENGTH_MAX} characters. Shorten it.`)
  .optional()

/** The shape of the document after migration. `format` is checked by the migration. */
export const documentSchema = z
  .strictObject({
    format: z.literal('millrace/1').meta({ title: 'Format' }),
    name: titleText('Name', 'What the pipeline is called.'),
    nodes: entries(nodeSchema, {
      title: 'Nodes',
      description: 'Operators in their places, by node id.',
      max: NODES_MAX,
      name: nodeId,
      example: { clicks: { operator: 'file-source', config: {} } },
    }),
    edges: z
      .array(edgeSchema)
      .max(EDGES_MAX, `There are more than ${EDGES_MAX} edges, the limit. Divide the pipeline.`)
      .prefault([])
      .meta({ title: 'Edges' }),
    settings: z
      .strictObject({
        checkpointInterval: settingText.meta({
          title: 'Checkpoint interval',
          description: 'How often the state of a job is saved; every 10s if left out.',
          examples: ['10s'],
        }),
        stateLimit: settingText.meta({
          title: 'State limit',
          description:
            'How much state a node may keep in memory, about; the job fails beyond. Left out, it is what the process has ' +
            'room for.',
          examples: ['512MB'],
        }),
      })
      .prefault({})
      .meta({ title: 'Settings' }),
    layout: entries(point, {
      title: 'Layout',
      description: 'Where nodes stand on the canvas, by node id: [x, y].',
      max: NODES_MAX,
      name: z.string(),
      example: { clicks: [0, 0] },
    }).prefault({}),
    notes: z
      .array(noteSchema)
      .max(NOTES_MAX, `There are more than ${NOTES_MAX} notes, the limit. Remove some.`)
      .prefault([])
      .meta({ title: 'Notes' }),
  })
  .meta({ title: 'Millrace pipeline' })

/** The pipeline of a document that has the shape. */
export function toPipeline(document: z.output<typeof documentSchema>): Pipeline {
  const { name, nodes, edges, settings, layout, notes } = document
  const { checkpointInterval, stateLimit } = settings
  return {
    name,
    nodes: new Map(
      nodes.map(({ name: id, value: { operator, title, config = {} } }) => {
        return [id, title === undefined ? { operator, config } : { operator, title, config }]
      }),
    ),
    edges,
    settings: {
      ...(checkpointInterval === undefined ? {} : { checkpointInterval }),
      ...(stateLimit === undefined ? {} : { stateLimit }),
    },
    layout: new Map(layout.map((entry) => [entry.name, entry.value])),
    notes,
  }
}
