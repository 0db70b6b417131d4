/**
 * How what a node has kept is carried over where its operator has another version of its state now,
 * or where the node's settings have changed since: state is rewritten once, before the node starts.
 *
 *     version 1 ──► version 2 ──► version 3      each operator gives a step for each old version
 *                                    │
 *                                    └─ setting "rows" 100 ──► 50      and one for some settings
 */

import type { NodeIdentity } from './checkpoint.ts'
import type { OperatorDefinition } from './operator.ts'
import type { State } from './state.ts'

/** Where a node stands when its state is carried over. */
export interface MigrationScene {
  readonly state: State
  /** Processing time. */
  readonly nowMs: number
  /** The last watermark that left the node. */
  readonly watermarkMs: number
}

/** Makes state of one version into state of the next. */
export interface StateUpgrade {
  /** What becomes of it, as a sentence for people. */
  readonly summary: string
  apply(scene: MigrationScene): void
}

/** What becomes of state when one setting has changed. */
export type Carried =
  | {
      /** What becomes of it, as a sentence for people. */
      readonly summary: string
      /** Absent where state may stay as it is. */
      apply?(scene: MigrationScene): void
    }
  /** Why it cannot go on, as a sentence for people. */
  | { readonly refused: string }

export interface SettingChange {
  /** As the schema gave it when the state was stored; undefined where it was left out. */
  readonly before: unknown
  readonly now: unknown
  /** Another setting as it was; undefined where it was left out. */
  other(name: string): unknown
}

export type CarrySetting = (change: SettingChange) => Carried

export type StatePlan =
  | { readonly kind: 'kept' }
  | {
      readonly kind: 'migrated'
      /** Sentences. */
      readonly summary: string
      apply(scene: MigrationScene): void
    }
  | { readonly kind: 'lost'; readonly reason: string }

type Operator = Pick<OperatorDefinition, 'id' | 'stateUpgrades' | 'carriedSettings'>

/** How stored state goes on in a node of this operator. */
export function planState(saved: NodeIdentity, now: NodeIdentity, operator: Operator): StatePlan {
  if (saved.operator !== now.operator) {
    const reason = `The node was a ${saved.operator} and is a ${now.operator} now.`
    return { kind: 'lost', reason }
  }
  const upgrades = findUpgrades(saved.stateVersion, now.stateVersion, operator)
  if (upgrades === undefined) {
    const reason =
      `Its state was stored in version ${saved.stateVersion} of ${now.operator}, and this Millrace ` +
      `has version ${now.stateVersion}.`
    return { kind: 'lost', reason }
  }
  const settings = carrySettings(saved, now, operator)
  if ('reason' in settings) return { kind: 'lost', reason: settings.reason }
  const steps = [...upgrades, ...settings.steps]
  if (steps.length === 0) return { kind: 'kept' }
  return {
    kind: 'migrated',
    summary: steps.map(({ summary }) => summary).join(' '),
    apply: (scene) => {
      for (const step of steps) step.apply?.(scene)
    },
  }
}

/** Undefined where a step is missing, also where the stored version is a newer one. */
function findUpgrades(
  from: number,
  to: number,
  { stateUpgrades }: Operator,
): readonly StateUpgrade[] | undefined {
  if (from > to) return undefined
  const upgrades: StateUpgrade[] = []
  for (let version = from; version < to; version++) {
    const upgrade = stateUpgrades?.get(version)
    if (upgrade === undefined) return undefined
    upgrades.push(upgrade)
  }
  return upgrades
}

type Steps = readonly Exclude<Carried, { refused: string }>[]

function carrySettings(
  saved: NodeIdentity,
  now: NodeIdentity,
  { carriedSettings }: Operator,
): { readonly steps: Steps } | { readonly reason: string } {
  const names = new Set([...Object.keys(saved.meaning), ...Object.keys(now.meaning)])
  const changed = [...names].filter((name) => textIn(saved, name) !== textIn(now, name))
  const steps: Exclude<Carried, { refused: string }>[] = []
  const other = (name: string) => valueIn(saved, settingName(name))
  const refused: string[] = []
  const unknown: string[] = []
  for (const name of changed) {
    const carry = carriedSettings?.get(SETTING.exec(name)?.[1] ?? '')
    if (carry === undefined) {
      unknown.push(name)
      continue
    }
    const carried = carry({ before: valueIn(saved, name), now: valueIn(now, name), other })
    if ('refused' in carried) refused.push(carried.refused)
    else steps.push(carried)
  }
  if (unknown.length > 0) {
    const since = 'What it has kept means something else now, since this changed'
    return { reason: [`${since}: ${unknown.join(', ')}.`, ...refused].join(' ') }
  }
  return refused.length > 0 ? { reason: refused.join(' ') } : { steps }
}

const SETTING = /^setting "(.+)"$/

/** What a setting is called in `NodeIdentity.meaning`. */
export function settingName(name: string): string {
  return `setting "${name}"`
}

function textIn({ meaning }: NodeIdentity, name: string): string | undefined {
  return Object.hasOwn(meaning, name) ? meaning[name] : undefined
}

function valueIn(identity: NodeIdentity, name: string): unknown {
  const text = textIn(identity, name)
  return text === undefined ? undefined : JSON.parse(text)
}
