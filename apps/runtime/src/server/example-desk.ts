/**
 * Pipelines that come from examples: opened again, an example is the same pipeline; a copy of it
 * writes to files of its own, so that both can run.
 */

import {
  type JsonObject,
  type OperatorDescription,
  type Pipeline,
  type PipelineNode,
  parseDocument,
  type Registry,
  writeDocument,
} from '@millrace/pipeline'
import type { PipelineStore, SavedVersion } from '../storage/pipeline-store.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { DocumentChecker } from './document-checker.ts'
import { toDocument } from './document-checks.ts'
import { type Example, listExamples } from './examples.ts'

export interface ExampleDeskOptions {
  readonly registry: Registry<OperatorDescription>
  readonly checker: Pick<DocumentChecker, 'version'>
  readonly pipelines: PipelineStore
  readonly folder: string
  /** Whether a pipeline has a job that has not ended. */
  runs(pipelineId: string): Promise<boolean>
}

export class ExampleDesk {
  readonly #options: ExampleDeskOptions
  /** One after the other, so that two that come at once do not make two pipelines. */
  #opening: Promise<unknown> = Promise.resolve()

  constructor(options: ExampleDeskOptions) {
    this.#options = options
  }

  list(): readonly Example[] {
    return listExamples(this.#options.folder)
  }

  /** The pipeline that an example opens: one that runs, or the one that was saved last. */
  async find(exampleId: string): Promise<SavedVersion | undefined> {
    const made = await this.#options.pipelines.madeFrom(exampleId)
    for (const pipeline of made) if (await this.#options.runs(pipeline.id)) return pipeline
    return made[0]
  }

  open(exampleId: string, { copy }: { readonly copy: boolean }) {
    const opened = this.#opening.then(async () => {
      const found = copy ? undefined : await this.find(exampleId)
      if (found !== undefined) return { saved: found, isNew: false }
      return { saved: await this.#make(exampleId), isNew: true }
    })
    this.#opening = opened.catch(() => undefined)
    return opened
  }

  async #make(exampleId: string): Promise<SavedVersion> {
    const { pipelines, registry, checker } = this.#options
    const example = this.list().find(({ id }) => id === exampleId)
    if (example === undefined) {
      const known = this.list().map(({ id }) => `"${id}"`)
      const message = `There is no example "${exampleId}". There are ${known.join(', ')}.`
      throw new Refusal('not-found', 'no-such-example', message)
    }
    const made = (await pipelines.madeFrom(exampleId)).map(({ document }) => document)
    const document = ownCopy(example.document, made, registry)
    return pipelines.create(await checker.version(document), exampleId)
  }
}

/**
 * The document with a number behind its name and behind each file that it writes, the lowest with
 * which it has name and files to itself among `others`; without one where it is the first.
 */
export function ownCopy(
  document: Record<string, unknown>,
  others: readonly string[],
  registry: Registry<OperatorDescription>,
): Record<string, unknown> {
  const pipeline = read(JSON.stringify(document))
  if (pipeline === undefined) return document
  const known = others.map(read).filter((other) => other !== undefined)
  const names = new Set(known.map(({ name }) => name))
  const files = new Set(
    known.flatMap((other) => [...writtenFiles(other, registry).values()].flat()),
  )
  const written = writtenFiles(pipeline, registry)
  for (let number = 1; ; number++) {
    const name = number === 1 ? pipeline.name : `${pipeline.name} (${number})`
    const paths = [...written.values()].flat()
    if (names.has(name) || paths.some((path) => files.has(numbered(path, number)))) continue
    const nodes = [...pipeline.nodes].map(([id, node]) => {
      const own = new Set(written.get(id))
      return [id, own.size === 0 ? node : withFiles(node, own, number)] as const
    })
    return { ...toDocument(writeDocument({ ...pipeline, name, nodes: new Map(nodes) })) }
  }
}

function read(text: string): Pipeline | undefined {
  return parseDocument(text).pipeline
}

/** By node. */
function writtenFiles(
  pipeline: Pipeline,
  registry: Registry<OperatorDescription>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...pipeline.nodes].map(([id, node]) => {
      const operator = registry.get(node.operator)
      // What else a document says, such as its expressions, is nothing to files.
      const config = operator?.config.safeParse(node.config)
      const files = config?.success === true ? (operator?.files?.(config.data) ?? []) : []
      return [id, files.filter(({ use }) => use === 'write').map(({ path }) => path)]
    }),
  )
}

/** Whatever field of the config a file stands in. */
function withFiles(node: PipelineNode, own: ReadonlySet<string>, number: number): PipelineNode {
  const fields = Object.entries(node.config).map(([field, value]) => {
    return [field, typeof value === 'string' && own.has(value) ? numbered(value, number) : value]
  })
  return { ...node, config: Object.fromEntries(fields) as JsonObject }
}

/** `out/days.jsonl` becomes `out/days-2.jsonl`; the ending says how it is written. */
function numbered(path: string, number: number): string {
  if (number === 1) return path
  return path.replace(/((?:\.[A-Za-z0-9]+)*)$/, `-${number}$1`)
}
