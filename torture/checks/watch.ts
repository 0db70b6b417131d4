/**
 * Looks at everything that leaves a running job's nodes and says what must not be. It asks only
 * what any job can be asked, so it serves simulated jobs and real ones.
 */

import {
  type Batch,
  type Element,
  END_OF_TIME_MS,
  type Job,
  type NodeView,
  START_OF_TIME_MS,
} from '../../packages/engine/src/index.ts'
import type { StreamSchema } from '../../packages/pipeline/src/index.ts'

export interface WatchedNode {
  readonly operator: { readonly category: string; readonly upsertInputs?: readonly string[] }
  readonly config: unknown
  readonly outputSchemas: { readonly [port: string]: StreamSchema }
}

export interface WatchedPlan {
  readonly nodes: ReadonlyMap<string, WatchedNode>
  readonly edges: readonly {
    readonly from: { readonly node: string; readonly port: string }
    readonly to: { readonly node: string; readonly port: string }
  }[]
}

const FAULTS_MAX = 5

export class Watch {
  readonly faults: string[] = []
  readonly #plan: WatchedPlan
  /** Nodes that an edit has reached: their books may begin elsewhere than those above them. */
  readonly #edited: ReadonlySet<string>
  #job: Job | undefined

  constructor(plan: WatchedPlan, edited: ReadonlySet<string> = new Set()) {
    this.#plan = plan
    this.#edited = edited
  }

  /** From now on, until the job ends. */
  begin(job: Job): void {
    this.#job = job
    for (const [id, node] of this.#plan.nodes) {
      for (const [port, schema] of Object.entries(node.outputSchemas)) {
        this.#look(id, port, firesOnce(node, port) ? new FiredWindows(schema) : undefined)
      }
    }
  }

  /**
   * Between turns, and at the end: every record that came in is in one bucket, and what left a
   * node has come in at each of its readers.
   */
  checkBooks(when: string): void {
    const views = this.#job?.nodes() ?? new Map<string, NodeView>()
    for (const [id, { ledger }] of views) {
      const { passed, filtered, late, deadLettered, dropped } = ledger
      const { held, absorbed, expired, inFlight } = ledger
      const sum =
        passed + filtered + late + deadLettered + dropped + held + absorbed + expired + inFlight
      if (sum !== ledger.in) this.#note(`${when}, "${id}" has ${ledger.in} in and ${sum} booked.`)
      if (held < 0) this.#note(`${when}, "${id}" holds ${held} records.`)
    }
    for (const [id, { operator }] of this.#plan.nodes) {
      const above = this.#plan.edges.filter(({ to }) => to.node === id)
      // A reader of upserts is not handed the rows that they replace.
      const upserts = above.some(({ to }) => operator.upsertInputs?.includes(to.port))
      if (above.length === 0 || upserts || this.#edited.has(id)) continue
      const came = above.reduce(
        (sum, { from }) => sum + (views.get(from.node)?.ledger.ports[from.port] ?? 0),
        0,
      )
      const counted = views.get(id)?.ledger.in ?? 0
      if (came !== counted) {
        this.#note(`${when}, ${came} rows left for "${id}", and ${counted} came in.`)
      }
    }
  }

  #look(id: string, port: string, windows: FiredWindows | undefined): void {
    const end = `"${id}.${port}"`
    let watermarkMs = START_OF_TIME_MS
    let ended = false
    // One that idle inputs let go to the end of time before a restart does not send it again.
    const endedBefore = this.#job?.nodes().get(id)?.watermarkMs === END_OF_TIME_MS
    const pass = (ms: number) => {
      if (ms <= watermarkMs && ms !== START_OF_TIME_MS) {
        this.#note(`The watermark of ${end} goes from ${watermarkMs} to ${ms}.`)
      }
      watermarkMs = ms
    }
    this.#job?.tap(id, port).subscribe({
      next: (element: Element) => {
        if (ended) this.#note(`Something leaves ${end} behind its end.`)
        if (element.kind !== 'batch') return
        for (const mark of element.marks) pass(mark.watermarkMs)
        const twice = windows?.again(element)
        if (twice !== undefined) this.#note(`A window of ${end} fires twice: ${twice}.`)
      },
      complete: () => {
        ended = true
        if (watermarkMs === END_OF_TIME_MS || endedBefore) return
        // One that fails on what the last watermark sets off ends where it stands.
        if (this.#job?.state === 'failed') return
        this.#note(`${end} ends at watermark ${watermarkMs}.`)
      },
    })
  }

  #note(fault: string): void {
    if (this.faults.length < FAULTS_MAX) this.faults.push(fault)
  }
}

/** Whether each window of each group has one result, which cannot be taken back. */
function firesOnce({ operator, config, outputSchemas }: WatchedNode, port: string): boolean {
  const schema = outputSchemas[port]
  if (operator.category !== 'window' || port !== 'out' || schema?.changes !== 'append') return false
  const { early, allowedLateness } = config as { early?: unknown; allowedLateness?: number }
  if (early !== undefined || (allowedLateness ?? 0) > 0) return false
  return schema.columns.some(({ name }) => name === 'window_end')
}

/** By group and window, as long as the job runs. */
class FiredWindows {
  readonly #seen = new Set<string>()
  readonly #key: readonly number[]

  constructor({ columns }: StreamSchema) {
    const last = columns.findIndex(({ name }) => name === 'window_end')
    this.#key = columns.map((_, index) => index).slice(0, last + 1)
  }

  again({ rows }: Batch): string | undefined {
    for (const row of rows) {
      const key = JSON.stringify(this.#key.map((index) => row[index]))
      if (this.#seen.has(key)) return key
      this.#seen.add(key)
    }
    return undefined
  }
}
