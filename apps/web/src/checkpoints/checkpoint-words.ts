/** Checkpoints, savepoints and what an edit does to state, in words. */

import {
  type CheckedPipeline,
  fieldsOf,
  type OperatorDescription,
  oneLine,
  titleOf,
  type wire,
} from '@millrace/pipeline'
import { bytesText, countText, durationText, timeText } from '../live/formats.ts'

export interface PillWords {
  readonly label: string
  readonly tone: 'good' | 'waiting' | 'quiet'
  readonly detail: string
}

/** A first checkpoint that takes longer than this is worth a look. */
const OVERDUE_INTERVALS = 2

/** Of the job in the top bar; undefined where there is nothing to say. */
export function pillWords(
  status: wire.JobStatus | undefined,
  hostNowMs: number,
): PillWords | undefined {
  const checkpoints = status?.checkpoints ?? null
  if (status === undefined || checkpoints === null) return undefined
  const { last, failures, intervalMs, restored } = checkpoints
  const every = `One is taken every ${durationText(intervalMs)}.`
  const wentOn =
    restored === null
      ? ''
      : ` The job went on from checkpoint ${restored.id} of ${timeText(restored.atMs)}.`
  if (last === null) {
    if (status.endedAtMs !== null) return undefined
    const overdue = hostNowMs - status.startedAtMs > OVERDUE_INTERVALS * intervalMs
    const tone = overdue ? 'waiting' : 'quiet'
    return { label: 'No checkpoint yet', tone, detail: `${every}${wentOn}` }
  }
  // Nothing goes on from the one at the end of input.
  if (status.endedAtMs !== null && last.reason === 'end') return undefined
  const ago = agoText(hostNowMs - last.atMs)
  const when = status.endedAtMs === null ? ago : `of ${timeText(last.atMs)}`
  const failed = failures === 0 ? '' : `, ${countText(failures)} not stored`
  const took = `Checkpoint ${last.id}, ${bytesText(last.bytes)}, took ${durationText(last.durationMs)}.`
  return {
    label: `Checkpoint ${when}, ${bytesText(last.bytes)}${failed}`,
    tone: failures > 0 ? 'waiting' : status.endedAtMs === null ? 'good' : 'quiet',
    detail: `${took} ${every}${wentOn}`,
  }
}

/** In whole seconds: a pill that counts milliseconds would flicker. */
function agoText(ms: number): string {
  return ms < 1_000 ? 'just now' : `${durationText(Math.floor(ms / 1_000) * 1_000)} ago`
}

const REASONS: Readonly<Record<wire.CheckpointReason, string>> = {
  interval: 'by the clock',
  savepoint: 'for a savepoint',
  backfill: 'for a backfill',
  edit: 'for an edit',
  stop: 'when it was stopped',
  end: 'when input had ended',
}

export function reasonText(reason: wire.CheckpointReason | null): string {
  return reason === null ? 'not noted' : REASONS[reason]
}

export type ImpactTone = 'kept' | 'migrated' | 'new' | 'lost'

export interface NodeWords {
  readonly tone: ImpactTone
  readonly label: string
  readonly detail: string
}

/** By the operator a setting is named as the form names it. */
export function nodeWords(impact: wire.NodeImpact, operator?: OperatorDescription): NodeWords {
  const { kind, hasState, held } = impact
  const reason = impact.reason === null ? null : inFormWords(impact.reason, operator)
  const records = held === 1 ? '1 record' : `${countText(held)} records`
  if (kind === 'kept') {
    const detail = held > 0 ? `${records} held go on` : 'its place and its books go on'
    return { tone: 'kept', label: 'kept', detail: hasState ? detail : 'it keeps nothing' }
  }
  if (kind === 'migrated') {
    const goesOn = held > 0 ? ` ${records} held go on.` : ''
    return { tone: 'migrated', label: 'migrated', detail: `${reason ?? ''}${goesOn}`.trim() }
  }
  if (kind === 'new') return { tone: 'new', label: 'new', detail: 'it begins empty' }
  const gone = held > 0 ? ` ${records} held would be gone.` : ''
  if (kind === 'removed') {
    const why = reason ?? 'The node is not in the pipeline any more.'
    return { tone: 'lost', label: 'removed', detail: `${why}${gone}` }
  }
  return { tone: 'lost', label: 'lost', detail: `${reason ?? ''}${gone}`.trim() }
}

/** The engine speaks of the document, as the command line does: `setting "groupBy"`. */
function inFormWords(reason: string, operator: OperatorDescription | undefined): string {
  if (operator === undefined) return reason
  const fields = new Map(fieldsOf(operator).map(({ name, schema }) => [name, schema]))
  return reason.replace(/setting "([^"]+)"/g, (said, name: string) => {
    const schema = fields.get(name)
    return schema === undefined ? said : `"${titleOf(name, schema)}"`
  })
}

/** What matters first: what is lost, what begins empty, what is carried over, what goes on. */
export function byWeight(nodes: readonly wire.NodeImpact[]): readonly wire.NodeImpact[] {
  const weight = ({ kind, hasState }: wire.NodeImpact): number =>
    kind === 'kept' ? (hasState ? 3 : 4) : WEIGHTS[kind]
  return [...nodes].sort((a, b) => weight(a) - weight(b))
}

const WEIGHTS = { lost: 0, removed: 0, new: 1, migrated: 2 } as const

export function impactTitle({ nodes, lost }: wire.DeployImpact): string {
  if (lost > 0)
    return lost === 1 ? 'One node would lose its state' : `${lost} nodes would lose state`
  const isNew = nodes.some(({ kind }) => kind === 'new')
  const carried = nodes.filter(({ kind }) => kind === 'migrated').length
  const kept =
    carried === 0
      ? 'All state is kept'
      : `All state is kept, ${carried === 1 ? 'that of one node' : `that of ${carried} nodes`} migrated`
  return isNew ? `${kept}, and new nodes begin empty` : kept
}

/** Of a deploy: the checkpoint from which it goes on is not there yet. */
export function fromNowText({ from }: wire.DeployImpact, hostNowMs: number): string {
  const taken = 'The job is stopped at a checkpoint that is taken then, and goes on from that one.'
  if (from === null) return taken
  const as = `checkpoint ${from.checkpointId}, ${agoText(hostNowMs - from.atMs)}`
  return `${taken} What it keeps is shown as of ${as}.`
}

export function fromText({ from }: wire.DeployImpact, hostNowMs: number): string {
  if (from === null) return 'The job begins anew, where each source says.'
  const what = placeText(from)
  const ago = agoText(hostNowMs - from.atMs)
  const ended = from.finished ? ' All input had ended by then.' : ''
  return `The job goes on from ${what} of ${timeText(from.atMs)}, ${ago}.${ended}`
}

/** A source that does not begin with the first record that there is. */
export interface LaterSource {
  readonly title: string
  /** To follow "begins". */
  readonly begins: string
  /** Whether it reads what the server keeps, so that it could begin earlier. */
  readonly isKept: boolean
}

export function laterSources({
  nodes,
}: Pick<CheckedPipeline<OperatorDescription>, 'nodes'>): readonly LaterSource[] {
  return [...nodes.values()].flatMap(({ title, operator, config }) => {
    const begins = operator.beginsAnew?.(config)
    if (begins === undefined) return []
    return [{ title, begins, isKept: operator.topics !== undefined }]
  })
}

/** What it means to begin anew. */
export function anewText(later: readonly LaterSource[], sourceCount: number): string {
  const letsGo = 'To begin anew lets go of all that was kept'
  const again = 'what sinks have written already is written again'
  if (later.length === 0) {
    return `${letsGo}: sources are read from their beginning, and ${again}.`
  }
  const each = later.map(({ title, begins }) => `"${oneLine(title)}" begins ${begins}`)
  const others = later.length < sourceCount ? ['the others are read from their beginning'] : []
  const gone = 'What was read before and is kept in no result yet is not read again.'
  return `${letsGo}. ${[...each, ...others].join(', ')}. ${gone}`
}

function placeText({ kind, title, checkpointId }: NonNullable<wire.DeployImpact['from']>): string {
  if (kind === 'checkpoint') return `checkpoint ${checkpointId}`
  return title === null ? 'a savepoint' : `the savepoint "${oneLine(title)}"`
}

/** Why there is nothing that a job could go on from. */
export function nothingToRestore(status: wire.JobStatus | undefined): string {
  if (status === undefined) {
    return 'The pipeline has not run yet. Checkpoints are taken while it runs.'
  }
  if (status.endedAtMs === null) {
    const every = status.checkpoints?.intervalMs
    const first = every === undefined ? 'soon' : `within ${durationText(every)}`
    return `The job has not taken one yet. The first one comes ${first}.`
  }
  return 'The last job ended before its first checkpoint. Start it again: it begins at its sources.'
}
