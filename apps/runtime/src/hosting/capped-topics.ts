/** The log as one source of a backfill sees it: up to where the running job stands. */

import type { Topics } from '@millrace/engine'
import { readOnlyTopics } from '../read-only-topics.ts'

/** By partition, behind the last record that may be seen. Others show nothing. */
export type Caps = ReadonlyMap<number, number>

export class CappedTopics {
  /** What the source reads. */
  readonly topics: Topics
  #caps: Caps = new Map()
  readonly #callbacks = new Set<() => void>()

  constructor(topics: Topics) {
    this.topics = {
      ...readOnlyTopics(topics, 'A backfill may only read topics.'),
      offsets: async (topic) => {
        const all = await topics.offsets(topic)
        return all.map((one, partition) => {
          const cap = this.#caps.get(partition) ?? one.startOffset
          return { ...one, endOffset: Math.min(one.endOffset, cap) }
        })
      },
      // Records behind the cap are left out of what is read, so that a gap before it is passed.
      read: async (topic, partition, fromOffset, bytesMax) => {
        const cap = this.#caps.get(partition) ?? 0
        const batch = await topics.read(topic, partition, fromOffset, bytesMax)
        return {
          records: batch.records.filter(({ offset }) => offset < cap),
          nextOffset: Math.min(batch.nextOffset, Math.max(cap, fromOffset)),
          endOffset: Math.min(batch.endOffset, cap),
        }
      },
      onAppended: (_, callback) => {
        this.#callbacks.add(callback)
        return () => this.#callbacks.delete(callback)
      },
    }
  }

  get caps(): Caps {
    return this.#caps
  }

  raise(caps: Caps): void {
    this.#caps = caps
    for (const callback of [...this.#callbacks]) callback()
  }
}
