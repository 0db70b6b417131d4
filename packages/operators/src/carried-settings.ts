/**
 * What becomes of state when a setting changes that several operators have: how long state lives,
 * how long windows wait, what they add up.
 */

import type { CarrySetting, MigrationScene } from '@millrace/engine'
import { START_OF_TIME_MS } from '@millrace/engine'
import { durationText } from '@millrace/pipeline'

/** State that lives in these tables, which a `StateLifetime` of this name watches. */
export function carryTimeToLive(
  tables: readonly string[],
  lifetime = 'lifetime',
): readonly [string, CarrySetting] {
  const carry: CarrySetting = ({ before, now }) => {
    if (typeof now !== 'number') {
      const summary = 'What is kept is not forgotten any more.'
      return { summary, apply: (scene) => endLifetime(scene, lifetime) }
    }
    if (typeof before !== 'number') {
      const summary = `What is kept is forgotten ${durationText(now)} after this start, unless it is written again.`
      return { summary, apply: (scene) => beginLifetime(scene, tables, lifetime, now) }
    }
    const [was, is] = [durationText(before), durationText(now)]
    const summary = `What is kept is forgotten after ${is} without a change, and not after ${was}.`
    return { summary, apply: (scene) => setTimers(scene, lifetime, now) }
  }
  return ['stateTimeToLive', carry]
}

/** Nobody knows when entries were written, so they count as written now. */
function beginLifetime(
  { state, nowMs }: MigrationScene,
  tables: readonly string[],
  lifetime: string,
  timeToLiveMs: number,
): void {
  const written = state.table<number>(`${lifetime} written`)
  const timers = state.timers(lifetime)
  for (const name of tables) {
    const table = state.table(name)
    for (const namespace of table.namespaces()) {
      for (const key of table.keys(namespace)) {
        written.put(namespace, key, nowMs)
        timers.set(nowMs + timeToLiveMs, namespace, key)
      }
    }
  }
}

function endLifetime({ state }: MigrationScene, lifetime: string): void {
  const written = state.table<number>(`${lifetime} written`)
  for (const namespace of written.namespaces()) written.drop(namespace)
  const timers = state.timers(lifetime)
  while (timers.takeDue(Number.POSITIVE_INFINITY) !== undefined);
}

function setTimers({ state }: MigrationScene, lifetime: string, timeToLiveMs: number): void {
  const written = state.table<number>(`${lifetime} written`)
  const timers = state.timers(lifetime)
  while (timers.takeDue(Number.POSITIVE_INFINITY) !== undefined);
  for (const namespace of written.namespaces()) {
    for (const [key, writtenMs] of written.entries(namespace)) {
      timers.set(writtenMs + timeToLiveMs, namespace, key)
    }
  }
}

/** Windows that were purged under another allowed lateness take no records again. */
export const PURGED_BEFORE = 'purged before'

/** Of windows that lie at the same times for every group. */
export const carryLateness: readonly [string, CarrySetting] = [
  'allowedLateness',
  ({ before, now, other }) => {
    if (typeof before !== 'number' || typeof now !== 'number') {
      return { refused: 'Allowed lateness was not known when state was stored.' }
    }
    const firesAgain = other('early') !== undefined || (before > 0 && now > 0)
    const [was, is] = [durationText(before), durationText(now)]
    if (!firesAgain) {
      const what = 'windows that fire once keep other state than windows that fire again'
      return { refused: `Allowed lateness was ${was} and is ${is} now, and ${what}.` }
    }
    const gone = now > before ? ' Those that it has let go already stay closed.' : ''
    return {
      summary: `Windows take late records for ${is}, and not for ${was}.${gone}`,
      apply: ({ state, watermarkMs }) => {
        const purged = state.value(PURGED_BEFORE, START_OF_TIME_MS)
        purged.set(Math.max(purged.get(), watermarkMs - before))
      },
    }
  },
]

interface Aggregate {
  readonly name: string
  readonly value: string
}

/** Says what of the aggregates cannot be made from what is kept. */
export const carryAggregates: readonly [string, CarrySetting] = [
  'aggregates',
  ({ before, now }) => {
    const [was, is] = [before, now].map((list) => (Array.isArray(list) ? list : []) as Aggregate[])
    const sentences = (is ?? []).flatMap(({ name, value }) => {
      const old = was?.find((one) => one.name === name)
      if (old === undefined) {
        return [`Aggregate "${name}" is new, and the records before can no longer be added to it.`]
      }
      return old.value === value
        ? []
        : [`Aggregate "${name}" was ${old.value} and is ${value} now.`]
    })
    const gone = (was ?? []).filter(({ name }) => is?.every((one) => one.name !== name))
    for (const { name } of gone) {
      sentences.push(`Aggregate "${name}" is gone, and what is kept still has it.`)
    }
    const others = 'The aggregates stand in another order, and what is kept has the old one.'
    return { refused: sentences.length > 0 ? sentences.join(' ') : others }
  },
]
