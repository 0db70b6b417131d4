/**
 * Checks documents for the server: small ones at once, large ones in a thread beside it, one after
 * the other. The thread is started when it is needed, and ended when it has had nothing to do for a
 * while, since it holds the code of all operators once more.
 */

import type { Worker } from 'node:worker_threads'
import type { OperatorDefinition, Timers } from '@millrace/engine'
import type { CheckedPipeline, Problem, Registry } from '@millrace/pipeline'
import { requireRecorded } from '../replay/recorded-document.ts'
import type { NewVersion } from '../storage/pipeline-store.ts'
import { Refusal } from '../supervision/refusal.ts'
import { type CheckAnswer, type CheckReplies, type CheckRequest, ofCopy } from './check-thread.ts'
import {
  type AnyDocument,
  findProblems,
  type LookedAt,
  lookAt,
  type RunnablePipeline,
  readVersion,
  requireRunnable,
} from './document-checks.ts'

export interface DocumentCheckerOptions {
  readonly registry: Registry<OperatorDefinition>
  readonly timers: Timers
  startCheckThread(): Worker
  /** Up to so many UTF-16 code units a document is checked at once. */
  readonly smallLengthMax?: number
  /** So long one check in the thread may take. */
  readonly checkMsMax?: number
}

/** The expressions of so much take some 30 ms. */
const SMALL_LENGTH_MAX = 16 * 1024
/** The largest document takes a quarter of this on a machine that is free. */
const CHECK_MS_MAX = 60_000
const IDLE_MS = 60_000
/** Each may be as long as a request. */
const WAITING_MAX = 16
/** Of a value of JSON with what stands around it, beside its text. */
const VALUE_LENGTH = 4

interface Waiting {
  readonly request: CheckRequest
  resolve(answer: CheckAnswer): void
  reject(error: Refusal): void
}

export class DocumentChecker {
  readonly #options: Required<DocumentCheckerOptions>
  readonly #waiting: Waiting[] = []
  #thread: Worker | undefined
  #current: Waiting | undefined
  /** Of the check under way, or of the thread that has nothing to do. */
  #cancelTimer = () => {}
  #closed = false
  /** What was asked for last: a start asks for the same document again and again. */
  #last: { readonly text: string; readonly runnable: RunnablePipeline } | undefined

  constructor(options: DocumentCheckerOptions) {
    const usual = { smallLengthMax: SMALL_LENGTH_MAX, checkMsMax: CHECK_MS_MAX }
    this.#options = { ...usual, ...options }
  }

  /** Everything that is wrong with a document. */
  async problems(document: AnyDocument): Promise<readonly Problem[]> {
    if (this.#isSmall(document)) return findProblems(document, this.#options.registry)
    return this.#ask({ want: 'problems', document })
  }

  /** What may be saved, as it is kept. Rejects with a `Refusal`. */
  async version(document: Record<string, unknown>): Promise<NewVersion> {
    if (this.#isSmall(document)) return readVersion(document)
    return this.#ask({ want: 'version', document })
  }

  /** Rejects with a `Refusal` where the document cannot run. */
  async runnable(text: string): Promise<RunnablePipeline> {
    if (this.#last?.text === text) return this.#last.runnable
    const runnable = requireRunnable(await this.#look(text))
    this.#last = { text, runnable }
    return runnable
  }

  /** Rejects with a `Refusal` where this Millrace does not take what was recorded. */
  async recorded(text: string): Promise<CheckedPipeline<OperatorDefinition>> {
    return requireRecorded(await this.#look(text))
  }

  /** What waits is refused. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#waiting.splice(0)) reject(isStopping())
    this.#current?.reject(isStopping())
    this.#current = undefined
    await this.#endThread()
  }

  #isSmall(document: AnyDocument): boolean {
    return isShort(document, this.#options.smallLengthMax)
  }

  async #look(text: string): Promise<LookedAt> {
    const { registry } = this.#options
    if (this.#isSmall(text)) return lookAt(text, registry)
    return ofCopy(await this.#ask({ want: 'all', document: text }), registry)
  }

  async #ask<Want extends keyof CheckReplies>(
    request: CheckRequest & { readonly want: Want },
  ): Promise<CheckReplies[Want]> {
    if (this.#closed) throw isStopping()
    if (this.#waiting.length >= WAITING_MAX) {
      const message = `${WAITING_MAX} large documents wait to be checked, and no more can. Send this one again in a moment.`
      throw new Refusal('unavailable', 'too-many-large-documents', message)
    }
    const answer = await new Promise<CheckAnswer>((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject })
      this.#next()
    })
    if ('fault' in answer) throw new Error(`A document could not be checked: ${answer.fault}`)
    if ('reply' in answer) return answer.reply as CheckReplies[Want]
    const { kind, code, message, problems } = answer.refusal
    throw new Refusal(kind, code, message, problems)
  }

  #next(): void {
    if (this.#current !== undefined) return
    this.#cancelTimer()
    const next = this.#waiting.shift()
    const { timers, checkMsMax } = this.#options
    if (next === undefined) {
      this.#cancelTimer = timers.after(IDLE_MS, () => void this.#endThread())
      return
    }
    this.#current = next
    this.#thread ??= this.#start()
    this.#thread.postMessage(next.request)
    this.#cancelTimer = timers.after(checkMsMax, () => this.#giveUp(tookTooLong(checkMsMax)))
  }

  #start(): Worker {
    const thread = this.#options.startCheckThread()
    // What a request waits for keeps the server, and nothing else.
    thread.unref()
    thread.on('message', (answer: CheckAnswer) => {
      if (this.#thread !== thread) return
      const current = this.#current
      this.#current = undefined
      this.#next()
      current?.resolve(answer)
    })
    let why = ''
    thread.on('error', (error) => {
      why = error.message
    })
    thread.on('exit', () => {
      if (this.#thread === thread) this.#giveUp(hasEnded(why))
    })
    return thread
  }

  /** The next one gets a thread of its own. */
  #giveUp(refusal: Refusal): void {
    void this.#endThread()
    const current = this.#current
    this.#current = undefined
    this.#next()
    current?.reject(refusal)
  }

  async #endThread(): Promise<void> {
    this.#cancelTimer()
    const thread = this.#thread
    this.#thread = undefined
    await thread?.terminate()
  }
}

/** Whether it has so many code units at most; more of it is not gone through. */
function isShort(document: AnyDocument, lengthMax: number): boolean {
  if (typeof document === 'string') return document.length <= lengthMax
  let left = lengthMax
  const waiting: unknown[] = [document]
  while (waiting.length > 0) {
    const value = waiting.pop()
    left -= VALUE_LENGTH
    if (typeof value === 'string') left -= value.length
    else if (typeof value === 'object' && value !== null) {
      for (const name of Object.keys(value)) {
        left -= name.length
        if (left < 0) return false
        waiting.push((value as { readonly [name: string]: unknown })[name])
      }
    }
    if (left < 0) return false
  }
  return true
}

function tookTooLong(checkMsMax: number): Refusal {
  const message =
    `The document was checked for ${checkMsMax / 1000} s without an end, which is the limit. Divide the ` +
    'pipeline into several, or make its expressions shorter.'
  return new Refusal('unavailable', 'document-check-too-long', message)
}

function hasEnded(why: string): Refusal {
  const reason = why === '' ? '' : ` (${why.replace(/[.\s]+$/, '')})`
  const message =
    `The check of the document has ended before it was through${reason}. Try again; where it ends so ` +
    'once more, divide the pipeline into several.'
  return new Refusal('unavailable', 'document-check-broken', message)
}

function isStopping(): Refusal {
  const message = 'The server is stopping, so the document is not checked. Try again afterwards.'
  return new Refusal('unavailable', 'server-draining', message)
}
