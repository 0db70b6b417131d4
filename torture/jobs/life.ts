/** One life of a process that runs a job: from its start to its end, or to the crash. */

import type { Job, JobFailure } from '../../packages/engine/src/index.ts'
import { settle, type World } from './world.ts'

export type LifeEnd =
  | { readonly kind: 'done' | 'crashed' | 'stopped' }
  | { readonly kind: 'failed'; readonly failure: JobFailure }
  /** It waits for something that will not come, or goes on for ever. */
  | { readonly kind: 'stuck'; readonly why: string }

const SLICES_MAX = 20_000
const VIRTUAL_MS_MAX = 6 * 3_600_000

export interface Life {
  readonly end: LifeEnd
  readonly slices: number
}

/** `onSlice` may stop the job, or say that the process ends here. */
export async function live(
  world: World,
  job: Job,
  onSlice: (slice: number) => 'crash' | undefined,
): Promise<Life> {
  let woken = false
  job.onWake = () => {
    woken = true
  }
  const startMs = world.elapsedMs
  for (let slices = 0; ; slices++) {
    const ended = (end: LifeEnd): Life => ({ end, slices })
    if (slices > SLICES_MAX) return ended({ kind: 'stuck', why: `It takes ${slices} slices.` })
    if (world.elapsedMs - startMs > VIRTUAL_MS_MAX) {
      return ended({ kind: 'stuck', why: `It takes ${world.elapsedMs - startMs} ms.` })
    }
    woken = false
    const slice = job.runSlice()
    if (!world.crashed && onSlice(slices) === 'crash') world.crashed = true
    if (!world.crashed) await settle()
    if (world.crashed) return ended({ kind: 'crashed' })
    if (slice === 'done') return ended(await finish(world, job))
    if (slice === 'more' || woken) world.ringDue()
    else if (!world.advance()) {
      return ended({ kind: 'stuck', why: 'It waits, and no timer is set.' })
    }
  }
}

async function finish(world: World, job: Job): Promise<LifeEnd> {
  const stopped = job.state === 'stopped'
  let end: LifeEnd | undefined
  job.finish().then(
    (failure) => {
      if (failure !== undefined) end = { kind: 'failed', failure }
      else end = { kind: stopped ? 'stopped' : 'done' }
    },
    (error: unknown) => {
      end = { kind: 'stuck', why: `Its end broke: ${String(error)}` }
    },
  )
  for (;;) {
    await settle()
    if (world.crashed) return { kind: 'crashed' }
    if (end !== undefined) return end
    if (!world.advance()) return { kind: 'stuck', why: 'Its end waits, and no timer is set.' }
  }
}
