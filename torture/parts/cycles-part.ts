/** A real server that is killed again and again. */

import { killCycles, quantile } from '../cycles/kill-cycles.ts'
import { againText, type PartOptions, type PartResult, print } from './part.ts'

const SHOWN_EVERY = 25

export async function tortureCycles(
  { root, seed, secondsMax }: PartOptions,
  cycles: number,
): Promise<PartResult> {
  let shown = 0
  const onCycle = (done: number) => {
    if (done < shown + SHOWN_EVERY) return
    shown = done
    print(`${done} kills`)
  }
  const report = await killCycles({ root, cycles, seed, secondsMax, onCycle })
  const { serverKills, earlyKills, hostKills, acknowledged, resent, poison, faults } = report
  print(`${resent} requests were sent again, ${poison} had a record that fits no schema.`)
  printRestarts('The server was started again and its job ran', report.serverRestartMs)
  printRestarts('A job ran again after its engine host was killed', report.hostRestartMs)
  for (const fault of faults) print(`  WRONG ${fault}`)
  if (report.left !== undefined) print(`${report.left}\n${againText(`cycles --seed ${seed}`)}`)
  const summary =
    `${serverKills + hostKills} kill cycles (${serverKills} of the server, ${earlyKills} of them ` +
    `while it started; ${hostKills} of an engine host; seed ${seed}), ${acknowledged} records ` +
    `acknowledged: ${report.lost} lost, ${report.duplicate} twice`
  return { summary, ok: faults.length === 0, tried: serverKills + hostKills }
}

function printRestarts(what: string, sorted: readonly number[]): void {
  const [half, most] = [quantile(sorted, 0.5), quantile(sorted, 0.99)]
  if (half === undefined || most === undefined) return
  print(`${what} after ${half.toFixed(0)} ms (p50), ${most.toFixed(0)} ms (p99).`)
}
