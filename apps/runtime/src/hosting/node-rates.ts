/** Turns the counters of a job into what people watch: counts, and rates over the last second. */

import type { NodeView } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import { toWireTime } from './wire-time.ts'

/** Rates are taken over the samples that are at most this old. */
const SPAN_MS = 1000

interface Sample {
  readonly atMs: number
  readonly nodes: ReadonlyMap<string, NodeView>
}

export type MeasuredNodes = Record<string, wire.NodeMetrics>

export class NodeRates {
  readonly #samples: Sample[] = []

  /** `atMs` is monotonic and rises from call to call. */
  measure(atMs: number, nodes: ReadonlyMap<string, NodeView>): MeasuredNodes {
    const samples = this.#samples
    samples.push({ atMs, nodes })
    // One sample from before the span stays, so that the span is covered.
    while ((samples[1]?.atMs ?? atMs) <= atMs - SPAN_MS) samples.shift()
    const [oldest] = samples
    const seconds = oldest === undefined ? 0 : (atMs - oldest.atMs) / 1000
    return Object.fromEntries(
      [...nodes].map(([id, view]) => [id, toMetrics(view, oldest?.nodes.get(id) ?? view, seconds)]),
    )
  }
}

function toMetrics(view: NodeView, before: NodeView, seconds: number): wire.NodeMetrics {
  const { ledger } = view
  const { in: taken, out, ports, passed, filtered, late, deadLettered, dropped } = ledger
  const { held, absorbed, expired, inFlight, again } = ledger
  const perSecond = (now: number, then: number) =>
    seconds === 0 ? 0 : Math.round((Math.max(0, now - then) / seconds) * 10) / 10
  const busy = seconds === 0 ? 0 : (view.busyMs - before.busyMs) / 1000 / seconds
  return {
    in: taken,
    out,
    inPerSecond: perSecond(taken, before.ledger.in),
    outPerSecond: perSecond(out, before.ledger.out),
    busy: Math.min(1, Math.max(0, Math.round(busy * 1000) / 1000)),
    watermark: toWireTime(view.watermarkMs),
    idle: view.idle,
    inputs: view.inputs.map(({ watermarkMs, idle }) => ({
      watermark: toWireTime(watermarkMs),
      idle,
    })),
    ...{ passed, filtered, late, deadLettered, dropped, held, absorbed, expired, inFlight },
    ...(again === undefined ? {} : { again }),
    ports: Object.fromEntries(
      Object.entries(ports).map(([port, rows]) => [
        port,
        { rows, perSecond: perSecond(rows, before.ledger.ports[port] ?? 0) },
      ]),
    ),
  }
}
