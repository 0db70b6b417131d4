/** How long to wait before trying again: longer each time, and never the same for two who wait. */

export interface BackoffSettings {
  readonly firstMs: number
  readonly maxMs: number
}

/** Full jitter: anything from nothing to twice as much as before. `attempt` counts from 0. */
export function backoffMs(
  { firstMs, maxMs }: BackoffSettings,
  attempt: number,
  random: { next(): number },
): number {
  return Math.round(random.next() * Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30)))
}
