/** Which files a run has written, as far as people can read them now: a line for each sink. */

import { basename, dirname, extname, join } from 'node:path'
import type { Disk, OperatorDefinition } from '@millrace/engine'
import { type CheckedPipeline, counted } from '@millrace/pipeline'
import type { PipelineOutcome } from '../pipeline-job.ts'
import { countText } from '../text-table.ts'

/** What does not fit is counted. */
const LINES_MAX = 20

export interface Written {
  readonly checked: CheckedPipeline<OperatorDefinition>
  readonly outcome: PipelineOutcome
  /** Whether sinks of live input made a file for each checkpoint. */
  readonly numbered: boolean
  readonly disk: Disk
  resolve(path: string): string
}

/** Whole lines; empty where nothing was written. */
export async function writtenText(written: Written): Promise<string> {
  const lines: string[] = []
  for (const { id, operator, config } of written.checked.nodes.values()) {
    for (const { path, use } of operator.files?.(config) ?? []) {
      if (use !== 'write') continue
      const what = await writtenAt(written.resolve(path), written)
      if (what !== undefined) lines.push(`${id}: ${rowsText(id, written.outcome)} in ${what}\n`)
    }
  }
  const shown = lines.slice(0, LINES_MAX)
  const rest = lines.length - shown.length
  return `${shown.join('')}${rest === 0 ? '' : `and the files of ${counted(rest, 'more sink')}\n`}`
}

async function writtenAt(
  path: string,
  { outcome, numbered, disk }: Written,
): Promise<string | undefined> {
  const names = numbered ? await numberedNames(path, disk) : []
  const [first] = names
  const last = names.at(-1)
  if (first !== undefined && last !== undefined) {
    const folder = dirname(path)
    if (first === last) return join(folder, first)
    return `${join(folder, first)} to ${last} (${counted(names.length, 'file')} in all)`
  }
  // A run that did not come to its end has left what stood there before.
  const isWhole = outcome.state === 'finished' && (await disk.kindOf(path)) === 'file'
  return isWhole ? path : undefined
}

/** `sums-000001.jsonl` and so on for `sums.jsonl`, in their order. */
async function numberedNames(path: string, disk: Disk): Promise<readonly string[]> {
  const folder = dirname(path)
  if ((await disk.kindOf(folder)) !== 'folder') return []
  const end = extname(path)
  const start = `${basename(path, end)}-`
  const isNumbered = (name: string) =>
    name.startsWith(start) &&
    name.endsWith(end) &&
    /^\d{6,}$/.test(name.slice(start.length, name.length - end.length))
  return (await disk.list(folder)).filter(isNumbered)
}

function rowsText(id: string, { nodes }: PipelineOutcome): string {
  const rows = nodes.get(id)?.ledger.in ?? 0
  return rows === 1 ? '1 row' : `${countText(rows)} rows`
}
