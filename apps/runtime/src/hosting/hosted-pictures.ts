/**
 * The event-time pictures of one job. Of a job that is slow, the first windows are recorded from
 * its start: one of a few hundred records has ended before anybody could look. The others are when
 * somebody looks at them, and for a while after he looks elsewhere, so that what has fired
 * meanwhile is there when he comes back.
 */

import type { Env, Job, OperatorDefinition } from '@millrace/engine'
import type { CheckedNode, CheckedPipeline, wire } from '@millrace/pipeline'
import { Refusal } from '../supervision/refusal.ts'
import { PictureRecorder } from './picture-recorder.ts'
import { nodesAbove, toWireProgress } from './source-progress.ts'

/** Windows that are recorded from the start. */
const FROM_START_MAX = 10
/** Others that are recorded with nobody looking: each costs a little of the job's time. */
const UNSEEN_MAX = 3
/** And for how long, while the job runs. After its end they cost nothing. */
const UNSEEN_MS_MAX = 15 * 60_000

interface Recorded {
  readonly recorder: PictureRecorder
  isLookedAt: boolean
  /** When the last one looked away (monotonic milliseconds); undefined where nobody did. */
  leftAtMs: number | undefined
}

export interface PicturedJob {
  readonly jobId: string
  readonly env: Env
  readonly job: Job
  readonly checked: Pick<CheckedPipeline<OperatorDefinition>, 'edges' | 'nodes'>
}

type Node = CheckedNode<OperatorDefinition>

export class HostedPictures {
  readonly #options: PicturedJob
  readonly #fromStart: ReadonlyMap<string, Node>
  /** In the order in which they were left, or else begun. */
  readonly #recorded = new Map<string, Recorded>()
  #isSlow = false

  constructor(options: PicturedJob) {
    this.#options = options
    const windows = [...options.checked.nodes].filter(
      ([, { operator }]) => operator.inspectWindows !== undefined,
    )
    this.#fromStart = new Map(windows.slice(0, FROM_START_MAX))
  }

  /** Whether windows are recorded with nobody looking, as a job that is fast cannot afford. */
  setSlow(isSlow: boolean): void {
    this.#isSlow = isSlow
    for (const [nodeId, node] of this.#fromStart) {
      const known = this.#recorded.get(nodeId)
      if (isSlow && known === undefined) {
        const recorder = this.#record(node)
        this.#recorded.set(nodeId, { recorder, isLookedAt: false, leftAtMs: undefined })
      } else if (!isSlow && known?.isLookedAt === false && known.leftAtMs === undefined) {
        this.#forget(nodeId)
      }
    }
  }

  open(node: Node): void {
    if (this.#options.job.windowsOf(node.id) === undefined) {
      const message = `Node "${node.id}" has no windows to draw. Choose a window node.`
      throw new Refusal('bad-request', 'no-windows', message)
    }
    const { recorder } = this.#recorded.get(node.id) ?? { recorder: this.#record(node) }
    recorder.beSeen()
    this.#recorded.set(node.id, { recorder, isLookedAt: true, leftAtMs: undefined })
  }

  /** Nobody looks at it any more. */
  close(nodeId: string): void {
    const left = this.#recorded.get(nodeId)
    if (left?.isLookedAt !== true) return
    left.isLookedAt = false
    left.leftAtMs = this.#options.env.clock.monotonicMs()
    this.#recorded.delete(nodeId)
    this.#recorded.set(nodeId, left)
    const unseen = this.#unseen()
    for (const id of unseen.slice(0, Math.max(0, unseen.length - UNSEEN_MAX))) this.#forget(id)
  }

  /**
   * Of those that somebody looks at. What has been left for long in a running job is forgotten; of
   * one that has ended the picture is as it was then, however late somebody looks.
   */
  draw(endedAtMs: number | null): readonly wire.Picture[] {
    if (endedAtMs === null) {
      const nowMs = this.#options.env.clock.monotonicMs()
      for (const id of this.#unseen()) {
        const { leftAtMs = nowMs } = this.#recorded.get(id) ?? {}
        if (nowMs - leftAtMs > UNSEEN_MS_MAX) this.#forget(id)
      }
    }
    const shown = [...this.#recorded.values()].filter(({ isLookedAt }) => isLookedAt)
    return shown.map(({ recorder }) => recorder.draw(endedAtMs))
  }

  closeAll(): void {
    for (const nodeId of [...this.#recorded.keys()]) this.#forget(nodeId)
  }

  /** Those that are kept for somebody who has left, and not anyway. */
  #unseen(): readonly string[] {
    const isKept = (nodeId: string) => this.#isSlow && this.#fromStart.has(nodeId)
    return [...this.#recorded]
      .filter(([id, { leftAtMs }]) => leftAtMs !== undefined && !isKept(id))
      .map(([id]) => id)
  }

  #forget(nodeId: string): void {
    this.#recorded.get(nodeId)?.recorder.close()
    this.#recorded.delete(nodeId)
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
      nextEndMs: (afterMs) => operator.nextWindowEnd?.(config, afterMs),
      stateBytes: () => job.stateBytesOf(nodeId),
      sources: () => {
        const clocks = { wallMs: env.clock.nowMs(), monotonicMs: env.clock.monotonicMs() }
        return [...job.sources()]
          .filter(([id]) => above.has(id))
          .map(([id, progress]) => toWireProgress(id, progress, clocks))
      },
      firesByClock: operator.firesByClock?.(config) ?? false,
      watermarkMs: () => job.watermarkOf(nodeId),
      watchWatermarks: (onWatermark) => job.watchWatermarks(nodeId, onWatermark),
    })
  }
}
