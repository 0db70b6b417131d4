/** A real job that is killed at the calls it makes on files, and one at its requests. */

import { type HttpKillRow, httpKills, httpKillsText } from '../kill/http-kills.ts'
import { killTable, type TableRow, tableText } from '../kill/kill-table.ts'
import { whyNoTrace } from '../kill/system-calls.ts'
import { againText, type PartOptions, type PartResult, print } from './part.ts'

/** Of the time, for the requests. */
const HTTP_SHARE = 0.2

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
  const requests = await httpKills({ root, every, seed, secondsMax: HTTP_SHARE * secondsMax })
  print(`${httpKillsText(requests.rows)}\n`)
  const onRow = (row: TableRow) => print(tableText([row]).split('\n').at(-1) ?? '')
  const left = (1 - HTTP_SHARE) * secondsMax
  const bounds = Number.isFinite(secondsMax) ? { secondsMax: left, seed } : { onRow }
  const { rows, faults: atFiles } = await killTable({ root, every, ...bounds })
  const faults = [...requests.faults, ...atFiles]
  print(`\n${tableText(rows)}`)
  for (const fault of faults) print(`  WRONG ${fault}`)
  if (faults.length > 0) print(againText('kills'))
  const sum = (of: (row: TableRow) => number) => rows.reduce((all, row) => all + of(row), 0)
  const [struck, recovered] = [sum((row) => row.struck), sum((row) => row.recovered)]
  const sumOfRequests = (of: (row: HttpKillRow) => number) =>
    requests.rows.reduce((all, row) => all + of(row), 0)
  const struckRequests = sumOfRequests((row) => row.struck)
  const byKey = sumOfRequests((row) => row.lost + row.repeatedByKey)
  const summary =
    `${struckRequests} strikes of ${sumOfRequests((row) => row.sites)} at requests, ${byKey} records lost or twice by key; ` +
    `${struck} strikes of ${sum((row) => row.sites)} at calls on files, ${recovered} recovered, ` +
    `${sum((row) => row.lostLines)} lines lost, ${sum((row) => row.duplicateLines)} twice`
  return { summary, ok: faults.length === 0, tried: struck + struckRequests }
}
