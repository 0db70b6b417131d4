/**
 * Neighbouring nodes that do nothing but ask conditions of rows and make columns anew, as one loop
 * over each batch (see `compileSteps`). A row is not handed from node to node; the books of each
 * node are kept as if it were, watermarks go through each of them, and a bad record leaves at its
 * own node.
 *
 *     without      source ──► filter ──► select ──► sink        a batch on each edge
 *     as a chain   source ──► filter  ·  select ──► sink        no batch between the two
 *
 * How far a chain goes is asked anew for each batch: it ends where somebody looks at the edge, so
 * that a tap sees what there is to see. What a node keeps is the same either way.
 */

import {
  compileSteps,
  EvaluationError,
  type LoopOutput,
  type RefusalCause,
  type Row,
  type RowLoop,
  type RowStep,
} from '@millrace/pipeline'
import type { BusyMeter } from './busy-meter.ts'
import type { Batch, Mark } from './element.ts'
import type { RunContext } from './operator.ts'
import type { OutputPort } from './output-port.ts'

/**
 * Rows that go through before what has become of them is handed on. Of what has been made but not
 * handed on, the collector copies all; with 4,096, as sources have them, that took as long as
 * making it. Where little passes, little is made, and a batch goes through as a whole.
 */
const ROWS_AT_ONCE = 1024
/** V8 does not optimise functions without bound; and what is long is rarely read at once. */
const NODES_MAX = 8
/** Rows that pass decide how much room the next batch gets. */
const ROOMY_SHARE = 0.25
/** While somebody wants to know how busy nodes are, one batch of so many goes node by node. */
const SAMPLED_OF = 16

/** A node that can be part of a chain, as the chain sees it. */
export interface RowLink {
  readonly context: RunContext
  readonly step: RowStep
  readonly out: OutputPort
  /** The node that is fed by `out`, where it can be part of a chain too. */
  next: RowLink | undefined
  /** A watermark reaches the node, and leaves by all ports but `out`; undefined if none does. */
  pass(watermarkMs: number, origin: number): number | undefined
  /** The record goes to `errors`, or fails the job. */
  refuse(row: Row, cause: RefusalCause, origin: number, eventTimeMs: number | undefined): void
  /** The job has failed at this node. */
  failed(error: unknown): void
  flush(): void
}

export class RowChain {
  readonly #head: RowLink
  readonly #links: RowLink[] = []
  /** By the number of nodes. */
  readonly #loops: RowLoop[] = []
  /** What of the last batch came through. */
  #share = 1
  /** Batches while the meter was on. */
  #metered = 0
  /** What each node took when batches went node by node. */
  readonly #weights: number[] = []

  constructor(head: RowLink) {
    this.#head = head
  }

  /** Works off a batch that has been counted as having arrived at the first node. */
  run(batch: Batch): void {
    const count = batch.rows.length
    const atOnce = this.#share < ROOMY_SHARE ? count : ROWS_AT_ONCE
    const piece: Piece = { batch, from: 0, to: 0, mark: 0, failed: false }
    do {
      piece.from = piece.to
      piece.to = Math.min(count, piece.from + atOnce)
      this.#runPiece(piece)
    } while (piece.to < count && !piece.failed)
  }

  #runPiece(piece: Piece): void {
    const { meter } = this.#head.context.wiring
    if (meter?.on !== true) {
      this.#runThrough(piece, this.#reach())
      return
    }
    const links = this.#reach()
    if (links.length === 1 || this.#metered++ % SAMPLED_OF === 0) {
      this.#runSampled(piece, links, meter)
      return
    }
    const { depth } = this.#head.context.wiring
    meter.tick()
    const before = meter.busyMs(depth)
    this.#runThrough(piece, links, () => {
      meter.tick()
      const depths = links.map(({ context }) => context.wiring.depth)
      meter.share(meter.busyMs(depth) - before, depth, depths, this.#weights)
    })
  }

  /** From the first node to the last before which nobody looks. */
  #reach(): readonly RowLink[] {
    const links = this.#links
    links.length = 0
    let link: RowLink | undefined = this.#head
    for (; link !== undefined && links.length < NODES_MAX; link = link.next) {
      links.push(link)
      if (link.out.readerCount !== 1) break
    }
    return links
  }

  #runSampled(piece: Piece, links: readonly RowLink[], meter: BusyMeter): void {
    const depths = links.map(({ context }) => context.wiring.depth)
    meter.tick()
    const before = depths.map((depth) => meter.busyMs(depth))
    this.#runThrough(piece, [this.#head])
    meter.tick()
    for (const [index, depth] of depths.entries()) {
      const tookMs = meter.busyMs(depth) - (before[index] ?? 0)
      this.#weights[index] = (this.#weights[index] ?? 0) + tookMs
    }
  }

  #runThrough(piece: Piece, links: readonly RowLink[], beforeHanding?: () => void): void {
    const work = new ChainWork(links, piece, this.#share)
    work.run(this.#loop(links))
    if (piece.to > piece.from) this.#share = work.output.count / (piece.to - piece.from)
    beforeHanding?.()
    const made = work.made()
    if (made !== undefined) links.at(-1)?.out.hand(made)
    for (let index = links.length - 1; index >= 0; index--) links[index]?.flush()
  }

  #loop(links: readonly RowLink[]): RowLoop {
    const known = this.#loops[links.length]
    if (known !== undefined) return known
    const { context } = this.#head
    const loop = compileSteps(
      links.map(({ step }) => step),
      {
        timed: context.outputSchemas.out?.eventTime ?? false,
        tracksOrigins: context.wiring.tracksOrigins,
      },
      context,
    )
    this.#loops[links.length] = loop
    return loop
  }
}

/** Rows [from, to) of a batch. */
interface Piece {
  readonly batch: Batch
  from: number
  to: number
  /** The first mark that has not been passed on. */
  mark: number
  /** The job has failed in it, so nothing of the batch comes after it. */
  failed: boolean
}

/** One piece of a batch on its way through the loop. */
class ChainWork {
  readonly output: LoopOutput

  readonly #links: readonly RowLink[]
  readonly #piece: Piece
  readonly #batch: Batch
  readonly #filters: boolean
  readonly #marks: Mark[] = []
  /** How many records each node has refused. */
  readonly #refused: number[]
  /** Where they stood in the batch. */
  readonly #refusedAt: number[] = []
  /** The node and the record at which the job has failed. */
  #failedStep = -1
  #failedAt = 0

  constructor(links: readonly RowLink[], piece: Piece, share: number) {
    const { batch, from, to } = piece
    this.#links = links
    this.#piece = piece
    this.#batch = batch
    this.#filters = links.some(({ step }) => step.kind === 'filter')
    this.#refused = links.map(() => 0)
    // Room that is there already need not be found while rows leave.
    const room = share >= ROOMY_SHARE
    this.output = {
      count: 0,
      rows: room ? batch.rows.slice(from, to) : [],
      times: room && this.#filters ? (batch.times?.slice(from, to) ?? []) : [],
      origins: room && this.#filters ? (batch.origins?.slice(from, to) ?? []) : [],
      passed: links.map(() => 0),
      refuse: (step, row, error, at) => this.#refuse(step, row, error, at),
    }
  }

  run(loop: RowLoop): void {
    const { from, to } = this.#piece
    try {
      this.#runStretches(loop)
      this.#keepBooks(to - from)
    } catch (error) {
      this.#piece.failed = true
      this.#keepBooks(this.#failedAt + 1 - from)
      this.#links[Math.max(0, this.#failedStep)]?.failed(error)
    }
  }

  /** What has left the last node; undefined where nothing has. */
  made(): Batch | undefined {
    const { count, rows, times, origins } = this.output
    const marks = this.#marks
    if (count === 0 && marks.length === 0) return undefined
    const came = this.#batch
    const written = this.#filters
    return {
      kind: 'batch',
      rows: cut(rows, count),
      times: came.times && (written ? cut(times, count) : this.#left(came.times, count)),
      changes: undefined,
      marks,
      origins: came.origins && (written ? cut(origins, count) : this.#left(came.origins, count)),
    }
  }

  #runStretches(loop: RowLoop): void {
    const piece = this.#piece
    const { to } = piece
    const { marks } = this.#batch
    let { from } = piece
    for (; piece.mark < marks.length; piece.mark++) {
      const mark = marks[piece.mark] as Mark
      if (mark.at > to) break
      if (mark.at > from) loop(this.#batch, from, mark.at, this.output)
      from = mark.at
      this.#pass(mark)
    }
    if (from < to) loop(this.#batch, from, to, this.output)
  }

  #pass({ watermarkMs, origin }: Mark): void {
    let leaving: number | undefined = watermarkMs
    for (const link of this.#links) {
      leaving = link.pass(leaving, origin)
      if (leaving === undefined) return
    }
    this.#marks.push({ at: this.output.count, watermarkMs: leaving, origin })
  }

  #refuse(step: number, row: Row, error: unknown, at: number): void {
    this.#failedStep = step
    this.#failedAt = at
    if (!(error instanceof EvaluationError)) throw error
    const { origins, times } = this.#batch
    this.#links[step]?.refuse(row, error, origins?.[at] ?? 0, times?.[at])
    this.#failedStep = -1
    this.#refused[step] = (this.#refused[step] ?? 0) + 1
    this.#refusedAt.push(at)
  }

  /** Each node's books as if `arrived` rows had been handed from one to the next. */
  #keepBooks(arrived: number): void {
    const links = this.#links
    const { passed: passedEach } = this.output
    let arriving = arrived
    for (let index = 0; index < links.length; index++) {
      const { context, step, out } = links[index] as RowLink
      const { ledger } = context
      const passed = passedEach[index] as number
      if (index === 0) ledger.inFlight -= arriving
      else ledger.in += arriving
      ledger.passed += passed
      if (step.kind === 'filter') {
        const lost = index === this.#failedStep ? 1 : 0
        ledger.filtered += arriving - passed - (this.#refused[index] as number) - lost
      }
      if (index < links.length - 1) out.countRows(passed)
      arriving = passed
    }
  }

  /** Of a value for each row that came, those of the rows that have left. */
  #left(values: readonly number[], count: number): readonly number[] {
    const { from, to } = this.#piece
    if (count === values.length) return values
    if (count === to - from) return values.slice(from, to)
    const refused = new Set(this.#refusedAt)
    const left: number[] = []
    for (let at = from; left.length < count; at++) {
      if (!refused.has(at)) left.push(values[at] ?? 0)
    }
    return left
  }
}

function cut<T>(values: T[], count: number): T[] {
  values.length = count
  return values
}
