/**
 * The event-time pictures of one job: made when somebody looks at a window, and kept up for a while
 * when he looks elsewhere, so that what has fired meanwhile is there when he comes back.
 */

import type { Env, Job, OperatorDefinition } from '@millrace/engine'
import type { CheckedNode, CheckedPipeline } from '@millrace/pipeline'
import { Refusal } from '../supervision/refusal.ts'
import { PictureRecorder } from './picture-recorder.ts'
import { nodesAbove, toWireProgress } from './source-progress.ts'

/** Windows that are recorded with nobody looking: each costs a little of the job's time. */
const UNSEEN_MAX = 3
/** And for how long, while the job runs. After its end they cost nothing. */
const UNSEEN_MS_MAX = 15 * 60_000

interface Looked {
  readonly recorder: PictureRecorder
  /** When the last one looked away (monotonic milliseconds); undefined while somebody looks. */
  leftAtMs: number | undefined
}

export interface PicturedJob {
  readonly jobId: string
  readonly env: Env
  readonly job: Job
  readonly checked: Pick<CheckedPipeline<OperatorDefinition>, 'edges'>
}

type Node = CheckedNode<OperatorDefinition>

export class HostedPictures {
  readonly #options: PicturedJob
  /** Those nobody looks at in the order in which they were left. */
  readonly #looked = new Map<string, Looked>()

  constructor(options: PicturedJob) {
    this.#options = options
  }

  open(node: Node): void {
    const known = this.#looked.get(node.id)
    if (known !== undefined) {
      known.leftAtMs = undefined
      return
    }
    if (this.#options.job.windowsOf(node.id) === undefined) {
      const message = `Node "${node.id}" has no windows to draw. Choose a window node.`
      throw new Refusal('bad-request', 'no-windows', message)
    }
    this.#looked.set(node.id, { recorder: this.#record(node), leftAtMs: undefined })
  }

  /** Nobody looks at it any more. */
  close(nodeId: string): void {
    const left = this.#looked.get(nodeId)
    if (left === undefined || left.leftAtMs !== undefined) return
    left.leftAtMs = this.#options.env.clock.monotonicMs()
    this.#looked.delete(nodeId)
    this.#looked.set(nodeId, left)
    const unseen = [...this.#looked].filter(([, { leftAtMs }]) => leftAtMs !== undefined)
    for (const [id] of unseen.slice(0, Math.max(0, unseen.length - UNSEEN_MAX))) this.#forget(id)
  }

  /** Those that somebody looks at. What has been left for long in a running job is forgotten. */
  shown(running: boolean): readonly PictureRecorder[] {
    const nowMs = this.#options.env.clock.monotonicMs()
    const shown: PictureRecorder[] = []
    for (const [nodeId, { recorder, leftAtMs }] of this.#looked) {
      if (leftAtMs === undefined) shown.push(recorder)
      else if (running && nowMs - leftAtMs > UNSEEN_MS_MAX) this.#forget(nodeId)
    }
    return shown
  }

  closeAll(): void {
    for (const nodeId of [...this.#looked.keys()]) this.#forget(nodeId)
  }

  #forget(nodeId: string): void {
    this.#looked.get(nodeId)?.recorder.close()
    this.#looked.delete(nodeId)
  }

  #record({ id: nodeId, operator, config }: Node): PictureRecorder {
    const { jobId, env, job, checked } = this.#options
    const above = nodesAbove(nodeId, checked.edges)
    return new PictureRecorder({
      ...{ jobId, nodeId, env },
      inputs: checked.edges
        .filter(({ to }) => to.node === nodeId)
        .map(({ from }) => job.tap(from.node, from.port)),
      late: job.tap(nodeId, 'late'),
      windows: () => job.windowsOf(nodeId) ?? [],
      sources: () => {
        const clocks = { wallMs: env.clock.nowMs(), monotonicMs: env.clock.monotonicMs() }
        return [...job.sources()]
          .filter(([id]) => above.has(id))
          .map(([id, progress]) => toWireProgress(id, progress, clocks))
      },
      firesByClock: operator.firesByClock?.(config) ?? false,
      watermarkMs: () => job.nodes().get(nodeId)?.watermarkMs ?? Number.NEGATIVE_INFINITY,
      watchWatermarks: (onWatermark) => job.watchWatermarks(nodeId, onWatermark),
    })
  }
}
