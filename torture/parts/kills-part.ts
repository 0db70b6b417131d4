/** A real job that is killed at the calls it makes on files. */

import { killTable, type TableRow, tableText } from '../kill/kill-table.ts'
import { whyNoTrace } from '../kill/system-calls.ts'
import { type PartOptions, type PartResult, print } from './part.ts'

export async function tortureKills(
  { root, seed, secondsMax }: PartOptions,
  every: number,
): Promise<PartResult> {
  const reason = whyNoTrace()
  if (reason !== undefined) {
    print(
      `NO STRACE HERE (${reason}): kills happen inside the process instead, before what Node ` +
        'calls by these names, and not in the operating system.',
    )
  }
  const onRow = (row: TableRow) => print(tableText([row]).split('\n').at(-1) ?? '')
  const bounds = Number.isFinite(secondsMax) ? { secondsMax, seed } : { onRow }
  const { rows, faults } = await killTable({ root, every, ...bounds })
  print(`\n${tableText(rows)}`)
  for (const fault of faults) print(`  WRONG ${fault}`)
  const sum = (of: (row: TableRow) => number) => rows.reduce((all, row) => all + of(row), 0)
  const [struck, recovered] = [sum((row) => row.struck), sum((row) => row.recovered)]
  const summary =
    `${struck} strikes at calls on files, ${recovered} recovered, ` +
    `${sum((row) => row.lostLines)} lines lost, ${sum((row) => row.duplicateLines)} twice`
  return { summary, ok: faults.length === 0, tried: struck }
}
