/** One life of a process that runs a job: from its start to its end, or to the crash. */

import { type Job, type JobFailure, toJobFailure } from '../../packages/engine/src/index.ts'
import { settle, type World } from './world.ts'

export type LifeEnd =
  | { readonly kind: 'done' | 'crashed' | 'stopped' }
  | { readonly kind: 'failed'; readonly failure: JobFailure }
  /** It waits for something that will not come, or goes on for ever. */
  | { readonly kind: 'stuck'; readonly why: string }

const SLICES_MAX = 20_000
/** So often a job may have something to do at one moment, before what is on its way arrives. */
const STILL_MAX = 500
const VIRTUAL_MS_MAX = 6 * 3_600_000

export interface StartedJob {
  readonly job: Job
  /** Called when the job has ended by itself. */
  close(): Promise<void>
}

export interface Life {
  readonly end: LifeEnd
  /** Absent where it did not come to start one. */
  readonly job: Job | undefined
  readonly slices: number
}

/** `onSlice` may stop the job, or say that the process ends here. */
export async function live(
  world: World,
  start: () => Promise<StartedJob>,
  onSlice: (job: Job, slice: number) => 'crash' | undefined,
): Promise<Life> {
  const started = await settled(world, start())
  if (!('value' in started)) return { end: started, job: undefined, slices: 0 }
  const { job, close } = started.value
  const run = await runSlices(world, job, onSlice)
  if (run.end.kind === 'crashed' || run.end.kind === 'stuck') return { ...run, job }
  const closed = await settled(world, close())
  return { ...run, job, ...('value' in closed ? {} : { end: closed }) }
}

async function runSlices(
  world: World,
  job: Job,
  onSlice: (job: Job, slice: number) => 'crash' | undefined,
): Promise<Omit<Life, 'job'>> {
  let woken = false
  job.onWake = () => {
    woken = true
  }
  const startMs = world.elapsedMs
  let [stillMs, still] = [startMs, 0]
  for (let slices = 0; ; slices++) {
    const ended = (end: LifeEnd) => ({ end, slices })
    if (slices > SLICES_MAX) return ended({ kind: 'stuck', why: `It takes ${slices} slices.` })
    if (world.elapsedMs - startMs > VIRTUAL_MS_MAX) {
      return ended({ kind: 'stuck', why: `It takes ${world.elapsedMs - startMs} ms.` })
    }
    woken = false
    const slice = job.runSlice()
    if (!world.crashed && onSlice(job, slices) === 'crash') world.crashed = true
    if (!world.crashed) await settle()
    if (world.crashed) return ended({ kind: 'crashed' })
    if (slice === 'done') return ended(await finish(world, job))
    // One that takes checkpoint after checkpoint would wait for ever for what a slow disk reads.
    still = world.elapsedMs === stillMs ? still + 1 : 0
    stillMs = world.elapsedMs
    if (still > STILL_MAX && still % STILL_MAX === 0 && world.advance()) continue
    if (slice === 'more' || woken) world.ringDue()
    else if (!world.advance()) {
      return ended({ kind: 'stuck', why: 'It waits, and no timer is set.' })
    }
  }
}

async function finish(world: World, job: Job): Promise<LifeEnd> {
  const finished = await settled(world, job.finish())
  if (!('value' in finished)) return finished
  if (finished.value !== undefined) return { kind: 'failed', failure: finished.value }
  // One that is suspended may be told so only now, in place of coming to its end.
  return { kind: job.state === 'stopped' ? 'stopped' : 'done' }
}

/** Lets time go on until a promise is kept or broken, or the process has crashed. */
export async function settled<T>(
  world: World,
  promise: Promise<T>,
): Promise<LifeEnd | { readonly value: T }> {
  let settled: LifeEnd | { readonly value: T } | undefined
  promise.then(
    (value) => {
      settled = { value }
    },
    (error: unknown) => {
      settled = { kind: 'failed', failure: toJobFailure(error, undefined) }
    },
  )
  for (;;) {
    await settle()
    if (world.crashed) return { kind: 'crashed' }
    if (settled !== undefined) return settled
    if (!world.advance()) return { kind: 'stuck', why: 'It waits, and no timer is set.' }
  }
}
