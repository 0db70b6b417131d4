/** What a job's sinks are given: for whoever takes it down, or holds it against another run. */

import { ERRORS_SCHEMA, type Row, type StreamSchema } from '@millrace/pipeline'
import type { Observable, Subscription } from 'rxjs'
import type { Change, Element } from './element.ts'
import type { Job } from './job.ts'
import type { JobPlan } from './plan.ts'
import type { DeadLetter } from './refusals.ts'
import { encodeState } from './state-codec.ts'
import { withoutOldRows } from './upsert-view.ts'

/** What comes to a sink, as it sees it. */
export interface JobOutput {
  readonly nodeId: string
  readonly schema: StreamSchema
  readonly elements: Observable<Element>
}

/** By node id. `withOldRows`: also what sinks that take upserts are not given, as rows replaced. */
export function outputsOf(job: Job, plan: JobPlan, withOldRows = false): readonly JobOutput[] {
  return plan.edges
    .flatMap(({ from, to }) => {
      const sink = plan.nodes.find(({ id }) => id === to.node)
      if (sink?.operator.category !== 'sink') return []
      const above = plan.nodes.find(({ id }) => id === from.node)
      const schema = above?.outputSchemas[from.port] ?? ERRORS_SCHEMA
      const upserts =
        !withOldRows &&
        schema.changes === 'upsert' &&
        (sink.operator.upsertInputs?.includes(to.port) ?? false)
      const tapped = job.tap(from.node, from.port)
      return [{ nodeId: sink.id, schema, elements: upserts ? withoutOldRows(tapped) : tapped }]
    })
    .sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
}

/** Calls back for each row, in order. */
export function eachRow(
  element: Element,
  visit: (row: Row, change: Change, timeMs: number | undefined) => void,
): void {
  if (element.kind !== 'batch') return
  const { rows, changes, times } = element
  for (const [index, row] of rows.entries()) visit(row, changes?.[index] ?? '+I', times?.[index])
}

/**
 * A digest of all rows that have left, with their changes and times, by sink. Two runs that gave
 * the same rows in the same order have the same digests; whatever batches they came in.
 */
export class OutputDigester {
  readonly #sinks = new Map<string, Digest>()
  /** Which of two nodes refuses first may depend on batches, so their order does not count. */
  readonly #letters = new Digest(false)
  readonly #subscriptions: Subscription[]

  constructor(outputs: readonly JobOutput[]) {
    this.#subscriptions = outputs.map(({ nodeId, elements }) => {
      const digest = new Digest(true)
      this.#sinks.set(nodeId, digest)
      return elements.subscribe((element) => {
        eachRow(element, (row, change, timeMs) => digest.add([change, timeMs, row]))
      })
    })
  }

  deadLetters(letters: readonly DeadLetter[]): void {
    for (const { nodeId, raw, reason, line, offsetBytes } of letters) {
      this.#letters.add([nodeId, raw, reason, line, offsetBytes])
    }
  }

  /** By sink; under no name, what could not be processed. */
  read(): { readonly [nodeId: string]: { readonly rows: number; readonly digest: string } } {
    const all = [...this.#sinks, ['', this.#letters] as const]
    return Object.fromEntries(all.map(([id, digest]) => [id, digest.read()]))
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
  }
}

const [OFFSET_A, PRIME_A] = [0x811c9dc5, 0x01000193]
const [OFFSET_B, PRIME_B] = [0x9747b28c, 0x85ebca6b]

class Digest {
  readonly #ordered: boolean
  #rows = 0
  #a = OFFSET_A
  #b = OFFSET_B

  constructor(ordered: boolean) {
    this.#ordered = ordered
  }

  add(value: unknown): void {
    let [a, b] = this.#ordered ? [this.#a, this.#b] : [OFFSET_A, OFFSET_B]
    for (const byte of encodeState(value)) {
      a = Math.imul(a ^ byte, PRIME_A)
      b = Math.imul(b ^ byte, PRIME_B)
      b ^= b >>> 15
    }
    this.#rows++
    this.#a = this.#ordered ? a : (this.#a + a) | 0
    this.#b = this.#ordered ? b : (this.#b + b) | 0
  }

  read(): { readonly rows: number; readonly digest: string } {
    const hex = (lane: number) => (lane >>> 0).toString(16).padStart(8, '0')
    return { rows: this.#rows, digest: hex(this.#a) + hex(this.#b) }
  }
}
