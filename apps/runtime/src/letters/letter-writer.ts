/**
 * Hands dead letters of a hosted job to the server, exactly once with its checkpoints. A letter is
 * named by its job, its node, the how-manieth of the node it is, and what it says: a job that was
 * begun anew, since it has no checkpoint, tells of the same letters under the same names.
 */

import { createHash } from 'node:crypto'
import { TopicWriter } from '@millrace/connectors/node'
import type {
  CheckpointOptions,
  DeadLetter,
  Env,
  JobMeta,
  Outstanding,
  PreparedOutput,
  ResendOutcome,
  Saved,
  SinkCut,
  Topics,
  TransactionalSink,
} from '@millrace/engine'
import { encodeEvent, LETTERS_TOPIC } from './letter-events.ts'
import { LetterLine, type SavedLine } from './letter-line.ts'

export interface LetterWriterOptions {
  readonly jobId: string
  /** What the job goes on from. */
  readonly restored: CheckpointOptions['restored']
  readonly env: Env
  readonly topics: Topics
}

interface SavedLetters {
  /** How many each node has refused. */
  readonly counts: { readonly [node: string]: number }
  readonly written: Saved
  /** Absent in checkpoints of before there were lines. */
  readonly line?: SavedLine
}

/** No node is called so, since it has a dot. */
const WRITER = 'millrace.letters'

/** What a checkpoint holds of what has been told of letters. */
export function savedLine({ prepared }: Pick<JobMeta, 'prepared'>): SavedLine | undefined {
  return (prepared[''] as unknown as SavedLetters | undefined)?.line
}

export class LetterWriter implements TransactionalSink {
  /** What the job holds of what has been told. */
  readonly line: LetterLine
  readonly #jobId: string
  readonly #options: LetterWriterOptions
  readonly #counts = new Map<string, number>()
  readonly #relay = new LateOutstanding()
  #opened: TopicWriter | undefined
  #failure: Error | undefined

  constructor(options: LetterWriterOptions) {
    this.#jobId = options.jobId
    this.#options = options
    const { restored } = options
    this.line = new LetterLine(
      options.jobId,
      restored === undefined ? undefined : savedLine(restored.meta),
    )
  }

  /** Throws where letters before could not be handed over: then the job fails. */
  refused(letters: readonly DeadLetter[], outstanding: Outstanding): void {
    this.#relay.to = outstanding
    if (this.#failure !== undefined) throw this.#failure
    for (const letter of letters) {
      const id = this.#nameOf(letter)
      this.#write(
        encodeEvent({ kind: 'refused', jobId: this.#jobId, id, letter, at: this.line.next() }),
        letter.refusedAtMs,
      )
    }
  }

  tried(outcome: ResendOutcome): void {
    if (outcome.result === 'refused') this.line.noteRefusedAgain(outcome.letterId)
    else this.line.noteAccepted(outcome.letterId)
    const event = { kind: 'outcome', jobId: this.#jobId, outcome, at: this.line.next() } as const
    this.#write(encodeEvent(event), outcome.atMs)
  }

  async recover(prepared: Saved): Promise<void> {
    const saved = prepared as unknown as SavedLetters | undefined
    this.#counts.clear()
    for (const [node, count] of Object.entries(saved?.counts ?? {})) this.#counts.set(node, count)
    await this.#open(true).recover(saved?.written)
    const { root, before, isNew } = this.line
    if (!isNew) return
    const begun = { kind: 'begun', jobId: this.#jobId, root, before } as const
    this.#write(encodeEvent(begun), this.#options.env.clock.nowMs())
  }

  cut(_cut: SinkCut): PreparedOutput {
    const counts = Object.fromEntries(this.#counts)
    const line = this.line.cut()
    const output = this.#opened?.cut()
    return { prepare: async () => ({ counts, line, written: await output?.prepare() }) }
  }

  async commit(prepared: Saved): Promise<void> {
    const { written } = prepared as unknown as SavedLetters
    if (written !== undefined) await this.#opened?.commit(written)
  }

  async abort(): Promise<void> {
    await this.#opened?.abort()
  }

  async close(): Promise<void> {
    await this.#opened?.close()
  }

  #write(value: Uint8Array, timestampMs: number): void {
    this.#open(false).write({ key: null, value, timestampMs })
  }

  /** A job whose checkpoints are stored recovers before anything comes. */
  #open(checkpointed: boolean): TopicWriter {
    const { env, topics } = this.#options
    this.#opened ??= new TopicWriter({
      config: { topic: LETTERS_TOPIC, partitions: 1 },
      isTable: false,
      ...{ env, topics, nodeId: WRITER, checkpointed, outstanding: this.#relay },
      fail: (error) => {
        this.#failure = error
      },
    })
    return this.#opened
  }

  #nameOf({ nodeId, resendOf, raw, reason, bytes }: DeadLetter): string {
    const of =
      resendOf === undefined ? nodeId : `${nodeId}.${resendOf.letterId}-${resendOf.attempt}`
    const count = (this.#counts.get(of) ?? 0) + 1
    this.#counts.set(of, count)
    const hash = createHash('sha256')
      .update(`${of}\n${reason}\n`)
      .update(bytes ?? raw)
    return `${this.#jobId}.${nodeId}.${count}.${hash.digest('hex').slice(0, 12)}`
  }
}

/** That of the job, which is known with the first letter. */
class LateOutstanding implements Outstanding {
  to: Outstanding | undefined
  #early = 0

  add(count: number): void {
    if (this.to === undefined) this.#early += count
    else this.to.add(count)
  }

  remove(count: number): void {
    const early = Math.min(this.#early, count)
    this.#early -= early
    if (count > early) this.to?.remove(count - early)
  }
}
