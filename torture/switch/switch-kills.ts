/**
 * A real server, killed at each step that it makes while a backfill takes the place of a job, one
 * after the other: what it comes to, by step.
 */

import { shuffled } from '../parts/shuffle.ts'
import { type Step, SwitchedServer, type Wish } from './switched-server.ts'

export interface SwitchRow {
  /** What is done by which process, without numbers and ids. */
  readonly step: string
  readonly whom: Wish['whom']
  /** How often a switch makes it. */
  readonly sites: number
  struck: number
  /** Of them, so many times the old or the new version went on, with nothing lost or twice. */
  old: number
  new: number
}

export interface SwitchOptions {
  /** Of the repository. */
  readonly root: string
  /** Of so many sites one is tried. */
  readonly every: number
  /** Draws the order. */
  readonly seed: number
  readonly secondsMax: number
  /** Only steps with this in them. */
  readonly only?: string
  onStrike?(text: string): void
}

export interface SwitchKills {
  readonly rows: readonly SwitchRow[]
  readonly faults: readonly string[]
}

const FAULTS_MAX = 5

export async function switchKills(options: SwitchOptions): Promise<SwitchKills> {
  const { root, every, seed, secondsMax, only = '', onStrike = () => {} } = options
  const faults: string[] = []
  let server = await begun(root)
  try {
    const sites = sitesOf(await server.watch()).filter(({ step }) => step.includes(only))
    const wishes = (['all', 'one'] as const).flatMap((whom) =>
      sites.filter((_, index) => index % every === 0).map((site) => ({ ...site, whom })),
    )
    const rows = rowsOf(sites)
    // From here on, so that a machine which has much else to do strikes once at least.
    const untilMs = performance.now() + secondsMax * 1000
    for (const wish of shuffled(wishes, seed)) {
      if (performance.now() > untilMs || faults.length >= FAULTS_MAX) break
      const found = await struckBy(server, wish)
      const place = `${wish.step} ${wish.nth}, ${wish.whom}`
      onStrike(`${place}: ${found.length > 0 ? found.join(' ') : (server.struck ?? 'not struck')}`)
      count(rows, wish, found.length === 0 ? server.struck : 'wrong')
      if (found.length === 0) continue
      const left = `What it has left lies in ${server.folder}.`
      faults.push(...found.map((fault) => `Killed at ${place}: ${fault} ${left}`))
      // What comes after it would be wrong for the same reason.
      await server.kill()
      server = await begun(root)
    }
    return { rows, faults }
  } finally {
    await server.remove()
  }
}

async function begun(root: string): Promise<SwitchedServer> {
  const server = new SwitchedServer(root)
  try {
    await server.begin()
    return server
  } catch (error) {
    await server.remove()
    throw error
  }
}

/** A job that does not come back is a fault as well. */
async function struckBy(server: SwitchedServer, wish: Wish): Promise<readonly string[]> {
  try {
    return await server.strike(wish)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

function sitesOf(steps: readonly string[]): readonly Step[] {
  const counts = new Map<string, number>()
  return steps.map((step) => {
    const nth = (counts.get(step) ?? 0) + 1
    counts.set(step, nth)
    return { step, nth }
  })
}

function rowsOf(sites: readonly Step[]): SwitchRow[] {
  return (['all', 'one'] as const).flatMap((whom) =>
    [...new Set(sites.map(({ step }) => step))].map((step) => ({
      ...{ step, whom, struck: 0, old: 0, new: 0 },
      sites: sites.filter((site) => site.step === step).length,
    })),
  )
}

function count(
  rows: readonly SwitchRow[],
  { step, whom }: Wish,
  result: 'old' | 'new' | 'wrong' | undefined,
): void {
  const row = rows.find((one) => one.step === step && one.whom === whom)
  if (row === undefined || result === undefined) return
  row.struck++
  if (result !== 'wrong') row[result]++
}

export function switchText(rows: readonly SwitchRow[]): string {
  const head = ['killed', 'steps', 'struck', 'old', 'new', 'at']
  const lines = rows.map((row) => [
    row.whom,
    ...[row.sites, row.struck, row.old, row.new].map(String),
    row.step,
  ])
  return [head, ...lines].map((cells) => cells.map((one) => one.padEnd(8)).join('')).join('\n')
}
