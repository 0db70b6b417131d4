/**
 * Whether another version of a pipeline can be given what a recording holds, and how its columns
 * are found there. What cannot be is said by name.
 */

import type { OperatorDefinition, RecordedTurn } from '@millrace/engine'
import {
  type CheckedPipeline,
  columnText,
  didYouMean,
  namesText,
  type Row,
  type StreamSchema,
  typeText,
} from '@millrace/pipeline'

type Checked = CheckedPipeline<OperatorDefinition>

/** Of each source and port: where the columns of the new version stand in what was recorded. */
type Places = ReadonlyMap<string, readonly (readonly number[] | undefined)[]>

/** Sentences; none where the recording can be replayed into the new version. */
export function whyNotReplayable(old: Checked, next: Checked): readonly string[] {
  return sourcesOf(next).flatMap((source) => {
    const { id } = source
    const before = old.nodes.get(id)
    if (before === undefined || before.operator.inputs.length > 0) {
      return [
        `Source "${id}" is not in the recording, which has ${sourcesOf(old)
          .map((one) => `"${one.id}"`)
          .join(', ')}. ` + 'Replay a version that reads the same sources.',
      ]
    }
    if (JSON.stringify(timeOf(before.config)) !== JSON.stringify(timeOf(source.config))) {
      return [
        `Source "${id}" takes its event time from elsewhere than in the recording, which holds the times ` +
          'of then. Record the new version, or replay the topic or the file itself.',
      ]
    }
    return Object.entries(source.outputSchemas).flatMap(([port, schema]) => {
      const recorded = before.outputSchemas[port]
      const missing = schema.columns.filter(({ name, type }) => {
        const known = recorded?.columns.find((column) => column.name === name)
        return known === undefined || typeText(known.type) !== typeText(type)
      })
      return missing.map(
        ({ name, type }) =>
          `Source "${id}" reads a column ${columnText(name)} of type ${typeText(type)}, which the recording does ` +
          'not hold: it has the columns of the version that was recorded. Record the new version, or replay ' +
          'the topic or the file itself.',
      )
    })
  })
}

/** Sentences; none where rows can be paired by these columns, given by sink. */
export function whyNotPaired(
  keys: ReadonlyMap<string, readonly string[]>,
  old: Checked,
  next: Checked,
): readonly string[] {
  return [...keys].flatMap(([sink, columns]) => {
    const sides = [old, next].map(({ nodes }) => nodes.get(sink))
    if (sides.some((node) => node?.operator.category !== 'sink')) {
      const known = sinksOf(next).filter((id) => sinksOf(old).includes(id))
      const names = known.length === 0 ? 'none' : namesText(known)
      return [
        `There is no sink "${sink}" in both versions, whose rows could be paired. Choose of ${names}.`,
      ]
    }
    return columns.flatMap((name) => {
      const common = sides.map((node) => columnNames(node?.inputSchemas['in']))
      const both = common[0]?.filter((one) => common[1]?.includes(one)) ?? []
      if (both.includes(name)) return []
      const meant = didYouMean(name, both)
      return [`Sink "${sink}" has no column "${name}" in both versions.${meant}`]
    })
  })
}

function sinksOf({ nodes }: Checked): readonly string[] {
  return [...nodes.values()]
    .filter(({ operator }) => operator.category === 'sink')
    .map(({ id }) => id)
}

function columnNames(schema: StreamSchema | undefined): readonly string[] {
  return schema?.columns.map(({ name }) => name) ?? []
}

/** Turns as the new version would have read them. */
export function turnReader(old: Checked, next: Checked): (turn: RecordedTurn) => RecordedTurn {
  const places = findPlaces(old, next)
  return (turn) => {
    if (turn.kind !== 'records') return turn
    const ports = places.get(turn.source)
    if (ports === undefined || ports.every((one) => one === undefined)) return turn
    const { rows, rowPorts } = turn.chunk
    const read = rows.map((row, index) => pick(row, ports[rowPorts?.[index] ?? 0]))
    return { ...turn, chunk: { ...turn.chunk, rows: read } }
  }
}

function findPlaces(old: Checked, next: Checked): Places {
  const places = new Map<string, readonly (readonly number[] | undefined)[]>()
  for (const { id, outputSchemas } of sourcesOf(next)) {
    const before = old.nodes.get(id)?.outputSchemas ?? {}
    const ports = Object.entries(outputSchemas).filter(([port]) => port !== 'errors')
    places.set(
      id,
      ports.map(([port, { columns }]) => {
        const recorded = before[port]?.columns ?? []
        const found = columns.map(({ name }) => recorded.findIndex((one) => one.name === name))
        const same = found.length === recorded.length && found.every((place, at) => place === at)
        return same ? undefined : found
      }),
    )
  }
  return places
}

function pick(row: Row, places: readonly number[] | undefined): Row {
  return places === undefined ? row : places.map((place) => row[place] ?? null)
}

function timeOf(config: unknown): unknown {
  return (config as { readonly eventTime?: unknown }).eventTime
}

export function sourcesOf({ nodes }: Checked) {
  return [...nodes.values()].filter(({ operator }) => operator.inputs.length === 0)
}
