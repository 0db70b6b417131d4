/** The server's log as an engine host sees it, over the channel between them. */

import { TopicFailure, type Topics } from '@millrace/engine'
import { packCall, type TopicCallName, unpackAnswer } from '../supervision/topic-calls.ts'

/** So much may be on its way to the server at once; sinks wait before they try again. */
const SENT_LENGTH_MAX = 32 * 1024 * 1024
const CALLS_MAX = 1024

interface Waiting {
  readonly length: number
  resolve(packed: string): void
}

export class HostTopics implements Topics {
  readonly #send: (number: number, packed: string) => void
  readonly #waiting = new Map<number, Waiting>()
  readonly #callbacks = new Map<string, Set<() => void>>()
  #count = 0
  #sentLength = 0

  constructor(send: (number: number, packed: string) => void) {
    this.#send = send
  }

  answered(number: number, packed: string): void {
    const waiting = this.#waiting.get(number)
    if (waiting === undefined) return
    this.#waiting.delete(number)
    this.#sentLength -= waiting.length
    waiting.resolve(packed)
  }

  appended(topic: string): void {
    for (const callback of [...(this.#callbacks.get(topic) ?? [])]) callback()
  }

  create: Topics['create'] = (...given) => this.#call('create', given)
  list: Topics['list'] = (...given) => this.#call('list', given)
  describe: Topics['describe'] = (...given) => this.#call('describe', given)
  remove: Topics['remove'] = (...given) => this.#call('remove', given)
  append: Topics['append'] = (...given) => this.#call('append', given)
  stage: Topics['stage'] = (...given) => this.#call('stage', given)
  prepare: Topics['prepare'] = (...given) => this.#call('prepare', given)
  commit: Topics['commit'] = (...given) => this.#call('commit', given)
  abort: Topics['abort'] = (...given) => this.#call('abort', given)
  openTransactions: Topics['openTransactions'] = (...given) => this.#call('openTransactions', given)
  read: Topics['read'] = (...given) => this.#call('read', given)
  offsets: Topics['offsets'] = (...given) => this.#call('offsets', given)
  offsetAt: Topics['offsetAt'] = (...given) => this.#call('offsetAt', given)
  acknowledge: Topics['acknowledge'] = (...given) => this.#call('acknowledge', given)

  onAppended(topic: string, callback: () => void): () => void {
    const own = () => callback()
    const callbacks = this.#callbacks.get(topic) ?? new Set()
    callbacks.add(own)
    this.#callbacks.set(topic, callbacks)
    // What came before the server listened is not told of, so everybody looks once more then.
    const listens = callbacks.size > 1 ? Promise.resolve() : this.#call('watch', [topic])
    listens.then(() => this.appended(topic)).catch(() => {})
    return () => {
      callbacks.delete(own)
      if (callbacks.size > 0 || this.#callbacks.get(topic) !== callbacks) return
      this.#callbacks.delete(topic)
      this.#call('unwatch', [topic]).catch(() => {})
    }
  }

  async #call<T>(name: TopicCallName, given: readonly unknown[]): Promise<T> {
    const packed = packCall({ name, arguments: given })
    const isMuch = this.#sentLength > 0 && this.#sentLength + packed.length > SENT_LENGTH_MAX
    if (isMuch || this.#waiting.size >= CALLS_MAX) {
      const message =
        `${this.#waiting.size} calls to the log with ${this.#sentLength} bytes are on their way to the ` +
        'server. Wait for them.'
      throw new TopicFailure('busy', message)
    }
    this.#count++
    const number = this.#count
    this.#sentLength += packed.length
    const answer = await new Promise<string>((resolve) => {
      this.#waiting.set(number, { length: packed.length, resolve })
      this.#send(number, packed)
    })
    return unpackAnswer(answer) as T
  }
}
