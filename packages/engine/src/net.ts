/** Other machines as everything that runs sees them: requests over HTTP, and their answers. */

export interface Net {
  /** Redirects are answers like any other: they are not followed. */
  send(request: NetRequest): NetExchange
}

export interface NetRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH'
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
  /** From the start up to the end of the answer. */
  readonly timeoutMs: number
  /** No more of the answer's body is kept. */
  readonly answerBytesMax: number
}

export interface NetExchange {
  /** Rejects with a `NetFailure`; then the request may have arrived or not. */
  readonly answered: Promise<NetAnswer>
  /** Gives it up; `answered` need not settle then. */
  cancel(): void
}

export interface NetAnswer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
}

/** `not-allowed`: whoever runs this Millrace does not let it reach that address. */
export type NetFailureCode = 'not-allowed' | 'timed-out' | 'no-answer'

export class NetFailure extends Error {
  readonly code: NetFailureCode

  constructor(code: NetFailureCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'NetFailure'
    this.code = code
  }
}
