/** The webhooks that there are, by path: each belongs to the pipeline that was started with it. */

import type { Clock } from '@millrace/engine'
import type { CheckedPipeline, OperatorDescription, Problem, Webhook } from '@millrace/pipeline'
import { TokenBucket } from '../server/token-bucket.ts'

export interface OpenWebhook {
  readonly webhook: Webhook
  /** The id of the pipeline that it belongs to. */
  readonly owner: string
  /** The name of that pipeline when it was started. */
  readonly ownerName: string
  readonly bucket: TokenBucket
  /** Requests that are in work. */
  active: number
}

/** A webhook of a node. */
export interface PlacedWebhook {
  readonly nodeId: string
  readonly webhook: Webhook
}

export interface WebhookOwner {
  readonly id: string
  readonly name: string
}

export interface OpenWebhooksOptions {
  readonly clock: Clock
  /** Whether a job of this pipeline has not ended. */
  runs(owner: string): boolean
}

export class OpenWebhooks {
  readonly #options: OpenWebhooksOptions
  readonly #open = new Map<string, OpenWebhook>()

  constructor(options: OpenWebhooksOptions) {
    this.#options = options
  }

  find(path: string): OpenWebhook | undefined {
    return this.#open.get(path)
  }

  /** Whether a job reads what comes. */
  isRead({ owner }: OpenWebhook): boolean {
    return this.#options.runs(owner)
  }

  /** What speaks against starting the pipeline: another one that runs has the path. */
  check(
    owner: string | undefined,
    placed: readonly { readonly nodeId: string; readonly path: string }[],
  ): readonly Problem[] {
    return placed.flatMap(({ nodeId, path }) => {
      const open = this.#open.get(path)
      if (open === undefined || open.owner === owner || !this.isRead(open)) return []
      const message =
        `Webhook "${path}" belongs to the pipeline "${open.ownerName}", which runs. ` +
        'Choose another path, or stop that one.'
      return [{ code: 'webhook-taken', severity: 'error', nodeId, path: ['path'], message }]
    })
  }

  /** From now on these are the webhooks of the pipeline. */
  hold({ id: owner, name: ownerName }: WebhookOwner, placed: readonly PlacedWebhook[]): void {
    this.forget(owner)
    for (const { webhook } of placed) {
      const { path, requestsPerSecond: perSecond } = webhook
      const bucket = new TokenBucket(this.#options.clock, {
        perSecond,
        burst: Math.max(1, perSecond),
      })
      this.#open.set(path, { webhook, owner, ownerName, bucket, active: 0 })
    }
  }

  forget(owner: string): void {
    for (const [path, open] of this.#open) if (open.owner === owner) this.#open.delete(path)
  }
}

/** As problems of them are found. */
export function pathsOf(placed: readonly PlacedWebhook[]) {
  return placed.map(({ nodeId, webhook: { path } }) => ({ nodeId, path }))
}

export function findWebhooks({
  nodes,
}: CheckedPipeline<OperatorDescription>): readonly PlacedWebhook[] {
  return [...nodes.values()].flatMap(({ id, operator, config }) =>
    (operator.webhooks?.(config) ?? []).map((webhook) => ({ nodeId: id, webhook })),
  )
}
