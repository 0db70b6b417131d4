/** How often a record takes effect when a job crashes: what operators promise, and what follows. */

export type Delivery = 'exactly-once' | 'at-least-once' | 'at-most-once' | 'none'

/** Of a source, how its records come into the job; of a sink, how its rows get out of it. */
export interface Guarantee {
  /** Of a job that goes on from checkpoints. */
  readonly withCheckpoints: Delivery
  /** Of a job that begins anew after it broke off. */
  readonly without: Delivery
  /** What it rests on, in full sentences for the docs. Markdown. */
  readonly note: string
}

/** Of a sink in its pipeline, with the sources above it. */
export interface EffectiveGuarantee {
  readonly withCheckpoints: Delivery
  readonly without: Delivery
  /** The ids of the sources whose records may be lost, so that the sink's promise does not hold. */
  readonly losingSources: readonly string[]
}

/** What is lost by one of them is lost, and what is repeated by one is repeated. */
export function effectiveGuarantee(
  sink: Guarantee,
  sources: readonly { readonly id: string; readonly guarantee: Guarantee }[],
): EffectiveGuarantee {
  const all = [sink, ...sources.map(({ guarantee }) => guarantee)]
  return {
    withCheckpoints: weakest(all.map(({ withCheckpoints }) => withCheckpoints)),
    without: weakest(all.map(({ without }) => without)),
    losingSources: sources.flatMap(({ id, guarantee }) =>
      mayLose(guarantee.withCheckpoints) ? [id] : [],
    ),
  }
}

export function deliveryText(delivery: Delivery): string {
  return delivery === 'none' ? 'no guarantee' : delivery.replaceAll('-', ' ')
}

export function mayLose(delivery: Delivery): boolean {
  return delivery === 'at-most-once' || delivery === 'none'
}

export function mayRepeat(delivery: Delivery): boolean {
  return delivery === 'at-least-once' || delivery === 'none'
}

function weakest(deliveries: readonly Delivery[]): Delivery {
  const loses = deliveries.some(mayLose)
  const repeats = deliveries.some(mayRepeat)
  if (loses && repeats) return 'none'
  if (loses) return 'at-most-once'
  return repeats ? 'at-least-once' : 'exactly-once'
}
