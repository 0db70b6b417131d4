/** Other machines in memory, for tests: a receiver that answers as it is told. */

import { type Net, type NetAnswer, type NetExchange, NetFailure, type NetRequest } from '../net.ts'
import { fromUtf8, toUtf8 } from '../utf8.ts'

export interface ReceivedRequest {
  readonly url: string
  readonly method: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface MemoryAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export class MemoryNet implements Net {
  /** All that arrived, in order. */
  readonly received: ReceivedRequest[] = []
  /** What is answered, at once or later; what it throws is the failure. Status 200 if left out. */
  answer: (request: ReceivedRequest) => MemoryAnswer | Promise<MemoryAnswer> = () => ({
    status: 200,
  })
  /** Requests that have not been answered. */
  underWay = 0
  mostUnderWay = 0

  send({ url, method, headers, body }: NetRequest): NetExchange {
    const request = {
      url,
      method,
      headers: new Map(headers.map(([name, value]) => [name.toLowerCase(), value])),
      body: fromUtf8(body) ?? 'The body is no UTF-8.',
    }
    let cancelled = false
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay)
    const answered = this.#receive(request).finally(() => {
      this.underWay--
    })
    return {
      answered: answered.then(
        (answer) => (cancelled ? new Promise<NetAnswer>(() => {}) : answer),
        (error: unknown) => {
          if (cancelled) return new Promise<NetAnswer>(() => {})
          throw error
        },
      ),
      cancel: () => {
        cancelled = true
      },
    }
  }

  async #receive(request: ReceivedRequest): Promise<NetAnswer> {
    await Promise.resolve()
    this.received.push(request)
    const { status, headers = {}, body = '' } = await this.answer(request)
    return { status, headers: new Map(Object.entries(headers)), body: toUtf8(body) }
  }
}

export function brokenConnection(): NetFailure {
  return new NetFailure('no-answer', 'The connection was broken off.')
}
