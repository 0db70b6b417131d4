/**
 * What else happens to a job, in an arena of its own: it is moved to another engine host, or its
 * pipeline is edited and it goes on. Then it has taken a last checkpoint, and whoever goes on from
 * there stands where it stood, to the record.
 */

import { isDeepStrictEqual } from 'node:util'
import {
  fitCheckpoint,
  type Job,
  type JobMeta,
  type NodeFit,
  type NodeView,
  reachedNodes,
  type SourceProgress,
  START_OF_TIME_MS,
  toJobPlan,
} from '../../packages/engine/src/index.ts'
import { type SeededRandom, seededRandom } from '../../packages/engine/src/testing/index.ts'
import { editedPipeline } from './edited-pipeline.ts'
import type { LifeEnd } from './life.ts'
import type { Subject } from './run.ts'
import type { Catalogue } from './simulate.ts'

export type Variant = 'moves' | 'edits'

/** So many times at most, so that a job comes to its end. */
const PARTINGS_MAX = { moves: 8, edits: 2 }
const PARTS_SHARE = 0.05
const EDITS_SHARE = 0.6

interface Parting {
  readonly checkpointId: number
  readonly views: ReadonlyMap<string, NodeView>
  readonly sources: ReadonlyMap<string, SourceProgress>
  /** How many entries the state of each node has. */
  readonly entries: ReadonlyMap<string, number>
}

type Restored = { readonly id: number; readonly meta: JobMeta } | undefined

export class Twist {
  readonly faults: string[] = []
  /** Nodes that an edit has reached or taken out: what they make cannot be compared. */
  reached: ReadonlySet<string> = new Set()
  readonly #variant: Variant
  readonly #catalogue: Catalogue
  readonly #random: SeededRandom
  #partings: number
  /** How many have ended. */
  #lives = 0
  #asked = false
  #storedId: number | undefined
  /** There is no last checkpoint, so it goes on. */
  #refused = false
  #stopped = false
  #parting: Parting | undefined
  #edit: { readonly before: Subject; readonly now: Subject } | undefined
  /** Whether the edited pipeline has begun: then checkpoints are its own. */
  #editBegun = false

  constructor(variant: Variant, catalogue: Catalogue, seed: number) {
    this.#variant = variant
    this.#catalogue = catalogue
    this.#random = seededRandom(seed * 131 + 17)
    this.#partings = PARTINGS_MAX[variant]
  }

  get livesMax(): number {
    return PARTINGS_MAX[this.#variant]
  }

  get edited(): boolean {
    return this.#edit !== undefined
  }

  betweenSlices(job: Job): void {
    if (this.#asked || this.#partings === 0 || job.state !== 'running') return
    if (!this.#random.chance(PARTS_SHARE)) return
    this.#asked = true
    this.#partings--
    const life = this.#lives
    const stored = ({ id }: { readonly id: number }) => {
      if (life === this.#lives) this.#storedId = id
    }
    // Where it cannot be stored it runs on, as it does in its engine host. What becomes of one
    // whose process has died is told to nobody.
    job.suspend().then(stored, () => {
      if (life === this.#lives) this.#refused = true
      job.resume()
    })
  }

  /** Somebody stops the job, whether it is to be moved or not. */
  stopped(): void {
    this.#stopped = true
  }

  ended(end: LifeEnd, job: Job | undefined): void {
    const checkpointId = this.#storedId
    const parted = end.kind === 'stopped' && job !== undefined && checkpointId !== undefined
    this.#parting = parted
      ? { checkpointId, views: job.nodes(), sources: job.sources(), entries: entriesOf(job) }
      : undefined
    if (end.kind === 'stopped' && this.#refused && !this.#stopped) {
      this.faults.push('There was no last checkpoint to go on from, and it has stopped.')
    }
    this.#lives++
    this.#storedId = undefined
    this.#asked = false
    this.#refused = false
    this.#stopped = false
  }

  /** Before another life begins: what it runs instead, where the pipeline has been edited. */
  edit(before: Subject): Subject | undefined {
    if (this.#variant !== 'edits' || this.edited || !this.#random.chance(EDITS_SHARE)) return
    const { pipeline, checked } = before
    const edited = editedPipeline(this.#random, pipeline, checked, this.#catalogue)
    if (edited === undefined) return undefined
    const now = { ...before, ...edited, plan: toJobPlan(edited.checked) }
    const kept = new Set(now.plan.nodes.map(({ id }) => id))
    const gone = before.plan.nodes.flatMap(({ id }) => (kept.has(id) ? [] : [id]))
    this.reached = new Set([...reachedNodes(before.plan, now.plan), ...gone])
    this.#edit = { before, now }
    return now
  }

  /** A job goes on, and nothing has come in yet. */
  begun(job: Job, restored: Restored): void {
    const parting = this.#parting
    this.#parting = undefined
    const fits = restored && this.#edit && fitCheckpoint(restored.meta, this.#edit.now.plan)
    if (restored !== undefined && fits !== undefined && !this.#editBegun) {
      this.#checkFits(restored.meta, fits)
    }
    this.#editBegun = this.edited
    if (parting === undefined) return
    if (restored?.id !== parting.checkpointId) {
      const from = restored === undefined ? 'the beginning' : `checkpoint ${restored.id}`
      this.faults.push(`It ended at checkpoint ${parting.checkpointId}, and goes on from ${from}.`)
      return
    }
    const kinds = new Map(fits?.map(({ nodeId, kind }) => [nodeId, kind]))
    for (const [id, view] of job.nodes()) {
      this.#checkNode(id, parting.views.get(id), view, kinds.get(id) === 'lost')
    }
    for (const [id, now] of entriesOf(job)) {
      const before = parting.entries.get(id)
      if ((kinds.get(id) ?? 'kept') !== 'kept' || before === now) continue
      this.faults.push(`The state of "${id}" had ${before} entries, and has ${now}.`)
    }
    for (const [id, source] of job.sources()) {
      const [was, is] = [latestText(parting.sources.get(id)), latestText(source)]
      if (is !== was) this.faults.push(`The latest times of "${id}" were ${was} and are ${is}.`)
    }
  }

  #checkNode(id: string, before: NodeView | undefined, now: NodeView, isLost: boolean): void {
    if (before === undefined) {
      if (now.ledger.in > 0) this.faults.push(`"${id}" is new, and ${now.ledger.in} have come in.`)
      return
    }
    if (now.watermarkMs !== before.watermarkMs) {
      const levels = `${before.watermarkMs}, and goes on from ${now.watermarkMs}`
      this.faults.push(`The watermark of "${id}" was ${levels}.`)
    }
    const [was, is] = [booksText(before), booksText(now)]
    if (!isLost && is !== was) this.faults.push(`The books of "${id}" were ${was} and are ${is}.`)
    if (isLost && (now.ledger.in !== before.ledger.in || now.ledger.held !== 0)) {
      this.faults.push(`"${id}" has lost what it kept, its books were ${was} and are ${is}.`)
    }
  }

  /** What an edit does not reach is kept, and what means something else is not. */
  #checkFits(meta: JobMeta, fits: readonly NodeFit[]): void {
    for (const { nodeId, kind, reason } of fits) {
      if (kind === 'lost' && !this.reached.has(nodeId)) {
        this.faults.push(`The edit does not reach "${nodeId}", and it begins anew: ${reason}`)
      }
      if (kind === 'kept' && this.#meansElse(nodeId) && meta.nodes[nodeId]?.hasState === true) {
        this.faults.push(`"${nodeId}" was edited, and goes on with what it has kept.`)
      }
    }
  }

  /** Whether a setting was changed that says what the node's state means. */
  #meansElse(nodeId: string): boolean {
    const [before, now] = [this.#edit?.before, this.#edit?.now].map((subject) =>
      subject?.plan.nodes.find(({ id }) => id === nodeId),
    )
    if (before === undefined || now === undefined) return false
    const free = new Set(now.operator.configBesideState ?? ['onError'])
    const [was, is] = [before.config as Config, now.config as Config]
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    return names.some((name) => !free.has(name) && !isDeepStrictEqual(was[name], is[name]))
  }
}

/** Lines that hold no record are counted when they are read ahead, and again after a restart. */
function booksText({ ledger: { skippedLines: _, ...books } }: NodeView): string {
  return JSON.stringify(books)
}

function entriesOf(job: Job): ReadonlyMap<string, number> {
  const look = { search: '', limit: 0 }
  return new Map([...job.nodes().keys()].map((id) => [id, job.lookAtState(id, look).total]))
}

/** Of partitions that have brought something: before that, nobody knows how many there are. */
function latestText(source: SourceProgress | undefined): string {
  const latest = source?.partitions.map(({ latestMs }) => latestMs) ?? []
  return latest.filter((latestMs) => latestMs > START_OF_TIME_MS).join(', ')
}

type Config = Readonly<Record<string, unknown>>
