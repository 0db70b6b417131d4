/** Clients that send records and know which of them were acknowledged. */

import { setTimeout as sleep } from 'node:timers/promises'

const BATCH = 3
const AGAIN_AFTER_MS = 40
const BETWEEN_MS = 4
/** A request that no process answers any more. */
const ANSWER_MS = 5_000
/** Of so many requests one has a line that is no record. */
const POISON_EVERY = 40

export class Sender {
  readonly #name: string
  readonly #url: () => string
  #count = 0
  #isOver = false
  #hasGivenUp = false
  readonly #done: Promise<void>
  readonly acknowledged = new Set<string>()
  /** Records that fit no schema, which must not get in anybody's way. */
  poison = 0
  /** Requests that were sent again because nobody answered. */
  resent = 0

  constructor(name: string, url: () => string) {
    this.#name = name
    this.#url = url
    this.#done = this.#send()
    // Whoever ends it is told.
    this.#done.catch(() => {})
  }

  /** Sends no further records; resolves when the last ones are acknowledged. */
  async end(): Promise<void> {
    this.#isOver = true
    await this.#done
  }

  /** Sends nothing any more, where nobody is left to acknowledge it. */
  giveUp(): void {
    this.#isOver = true
    this.#hasGivenUp = true
  }

  async #send(): Promise<void> {
    for (let request = 0; !this.#isOver; request++) {
      const ids = Array.from({ length: BATCH }, () => `${this.#name}-${this.#count++}`)
      const records: object[] = ids.map((id) => ({ id }))
      const isPoison = request % POISON_EVERY === POISON_EVERY - 1
      if (isPoison) records.push({ id: { no: 'text' } })
      await this.#untilAcknowledged(`${this.#name}/${request}`, JSON.stringify(records))
      if (this.#hasGivenUp) return
      for (const id of ids) this.acknowledged.add(id)
      if (isPoison) this.poison++
      await sleep(BETWEEN_MS)
    }
  }

  /** The same request under the same key, however often nobody answers. */
  async #untilAcknowledged(key: string, body: string): Promise<void> {
    while (!this.#hasGivenUp) {
      try {
        const response = await fetch(`${this.#url()}/hooks/clicks`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': key },
          body,
          signal: AbortSignal.timeout(ANSWER_MS),
        })
        await response.arrayBuffer()
        if (response.status === 202) return
        const waits = response.status === 429 || response.status === 503 || response.status === 404
        if (!waits) throw new Refused(`A request was answered with ${response.status}.`)
      } catch (error) {
        if (error instanceof Refused) throw error
      }
      this.resent++
      await sleep(AGAIN_AFTER_MS)
    }
  }
}

class Refused extends Error {}
