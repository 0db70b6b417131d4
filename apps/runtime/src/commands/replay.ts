/** `millrace replay`: runs a recording again, also into another version, and says what differs. */

import { basename, join, resolve } from 'node:path'
import { DiskError } from '@millrace/engine'
import {
  comparePipelines,
  type PipelineDifference,
  parseDocument,
  problemLine,
  type wire,
} from '@millrace/pipeline'
import { DamagedFile, openRecording, type StoredRecording } from '@millrace/storage'
import { type CheckedDocument, checkDocument } from '../checked-document.ts'
import { createRegistry } from '../registry.ts'
import { differenceText } from '../replay/difference-text.ts'
import { checkRecorded } from '../replay/recorded-document.ts'
import { runReplay } from '../replay/run-replay.ts'
import { Refusal } from '../supervision/refusal.ts'
import { EXIT, type Terminal } from '../terminal.ts'
import { countText, textTable } from '../text-table.ts'

export interface ReplayOptions {
  readonly json?: boolean
  readonly speed?: string
  readonly key?: readonly string[]
  readonly failOnDifference?: boolean
}

const DIFFERENCES_SHOWN = 5

export async function replay(
  folder: string,
  file: string | undefined,
  options: ReplayOptions,
  terminal: Terminal,
): Promise<number> {
  try {
    return await replayChecked(folder, file, options, terminal)
  } catch (error) {
    const told = error instanceof Refusal || error instanceof DamagedFile
    if (!told && !(error instanceof DiskError)) throw error
    terminal.stderr.write(`${error.message}\n`)
    return error instanceof Refusal && error.code === 'replay-failed' ? EXIT.failed : EXIT.problems
  }
}

async function replayChecked(
  folder: string,
  file: string | undefined,
  options: ReplayOptions,
  terminal: Terminal,
): Promise<number> {
  const { env, stdout, stderr } = terminal
  const speed = readSpeed(options.speed)
  const keys = readKeys(options.key ?? [])
  const place = resolve(terminal.folder, folder)
  const recording = await open(place, terminal)
  const old = checkRecorded(recording.head.document)
  const other = file === undefined ? undefined : await checkDocument(file, [], terminal)
  if (other !== undefined && other.checked === undefined) {
    for (const problem of other.problems) stderr.write(`${problemLine(problem)}\n`)
    return EXIT.problems
  }
  const result = await runReplay({
    env,
    recording,
    old,
    next: other?.checked,
    ...(keys === undefined ? {} : { keys }),
    ...(speed === undefined ? {} : { speed }),
    place: join(resolve(place, '..'), `.${basename(place)}-replay-${env.ids.next()}`),
  })
  if (result === undefined) return EXIT.SIGINT
  const difference = compared(recording.head.document, other)
  stdout.write(
    options.json === true
      ? `${JSON.stringify({ difference, ...result })}\n`
      : `${difference === null ? '' : `${differenceText(difference)}\n`}${resultText(result)}`,
  )
  const differs = result.sinks.some((sink) => isDifferent(sink))
  const fails = options.failOnDifference === true && differs
  return result.faithful.fault === null && !fails ? EXIT.ok : EXIT.failed
}

/** What is edited; null where there is no other version. */
function compared(recorded: string, other: CheckedDocument | undefined): PipelineDifference | null {
  const before = parseDocument(recorded).pipeline
  const after = other?.document.pipeline
  if (before === undefined || after === undefined) return null
  return comparePipelines(before, after, createRegistry())
}

async function open(place: string, { env }: Terminal): Promise<StoredRecording> {
  const recording = await openRecording(env.disk, resolve(place, '..'), place)
  if (recording !== undefined) return recording
  const message = `There is no recording at "${place}". Make one with "millrace run --record".`
  throw new Refusal('not-found', 'no-such-recording', message)
}

function readSpeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const speed = Number(text)
  if (Number.isFinite(speed) && speed > 0) return speed
  const message =
    `--speed is "${text}" and must be a number above 0: 1 is the recorded pace, 10 ten times as fast. ` +
    'Leave it out for as fast as it goes.'
  throw new Refusal('bad-request', 'bad-speed', message)
}

function readKeys(texts: readonly string[]): Map<string, readonly string[]> | undefined {
  if (texts.length === 0) return undefined
  return new Map(
    texts.map((text) => {
      const [sink = '', columns = ''] = text.split('=', 2)
      if (sink !== '' && columns !== '') return [sink, columns.split(',')] as const
      const message = `--key is "${text}". Write the sink and its columns as "out=user,page".`
      throw new Refusal('bad-request', 'bad-key', message)
    }),
  )
}

function isDifferent({ onlyOld, onlyNew, changed, sides }: wire.SinkComparison): boolean {
  return sides !== 'both' || onlyOld + onlyNew + changed > 0
}

function resultText({ turns, records, spanMs, faithful, lostState, sinks }: wire.ReplayResult) {
  const lines = [
    `Replayed ${countText(records)} records in ${countText(turns)} turns, which took ${(spanMs / 1000).toFixed(1)} s then.`,
    faithfulText(faithful),
    ...lostState.map((line) => `State that the other version begins without: ${line}`),
  ]
  if (sinks.length === 0) return `${lines.join('\n')}\n`
  const head = ['sink', 'rows old', 'rows new', 'only old', 'only new', 'changed']
  const rows = sinks.map((one) => [
    one.nodeId,
    ...[one.oldRows, one.newRows, one.onlyOld, one.onlyNew, one.changed].map(countText),
  ])
  const differences = sinks.flatMap((sink) => [...sinkLines(sink)])
  return `${lines.join('\n')}\n\n${textTable([head, ...rows])}${differences.join('')}`
}

function faithfulText({ points, rows, fault }: wire.ReplayResult['faithful']): string {
  if (fault !== null) return `The recorded version does not give what it gave then. ${fault}`
  if (points === 0) return 'What the recorded version gave then was not noted before it ended.'
  return `The recorded version gave again what it gave then: ${countText(rows)} rows, byte for byte.`
}

function* sinkLines(sink: wire.SinkComparison): IterableIterator<string> {
  const { nodeId, sides, columnsOnlyOld, columnsOnlyNew, first } = sink
  if (sides !== 'both') yield `\n${nodeId} is only in the ${sides} version.\n`
  for (const [side, columns] of [
    ['old', columnsOnlyOld],
    ['new', columnsOnlyNew],
  ] as const) {
    if (columns.length > 0)
      yield `\n${nodeId}: only in the ${side} version: ${columns.join(', ')}\n`
  }
  if (first.length > 0) yield `\n${nodeId}, the first differences by event time:\n`
  for (const one of first.slice(0, DIFFERENCES_SHOWN)) {
    const at = one.eventTimeMs === null ? 'no time' : new Date(one.eventTimeMs).toISOString()
    if (one.old !== null) yield `  ${at}  old ${JSON.stringify(one.old)}\n`
    if (one.new !== null) yield `  ${at}  new ${JSON.stringify(one.new)}\n`
    for (const { source, row } of one.near) yield `      ${source} ${JSON.stringify(row)}\n`
  }
}
