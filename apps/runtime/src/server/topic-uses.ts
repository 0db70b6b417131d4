/** Which nodes of which pipelines read and write topics, and how far those that run have read. */

import type { Env } from '@millrace/engine'
import {
  type JsonObject,
  type OperatorDescription,
  parseDocument,
  type Registry,
  type wire,
} from '@millrace/pipeline'
import type { PipelineStore } from '../storage/pipeline-store.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { Supervisor } from '../supervision/supervisor.ts'

export interface TopicUsesOptions {
  readonly env: Pick<Env, 'timers'>
  readonly registry: Registry<OperatorDescription>
  readonly pipelines: Pick<PipelineStore, 'list' | 'get'>
  readonly supervisor: Pick<Supervisor, 'statuses' | 'ask'>
}

/** What a version says about topics, whether or not it runs. */
type Named = Pick<wire.TopicUse, 'topic' | 'use' | 'nodeId' | 'nodeTitle'>

interface Known {
  readonly version: number
  readonly named: readonly Named[]
}

export class TopicUses {
  readonly #options: TopicUsesOptions
  /** A version never changes, so each is read once. By pipeline. */
  readonly #known = new Map<string, Known>()

  constructor(options: TopicUsesOptions) {
    this.#options = options
  }

  /** Of a pipeline that runs, what its job does; of others, what their latest version says. */
  async list(): Promise<readonly wire.TopicUse[]> {
    const { pipelines, supervisor } = this.#options
    const running = new Map(
      supervisor
        .statuses()
        .filter(({ endedAtMs }) => endedAtMs === null)
        .map((status) => [status.pipelineId, status]),
    )
    const listed = await pipelines.list()
    const ids = new Set(listed.map(({ id }) => id))
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id)
    // One after the other, so that others have their turn between those that are read.
    for (const { id, version } of listed) {
      await this.#named(id, running.get(id)?.version ?? version)
    }
    const uses = await Promise.all(
      listed.map(({ id, name, version }) => {
        const job = running.get(id)
        return this.#usesOf({ id, name, version: job?.version ?? version }, job)
      }),
    )
    return uses.flat()
  }

  async #usesOf(
    { id, name, version }: { readonly id: string; readonly name: string; readonly version: number },
    job: wire.JobStatus | undefined,
  ): Promise<readonly wire.TopicUse[]> {
    const named = await this.#named(id, version)
    const reads = named.some(({ use }) => use === 'read')
    const places = job !== undefined && reads ? await this.#placesOf(job.jobId) : {}
    return named.map((one) => ({
      ...one,
      pipelineId: id,
      pipelineName: name,
      job: job === undefined ? null : { jobId: job.jobId, state: job.state },
      places: (Object.hasOwn(places, one.nodeId) ? (places[one.nodeId] ?? []) : [])
        .filter(({ topic }) => topic === one.topic)
        .map(({ partition, offset }) => ({ partition, offset })),
    }))
  }

  async #named(id: string, version: number): Promise<readonly Named[]> {
    const known = this.#known.get(id)
    if (known?.version === version) return known.named
    const { env, pipelines } = this.#options
    const document = await documentOf(pipelines, id, version)
    if (document === undefined) return []
    await new Promise<void>((resolve) => env.timers.yield(resolve))
    const named = topicsNamed(document, this.#options.registry)
    this.#known.set(id, { version, named })
    return named
  }

  /** A job that is being started again has none. */
  async #placesOf(jobId: string): Promise<Places> {
    try {
      const { nodes } = await this.#options.supervisor.ask(jobId, 'getTopicPlaces', { jobId })
      return nodes
    } catch (error) {
      if (error instanceof Refusal) return {}
      throw error
    }
  }
}

type Places = {
  readonly [nodeId: string]: readonly {
    readonly topic: string
    readonly partition: number
    readonly offset: number
  }[]
}

/** Undefined where it is gone or damaged: whoever opens it is told. */
async function documentOf(
  pipelines: TopicUsesOptions['pipelines'],
  id: string,
  version: number,
): Promise<string | undefined> {
  try {
    return (await pipelines.get(id, version)).document
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

/** Of nodes that are set up; others name nothing yet. */
export function topicsNamed(
  document: string,
  registry: Registry<OperatorDescription>,
): readonly Named[] {
  const { pipeline } = parseDocument(document)
  if (pipeline === undefined) return []
  return [...pipeline.nodes].flatMap(([nodeId, node]) => {
    const operator = registry.get(node.operator)
    const config = operator?.config.safeParse(node.config as JsonObject)
    if (operator?.topics === undefined || config?.success !== true) return []
    const nodeTitle = node.title ?? operator.title
    return operator.topics(config.data).map((named) => ({ ...named, nodeId, nodeTitle }))
  })
}
