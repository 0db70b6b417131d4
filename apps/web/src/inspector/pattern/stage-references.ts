/** Follows the name of a stage through the config of a pattern: wherever it is spoken of. */

import {
  columnText,
  type Field,
  type JsonObject,
  type Token,
  tokenize,
  type Value,
} from '@millrace/pipeline'
import { isObject, ownValueOf } from '../field-value.ts'
import {
  type Address,
  changeStage,
  freeName,
  groupOf,
  nameOf,
  namesIn,
  type Stages,
  stageAt,
  stageOf,
  stagesOf,
} from './stage-list.ts'

/**
 * The config with another name for a stage. Conditions, result columns and where the search goes on
 * follow it, as long as no other stage has the same name: then nobody knows which one they mean.
 */
export function renameStage(
  config: JsonObject,
  fields: readonly Field[],
  place: { readonly pattern: string; readonly address: Address },
  to: string,
): JsonObject {
  const stages = stagesOf(ownValueOf(config, place.pattern))
  const from = nameOf(stageAt(stages, place.address))
  const named = changeStage(stages, place.address, (stage) =>
    // A name comes first, as one writes it.
    Object.hasOwn(stage, 'name') ? { ...stage, name: to } : { name: to, ...stage },
  )
  const alone = from !== undefined && namesIn(stages).filter((name) => name === from).length === 1
  if (!alone) return { ...config, [place.pattern]: named }
  const rename = (text: string): string => renameIn(text, new Map([[from, to]]))
  const widgets = new Map(fields.map(({ name, schema }) => [name, schema.widget]))
  const entries = Object.entries(config).map(([name, value]): [string, Value] => {
    if (name === place.pattern) return [name, mapExpressions(named, rename)]
    if (widgets.get(name) === 'expressions' && isObject(value)) {
      return [name, mapValues(value, rename)]
    }
    if (widgets.get(name) === 'after-match' && isObject(value) && value.stage === from) {
      return [name, { ...value, stage: to }]
    }
    return [name, value]
  })
  return Object.fromEntries(entries)
}

/** A copy whose stages have names of their own; what they say of each other follows those. */
export function copyStage(stages: Stages, address: Address): JsonObject {
  const stage = stageAt(stages, address)
  const taken = new Set(namesIn(stages))
  const names = new Map<string, string>()
  for (const name of namesIn([stage])) {
    const next = nextName(name, taken)
    names.set(name, next)
    taken.add(next)
  }
  const rename = (text: string): string => renameIn(text, names)
  return renameStages(mapStage(stage, rename), names)
}

/** Names stand before a dot: `a.x`, `COUNT(a.*)`; odd ones in backquotes. */
function renameIn(text: string, names: ReadonlyMap<string, string>): string {
  const tokens = tokenize(text).filter(({ kind }) => kind !== 'comment')
  let renamed = ''
  let done = 0
  for (const [index, token] of tokens.entries()) {
    const to = names.get(nameIn(token) ?? '')
    if (to === undefined) continue
    if (tokens[index + 1]?.text !== '.' || tokens[index - 1]?.text === '.') continue
    renamed += text.slice(done, token.start) + columnText(to)
    done = token.end
  }
  return renamed + text.slice(done)
}

function nameIn({ kind, text, closed }: Token): string | undefined {
  if (kind === 'word') return text
  return kind === 'name' && closed ? text.slice(1, -1).replaceAll('``', '`') : undefined
}

function mapExpressions(stages: Stages, change: (text: string) => string): Stages {
  return stages.map((value) => (isObject(value) ? mapStage(value, change) : value))
}

function mapStage(stage: JsonObject, change: (text: string) => string): JsonObject {
  const { where, until } = stage
  const group = groupOf(stage)
  return {
    ...stage,
    ...(typeof where === 'string' ? { where: change(where) } : {}),
    ...(typeof until === 'string' ? { until: change(until) } : {}),
    ...(group === undefined ? {} : { group: mapExpressions(group, change) }),
  }
}

function renameStages(stage: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  const name = names.get(nameOf(stage) ?? '')
  const group = groupOf(stage)
  return {
    ...stage,
    ...(name === undefined ? {} : { name }),
    ...(group === undefined
      ? {}
      : { group: group.map((inner) => renameStages(stageOf(inner), names)) }),
  }
}

function mapValues(object: JsonObject, change: (text: string) => string): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]): [string, Value] => [
      name,
      typeof value === 'string' ? change(value) : value,
    ]),
  )
}

/** `failed` is followed by `failed2`; a letter by the next free one. */
function nextName(name: string, taken: ReadonlySet<string>): string {
  if (name.length === 1) return freeName(taken)
  const stem = name.replace(/[0-9]+$/, '')
  for (let number = 2; ; number++) if (!taken.has(`${stem}${number}`)) return `${stem}${number}`
}
