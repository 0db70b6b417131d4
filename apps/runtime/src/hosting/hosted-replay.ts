/** Replays a recording in its host, beside another version, and keeps what is shown of it small. */

import { DiskError, type Env, type OperatorDefinition } from '@millrace/engine'
import type { Registry, wire } from '@millrace/pipeline'
import { DamagedFile, openRecording } from '@millrace/storage'
import { checkRecorded } from '../replay/recorded-document.ts'
import { runReplay } from '../replay/run-replay.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { ReplayWish } from '../supervision/replay-messages.ts'

/** Of a result as JSON: what it shows is for people, and goes through several hands. */
const RESULT_LENGTH_MAX = 4 * 1024 * 1024

export class HostedReplay {
  readonly #env: Env
  readonly #registry: Registry<OperatorDefinition>
  #turns = 0
  #records = 0

  constructor(env: Env, registry: Registry<OperatorDefinition>) {
    this.#env = env
    this.#registry = registry
  }

  get progress(): { readonly turns: number; readonly records: number } {
    return { turns: this.#turns, records: this.#records }
  }

  /** Rejects with a `Refusal`. */
  async run({ root, folder, document, keys, place }: ReplayWish): Promise<wire.ReplayResult> {
    try {
      const recording = await openRecording(this.#env.disk, root, folder)
      if (recording === undefined) throw gone()
      const result = await runReplay({
        env: this.#env,
        recording,
        old: checkRecorded(recording.head.document, this.#registry),
        next: document === null ? undefined : checkRecorded(document, this.#registry),
        keys: new Map(Object.entries(keys)),
        place,
        onProgress: ({ turns, records }) => {
          this.#turns = turns
          this.#records = records
        },
      })
      if (result === undefined) throw gone()
      return fitResult(result, RESULT_LENGTH_MAX)
    } catch (error) {
      if (!(error instanceof DamagedFile || error instanceof DiskError)) throw error
      throw new Refusal('conflict', 'recording-not-readable', error.message)
    }
  }
}

/** With as many of the first differences, and records beside them, as there is room for. */
export function fitResult(result: wire.ReplayResult, lengthMax: number): wire.ReplayResult {
  let fitted = result
  for (let first = 50; JSON.stringify(fitted).length > lengthMax; first >>= 1) {
    const sinks = fitted.sinks.map((sink) => ({
      ...sink,
      first: sink.first.slice(0, first).map((one) => ({ ...one, near: [] })),
    }))
    fitted = { ...fitted, sinks }
    if (first === 0) break
  }
  return fitted
}

function gone(): Refusal {
  return new Refusal('not-found', 'no-such-recording', 'The recording is not there any more.')
}
