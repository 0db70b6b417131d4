/**
 * Topics that records are appended to while a job reads them. Which partition is read first, and
 * which is silent meanwhile, then depends on what has come; so does what is late and what fires
 * when. Of such output that is compared which cannot depend on it.
 */

import {
  DiskError,
  END_OF_TIME_MS,
  type Env,
  type Job,
  TopicFailure,
  type TopicRecord,
  type Topics,
} from '../../packages/engine/src/index.ts'
import type { SeededRandom } from '../../packages/engine/src/testing/index.ts'
import type { Files } from '../checks/output-files.ts'
import { check, type PipelineDocument, type RandomPipeline } from './random-pipeline.ts'
import type { Catalogue } from './simulate.ts'
import { heldAtFirst, recordsOf } from './topic-records.ts'

/** Some of the topics that a pipeline reads are live, where the checker lets them. */
export function withLiveTopics(
  random: SeededRandom,
  pipeline: RandomPipeline,
  catalogue: Catalogue,
): RandomPipeline {
  const live = new Set<string>()
  let { document } = pipeline
  for (const topic of pipeline.topics.keys()) {
    if (random.chance(0.4)) continue
    const changed = readLive(document, topic, random)
    if (check(changed, catalogue) === undefined) continue
    document = changed
    live.add(topic)
  }
  return { ...pipeline, document, live }
}

function readLive(document: PipelineDocument, id: string, random: SeededRandom): PipelineDocument {
  const node = document.nodes[id]
  if (node === undefined) return document
  const idle = random.chance(0.5) ? { idleTimeout: random.pick(['3ms', '40ms']) } : {}
  const watermark = { ...(node.config.watermark as object), ...idle }
  const config = { ...node.config, bounded: false, watermark }
  return { ...document, nodes: { ...document.nodes, [id]: { ...node, config } } }
}

/** Those that the pipeline still reads: nodes may have been taken away. */
function liveTopics({ document, live }: RandomPipeline): readonly string[] {
  return [...live].filter((topic) => document.nodes[topic] !== undefined)
}

export function isLive(pipeline: RandomPipeline): boolean {
  return liveTopics(pipeline).length > 0
}

/**
 * With one partition of one source there is nothing that could come before something else. When a
 * source counts as idle is a matter of the clock, and lets watermarks go that wait elsewhere.
 */
export function isTimed(pipeline: RandomPipeline): boolean {
  const live = liveTopics(pipeline)
  const sources = Object.values(pipeline.document.nodes).filter(isSource)
  const partitions = live.reduce((sum, topic) => sum + (pipeline.topics.get(topic) ?? 1), 0)
  const isIdle = live.some((topic) => hasIdleTimeout(pipeline.document.nodes[topic]?.config))
  return live.length > 0 && (sources.length > 1 || partitions > 1 || isIdle)
}

/** All in all a topic takes about so long to be written. */
const WRITING_MS = 60
const TRY_AGAIN_MS = 50
const GROUP_MAX = 4
/** Where a topic is written in bursts, so many records in a row go to each of its partitions. */
const BURST_OF = 24
const BURST_GROUP_MAX = 12
const BURSTS = 0.5

interface Writing {
  readonly groups: readonly (readonly TopicRecord[])[]
  acknowledged: number
}

function hasIdleTimeout(config: { readonly watermark?: unknown } | undefined): boolean {
  return Object.hasOwn((config?.watermark ?? {}) as object, 'idleTimeout')
}

/** Writes to live topics, group by group, each under a key and again until it is acknowledged. */
export class Producer {
  readonly faults: string[] = []
  readonly #random: SeededRandom
  readonly #writing: ReadonlyMap<string, Writing>
  /** How many records each live source must have read in the end, by node. */
  readonly #wanted: ReadonlyMap<string, number>
  readonly #bounded: readonly string[]
  #life = 0

  #stopped = false
  #drained = false

  constructor(pipeline: RandomPipeline, random: SeededRandom) {
    this.#random = random
    const topics = liveTopics(pipeline).map((topic) => [topic, recordsOf(pipeline, topic)] as const)
    this.#writing = new Map(
      topics.map(([topic, records]) => {
        const rest = records.slice(heldAtFirst(records).length)
        const groups = random.chance(BURSTS)
          ? this.#groupsOf(inBursts(rest), BURST_GROUP_MAX)
          : this.#groupsOf(rest, GROUP_MAX)
        return [topic, { groups, acknowledged: 0 }]
      }),
    )
    this.#bounded = Object.entries(pipeline.document.nodes).flatMap(([id, node]) =>
      isSource(node) && !this.#writing.has(id) ? [id] : [],
    )
    // A record without a value says that its key is gone, and is no row.
    const rows = (records: readonly TopicRecord[]) =>
      records.filter(({ value }) => value !== null).length
    this.#wanted = new Map(topics.map(([topic, records]) => [topic, rows(records)]))
  }

  /** Goes on where it has come to, in another life. */
  begin(env: Env, topics: Topics): void {
    this.#life++
    this.#stopped = false
    this.#drained = false
    for (const [topic, writing] of this.#writing) this.#next(env, topics, topic, writing)
  }

  /** Somebody must mend the disk and start the process again. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** When everything was written and read, the job's input ends. */
  betweenSlices(job: Job): void {
    if (this.#writing.size === 0) return
    if (this.#stopped) job.stop()
    const isDone = [...this.#writing.values()].every(
      ({ groups, acknowledged }) => acknowledged === groups.length,
    )
    // One that is suspended cannot be drained any more.
    if (this.#drained || !isDone || job.state === 'paused') return
    const nodes = job.nodes()

    for (const [id, wanted] of this.#wanted) if (nodes.get(id)?.ledger.in !== wanted) return
    // What a source that ends by itself has not read yet would be left out.
    for (const id of this.#bounded) if (nodes.get(id)?.watermarkMs !== END_OF_TIME_MS) return
    this.#drained = true
    job.drain()
  }

  #next(env: Env, topics: Topics, topic: string, writing: Writing): void {
    const index = writing.acknowledged
    const records = writing.groups[index]
    const life = this.#life
    if (records === undefined) return
    const goOn = () => {
      if (life === this.#life) this.#next(env, topics, topic, writing)
    }
    const refused = (error: unknown) => {
      const code = error instanceof TopicFailure ? error.code : undefined
      if (code === 'busy' || code === 'no-space') env.timers.after(TRY_AGAIN_MS, goOn)
      else if (life !== this.#life) return
      else if (code === 'stopped' || isUnread(error)) this.#stopped = true
      else this.faults.push(`Group ${index} of "${topic}" was not taken: ${String(error)}`)
    }
    const gapMs = this.#random.integer(0, Math.floor((2 * WRITING_MS) / writing.groups.length))
    env.timers.after(gapMs, () => {
      if (life !== this.#life) return

      const idempotencyKey = `${topic} ${index}`
      topics.append(topic, records, { idempotencyKey }).then(() => {
        writing.acknowledged = Math.max(writing.acknowledged, index + 1)
        goOn()
      }, refused)
    })
  }

  #groupsOf(
    records: readonly TopicRecord[],
    groupMax: number,
  ): readonly (readonly TopicRecord[])[] {
    const groups: (readonly TopicRecord[])[] = []
    for (let at = 0; at < records.length; ) {
      const count = this.#random.integer(1, groupMax)
      groups.push(records.slice(at, at + count))
      at += count
    }
    return groups
  }
}

/** The same records in each partition, in the same order; but the others are silent meanwhile. */
function inBursts(records: readonly TopicRecord[]): readonly TopicRecord[] {
  const bursts: TopicRecord[] = []
  for (let at = 0; at < records.length; at += BURST_OF) {
    const some = records.slice(at, at + BURST_OF)
    bursts.push(...some.toSorted((a, b) => (a.partition ?? 0) - (b.partition ?? 0)))
  }
  return bursts
}

const STATELESS = new Set(['filter', 'select', 'split', 'unnest', 'union'])

/** Of the output what is the same however records of several partitions fall together. */
export function timelessOutput(files: Files, { document, topics }: RandomPipeline): Files {
  const sinks = statelessSinks(document)
  const found = new Map<string, string[]>()
  for (const [path, text] of files) {
    const [name = '', place] = path.replace(/^\/out\//, '').split('/')
    if (topics.has(name)) found.set(path, [text])
    else if (sinks.has(name.replace(/\.jsonl$/, ''))) {
      const lines = text.split('\n').filter((line) => line !== '')
      const plain = place === undefined ? lines : lines.map(withoutOffset)
      found.set(name, [...(found.get(name) ?? []), ...plain])
    }
  }
  return new Map([...found].map(([path, lines]) => [path, lines.sort().join('\n')]))
}

/** Each row by itself says what becomes of it on the way to these sinks. */
function statelessSinks({ nodes, edges }: PipelineDocument): ReadonlySet<string> {
  const isStateless = (id: string): boolean => {
    const node = nodes[id]
    if (node === undefined) return false
    const above = edges.flatMap(({ from, to }) => (nodeOf(to) === id ? [nodeOf(from)] : []))
    return (isSource(node) || STATELESS.has(node.operator)) && above.every(isStateless)
  }
  const sinks = edges.filter(({ to }) => nodes[nodeOf(to)]?.operator.endsWith('-sink'))
  return new Set(sinks.flatMap(({ from, to }) => (isStateless(nodeOf(from)) ? [nodeOf(to)] : [])))
}

function isSource({ operator }: { readonly operator: string }): boolean {
  return operator.endsWith('-source')
}

function nodeOf(end: string): string {
  return end.split('.')[0] ?? end
}

function withoutOffset(line: string): string {
  return line.replace(/^\d+ /, '')
}

/** The disk gave an error when the topic was opened: as after a stop, somebody starts again. */
function isUnread(error: unknown): boolean {
  return (
    error instanceof TopicFailure && error.code === 'damaged' && error.cause instanceof DiskError
  )
}
