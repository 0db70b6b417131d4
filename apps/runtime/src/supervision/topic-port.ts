/** What one engine host does with the server's log. */

import { TopicFailure, type Topics } from '@millrace/engine'
import { packAnswer, packFailure, type TopicCall, unpackCall } from './topic-calls.ts'

/** More calls of one host are not in work at once. */
const CALLS_MAX = 2048
/** What is read waits while answers of this length have not been taken in by the host. */
const ANSWERS_LENGTH_MAX = 16 * 1024 * 1024

export interface TopicPortOptions {
  readonly topics: Topics
  /** Resolves when the host has taken it in; rejects where it never will. */
  answer(number: number, packed: string): Promise<unknown>
  /** Resolves when the host has taken it in. */
  appended(topic: string): Promise<unknown>
}

interface Watched {
  readonly stop: () => void
  telling: boolean
  /** Something has come while the host was told. */
  again: boolean
}

export class TopicPort {
  readonly #options: TopicPortOptions
  readonly #watched = new Map<string, Watched>()
  #calls = 0
  #answersLength = 0
  readonly #readers: (() => void)[] = []
  #closed = false

  constructor(options: TopicPortOptions) {
    this.#options = options
  }

  /** Never rejects. */
  async ask(number: number, packed: string): Promise<void> {
    let answer: string
    this.#calls++
    try {
      if (this.#calls > CALLS_MAX) {
        const message = `${CALLS_MAX} calls of an engine host to the log are in work already. Wait.`
        throw new TopicFailure('busy', message)
      }
      answer = packAnswer(await this.#call(unpackCall(packed)))
    } catch (error) {
      answer = packFailure(error)
    }
    this.#calls--
    if (!this.#closed) this.#answer(number, answer)
  }

  #answer(number: number, answer: string): void {
    const { length } = answer
    this.#answersLength += length
    const done = () => {
      this.#answersLength -= length
      while (!this.#isCrowded && this.#readers.length > 0) this.#readers.shift()?.()
    }
    this.#options.answer(number, answer).then(done, done)
  }

  get #isCrowded(): boolean {
    return this.#answersLength >= ANSWERS_LENGTH_MAX
  }

  close(): void {
    this.#closed = true
    for (const goOn of this.#readers.splice(0)) goOn()
    for (const { stop } of this.#watched.values()) stop()
    this.#watched.clear()
  }

  async #call({ name, arguments: given }: TopicCall): Promise<unknown> {
    if (name === 'watch') return this.#watch(given[0] as string)
    if (name === 'unwatch') return this.#unwatch(given[0] as string)
    while (name === 'read' && this.#isCrowded && !this.#closed) {
      await new Promise<void>((resolve) => this.#readers.push(resolve))
    }
    // The host is ours and calls as the types say; the log looks at names and values itself.
    const call = this.#options.topics[name] as (...values: unknown[]) => Promise<unknown>
    return call.apply(this.#options.topics, [...given])
  }

  #watch(topic: string): void {
    if (this.#watched.has(topic) || this.#closed) return
    const stop = this.#options.topics.onAppended(topic, () => this.#appended(topic))
    this.#watched.set(topic, { stop, telling: false, again: false })
  }

  #unwatch(topic: string): void {
    this.#watched.get(topic)?.stop()
    this.#watched.delete(topic)
  }

  /** However fast records come, the host is told again when it has taken in the last time. */
  #appended(topic: string): void {
    const watched = this.#watched.get(topic)
    if (watched === undefined) return
    if (watched.telling) {
      watched.again = true
      return
    }
    watched.telling = true
    const done = () => {
      watched.telling = false
      if (!watched.again) return
      watched.again = false
      this.#appended(topic)
    }
    this.#options.appended(topic).then(done, () => {})
  }
}
