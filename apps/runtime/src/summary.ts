/** What a run has to report at its end: as JSON for programs, as a table for people. */

import { BUCKETS, type JobFailure, type LedgerJson } from '@millrace/engine'
import type { PipelineOutcome } from './pipeline-job.ts'
import { countText, textTable, watermarkIso } from './text-table.ts'

export type NodeSummary = LedgerJson & {
  /** Where event time stood; null before the first watermark and at the end of input. */
  readonly watermark: string | null
}

export interface RunSummary {
  readonly state: PipelineOutcome['state']
  readonly records: number
  readonly seconds: number
  readonly nodes: { readonly [id: string]: NodeSummary }
  readonly deadLetters?: { readonly count: number; readonly path: string }
  readonly failure?: {
    readonly domain: JobFailure['domain']
    readonly node?: string
    readonly message: string
    readonly retry: boolean
  }
}

export function toSummary(
  { state, records, seconds, nodes, failure }: PipelineOutcome,
  deadLetters: { readonly count: number; readonly path: string },
): RunSummary {
  const summaries = [...nodes].map(([id, { ledger, watermarkMs }]) => {
    return [id, { ...ledger, watermark: watermarkIso(watermarkMs) }] as const
  })
  const { count, path } = deadLetters
  return {
    state,
    records,
    seconds: Math.round(seconds * 1000) / 1000,
    nodes: Object.fromEntries(summaries),
    ...(count === 0 ? {} : { deadLetters: { count, path } }),
    ...(failure === undefined ? {} : { failure: toFailure(failure) }),
  }
}

function toFailure({ domain, nodeId, message, retry }: JobFailure) {
  return { domain, ...(nodeId === undefined ? {} : { node: nodeId }), message, retry }
}

const BUCKET_TITLES: { readonly [bucket in (typeof BUCKETS)[number]]: string } = {
  passed: 'passed',
  filtered: 'filtered',
  late: 'late',
  deadLettered: 'dead-lettered',
  dropped: 'dropped',
  held: 'held',
  absorbed: 'absorbed',
  expired: 'expired',
}

/** One line a node. Buckets that are empty everywhere are left out. */
export function summaryTable({ nodes, records, seconds }: PipelineOutcome): string {
  const ledgers = [...nodes].map(([id, { ledger }]) => ({ id, ledger }))
  const used = BUCKETS.filter((bucket) => ledgers.some(({ ledger }) => ledger[bucket] > 0))
  const head = ['node', 'in', ...used.map((bucket) => BUCKET_TITLES[bucket]), 'out']
  const rows = ledgers.map(({ id, ledger }) => [
    id,
    countText(ledger.in),
    ...used.map((bucket) => countText(ledger[bucket])),
    countText(ledger.out),
  ])
  return `${textTable([head, ...rows])}${speedText(records, seconds)}\n`
}

function speedText(records: number, seconds: number): string {
  const noun = records === 1 ? 'record' : 'records'
  const rate = seconds > 0 ? `, ${countText(Math.round(records / seconds))} records/s` : ''
  return `${countText(records)} ${noun} in ${seconds.toFixed(2)} s${rate}`
}
