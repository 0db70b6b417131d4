/**
 * Random pipelines over the real catalogue. Nodes are added one by one below what is there; the
 * product's own checker says whether a node fits, and one that does not is left out again.
 */

import type { OperatorDefinition } from '../../packages/engine/src/index.ts'
import type { SeededRandom } from '../../packages/engine/src/testing/index.ts'
import {
  type CheckedPipeline,
  checkPipeline,
  hasErrors,
  parseDocument,
  type StreamSchema,
} from '../../packages/pipeline/src/index.ts'
import { randomLines, SCHEMA } from './random-input.ts'
import { TEMPLATES, type Template } from './templates.ts'

const PLACES_TRIED = 3
/** Where none of them fits, rows are looked at. */
const SINKS = ['file-sink', 'file-sink', 'topic-sink', 'view-sink', '']

export interface PipelineNode {
  readonly operator: string
  readonly config: { readonly [field: string]: unknown }
}

export interface PipelineDocument {
  readonly format: 'millrace/1'
  readonly name: string
  readonly nodes: Readonly<Record<string, PipelineNode>>
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

export interface RandomPipeline {
  readonly document: PipelineDocument
  readonly files: ReadonlyMap<string, string>
  /** How many partitions each topic that is read has; its records are lines of `files`. */
  readonly topics: ReadonlyMap<string, number>
  /** Those of them that are written while the job runs. */
  readonly live: ReadonlySet<string>
  /** Whether results depend on the clock, so that two runs may differ. */
  readonly goesByClock: boolean
}

/** An output that a node may be put below. */
export interface OpenEnd {
  readonly end: string
  readonly schema: StreamSchema
}

export type Checked = CheckedPipeline<OperatorDefinition>

/** Undefined where the checker refuses the document. */
export function check(
  document: PipelineDocument,
  catalogue: ReadonlyMap<string, OperatorDefinition>,
): Checked | undefined {
  const { pipeline, problems } = parseDocument(JSON.stringify(document))
  if (pipeline === undefined || hasErrors(problems)) return undefined
  const checked = checkPipeline(pipeline, catalogue)
  return hasErrors(checked.problems) ? undefined : checked
}

export function randomPipeline(
  random: SeededRandom,
  catalogue: ReadonlyMap<string, OperatorDefinition>,
): RandomPipeline {
  const draft = new Draft(random, catalogue)
  const sources = random.pick([1, 1, 2, 2, 3])
  for (let index = 0; index < sources; index++) draft.addSource(index)
  const wanted = random.integer(1, 6)
  for (let tries = 0; draft.transforms < wanted && tries < 3 * wanted; tries++) {
    draft.addTransform()
  }
  draft.addSinks()
  return draft.finish()
}

class Draft {
  transforms = 0
  #document: PipelineDocument = { format: 'millrace/1', name: 'Random', nodes: {}, edges: [] }
  readonly #files = new Map<string, string>()
  readonly #topics = new Map<string, number>()
  readonly #random: SeededRandom
  readonly #catalogue: ReadonlyMap<string, OperatorDefinition>
  #ends: OpenEnd[] = []
  #goesByClock = false

  constructor(random: SeededRandom, catalogue: ReadonlyMap<string, OperatorDefinition>) {
    this.#random = random
    this.#catalogue = catalogue
  }

  addSource(index: number): void {
    const random = this.#random
    const id = `source-${index}`
    const watermark = {
      maxOutOfOrderness: `${random.pick([0, 1, 100, 1000, 10_000])}ms`,
      interval: `${random.pick([1, 100, 1000])}ms`,
    }
    const lines = randomLines(random, 1 + index * 1000)
    const fields = { schema: SCHEMA, eventTime: 'at', watermark }
    if (random.chance(0.3)) {
      this.#files.set(id, lines)
      this.#topics.set(id, random.integer(1, 3))
      const config = { topic: id, bounded: true, ...fields }
      this.#add(id, { operator: 'topic-source', config }, [])
      return
    }
    const path = `${id}.jsonl`
    this.#files.set(path, lines)
    const config = { path, format: 'jsonl', ...fields }
    this.#add(id, { operator: 'file-source', config }, [])
  }

  /** Tries one below several places; leaves things as they are where it fits none. */
  addTransform(): void {
    const template = this.#random.pick(TEMPLATES)
    for (let tries = 0; tries < PLACES_TRIED; tries++) if (this.#place(template)) return
  }

  #place(template: Template): boolean {
    const random = this.#random
    const tables = this.#ends.filter(({ schema }) => schema.changes !== 'append')
    const ends = template.takesTables === true ? tables : this.#ends
    if (ends.length === 0) return false
    const inputs = template.ports.map(() => random.pick(ends))
    const made = template.make(
      random,
      inputs.map(({ schema }) => schema),
    )
    if (made === undefined) return false
    const id = `${template.operator}-${this.transforms}`
    const edges = inputs.map(({ end }, index) => ({
      from: end,
      to: `${id}.${template.ports[index] ?? 'in'}`,
    }))
    if (!this.#add(id, { operator: template.operator, config: made.config }, edges)) {
      return false
    }
    this.transforms++
    if (made.goesByClock === true) this.#goesByClock = true
    return true
  }

  /** Each end that nobody reads is written, or looked at; and some of the others. */
  addSinks(): void {
    const random = this.#random
    const read = new Set(this.#document.edges.map(({ from }) => from))
    const sinks = this.#ends.filter(({ end }) => !read.has(end) || random.chance(0.15))
    for (const [index, { end, schema }] of sinks.entries()) {
      const id = `sink-${index}`
      const edge = { from: end, to: id }
      const kind = index === 0 ? random.pick(['file-sink', 'topic-sink']) : random.pick(SINKS)
      const config = this.#sinkConfig(kind, id, schema)
      const added = kind !== '' && this.#add(id, { operator: kind, config }, [edge])
      if (!added) this.#add(id, { operator: 'inspect-sink', config: {} }, [edge])
    }
  }

  #sinkConfig(kind: string, name: string, schema: StreamSchema): PipelineNode['config'] {
    if (kind === 'file-sink') return { path: `${name}.jsonl`, format: 'jsonl' }
    if (kind === 'view-sink') return { limit: 50 }
    const texts = schema.columns.flatMap(({ name, type }) => (type.kind === 'string' ? name : []))
    const keyed = texts.length > 0 && schema.changes === 'append' && this.#random.chance(0.5)
    const key = keyed ? { key: [this.#random.pick(texts)] } : {}
    return { topic: name, partitions: this.#random.integer(1, 3), compact: false, ...key }
  }

  finish(): RandomPipeline {
    return {
      document: this.#document,
      files: this.#files,
      topics: this.#topics,
      live: new Set(),
      goesByClock: this.#goesByClock,
    }
  }

  #add(id: string, node: PipelineNode, edges: PipelineDocument['edges']): boolean {
    const { nodes, edges: before, ...rest } = this.#document
    const document = { ...rest, nodes: { ...nodes, [id]: node }, edges: [...before, ...edges] }
    // What does not stand above a node has nothing to say about it.
    const checked = check(upTo(id, document), this.#catalogue)
    const schemas = checked?.nodes.get(id)?.outputSchemas
    if (schemas === undefined) return false
    this.#document = document
    for (const [port, schema] of Object.entries(schemas)) {
      if (port !== 'errors' || this.#random.chance(0.1)) {
        this.#ends.push({ end: `${id}.${port}`, schema })
      }
    }
    return true
  }
}

/** The node with all that stands above it. */
function upTo(id: string, { nodes, edges, ...rest }: PipelineDocument): PipelineDocument {
  const above = new Set([id])
  // Edges stand in the order in which their nodes were added, so one look from behind is enough.
  for (const { from, to } of edges.toReversed()) {
    if (above.has(nodeOf(to))) above.add(nodeOf(from))
  }
  return {
    ...rest,
    nodes: Object.fromEntries(Object.entries(nodes).filter(([one]) => above.has(one))),
    edges: edges.filter(({ to }) => above.has(nodeOf(to))),
  }
}

function nodeOf(end: string): string {
  return end.split('.')[0] ?? end
}
