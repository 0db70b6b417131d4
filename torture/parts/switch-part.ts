/** A real server that is killed while a backfill takes the place of a job. */

import { switchKills, switchText } from '../switch/switch-kills.ts'
import { againText, type PartOptions, type PartResult, print } from './part.ts'

export interface SwitchPartOptions extends PartOptions {
  readonly every: number
  /** Steps with this in them. */
  readonly name: string | undefined
}

export async function tortureSwitch(options: SwitchPartOptions): Promise<PartResult> {
  const { name, ...bounds } = options
  const only = name === undefined ? {} : { only: name }
  const { rows, faults } = await switchKills({ ...bounds, ...only, onStrike: print })
  const tried = rows.filter((row) => row.struck > 0)
  if (tried.length > 0) print(`\n${switchText(tried)}`)
  const rest = rows.length - tried.length
  if (rest > 0) print(`${rest} of ${rows.length} kinds of steps were not struck.`)
  for (const fault of faults) print(`  WRONG ${fault}`)
  if (faults.length > 0) print(againText("switch 'words of such a step'"))
  const sum = (of: 'sites' | 'struck' | 'old' | 'new') =>
    rows.reduce((all, row) => all + row[of], 0)
  const struck = sum('struck')
  const summary =
    `${struck} strikes of ${sum('sites')} in the switch of a backfill: the old version went on ` +
    `${sum('old')} times, the new one ${sum('new')} times, ${faults.length} wrong`
  return { summary, ok: faults.length === 0, tried: struck }
}
