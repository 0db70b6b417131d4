/**
 * Why a window has not fired, in words: what it waits for, where the watermark is, what holds it
 * there and since when, and what one can do.
 */

import type { wire } from '@millrace/pipeline'
import { type Board, nodeTitle } from '../../live/board.ts'
import { type Culprit, findCulprit, type MetricsOf, rank } from '../../live/culprit.ts'
import {
  clockText,
  countText,
  durationText,
  shareText,
  timeText,
  watermarkText,
} from '../../live/formats.ts'

export interface Standing {
  readonly picture: wire.Picture
  readonly board: Board
  readonly metricsOf: MetricsOf
  readonly state: wire.WireJobState | undefined
}

/** Why the watermark is where it is. */
export interface Reason {
  readonly cause: Cause
  /** Full sentences, as short as they can be. */
  readonly why: string
  /** What stands behind that, for whoever looks closer. */
  readonly detail: string
  /** What one can do for a window that ends then; undefined where one only has to wait. */
  advice(endMs: number): string | undefined
}

export type Cause =
  | 'ended'
  | 'starting'
  | 'paused'
  | 'clock'
  | 'moving'
  | 'no-time'
  | 'idle'
  | 'partition'
  | 'silent'
  | 'earlier'
  | 'waiting'
  | 'busy'
  | 'behind'
  | 'unknown'

export interface WhyNot {
  readonly waits: string
  /** Undefined where the watermark has no say. */
  readonly now: string | undefined
  readonly why: string
  readonly advice: string | undefined
}

/** For less than this a watermark that does not move is nothing to speak of. */
export const STILL_MS = 5_000

/**
 * For how long the watermark of the node has stood, as far as is known. A picture begins when
 * somebody looks; what came last from the sources is known from before, and without a record no
 * watermark moves.
 */
export function stillMs({ atMs, steps, sources }: wire.Picture): number {
  const movedMs = steps.reduce((last, step) => Math.max(last, step.atMs), Number.NEGATIVE_INFINITY)
  const sinceMs = Number.isFinite(movedMs) ? movedMs : atMs
  if (steps.length > 1) return Math.max(0, atMs - sinceMs)
  const heard = sources.flatMap(({ heardAtMs }) => (heardAtMs === null ? [] : [heardAtMs]))
  const heardMs = heard.length === 0 ? sinceMs : Math.max(...heard)
  return Math.max(0, atMs - Math.min(sinceMs, heardMs))
}

export function whyNot(window: wire.WindowBox, standing: Standing): WhyNot {
  const { picture } = standing
  const reason = reasonOf(standing)
  const why = joined(reason.why, reason.detail)
  const advice = reason.advice(window.endMs)
  if (picture.firesByClock) {
    const leftMs = window.endMs - picture.atMs
    const left = leftMs > 0 ? `, in ${durationText(leftMs)}` : ''
    const waits = `fires when the clock reaches ${timeText(window.endMs)}${left}`
    return { waits, now: undefined, why, advice }
  }
  return {
    waits: `fires when the watermark reaches ${timeText(window.endMs)}`,
    now: distanceText(picture.watermark, window.endMs),
    why,
    advice,
  }
}

/** Where the watermark is, and how far before the end of a window. */
function distanceText(watermark: wire.WireTime, endMs: number): string {
  if (typeof watermark !== 'number') return watermarkText(watermark)
  const missing = endMs - 1 - watermark
  const at = timeText(watermark)
  return missing <= 0 ? at : `${at}, ${durationText(missing)} before that`
}

const ENDED: ReadonlySet<wire.WireJobState> = new Set(['finished', 'failed', 'stopped'])
const STARTING: ReadonlySet<wire.WireJobState> = new Set(['starting', 'restarting'])

/** The cause that counts first: a paused job reads nothing, however silent its source may be. */
export function reasonOf(standing: Standing): Reason {
  const { picture, state } = standing
  if (state === undefined || ENDED.has(state)) {
    return told('ended', 'The job has ended, so the watermark does not move any more.')
  }
  if (STARTING.has(state)) return told('starting', 'The job is starting; nothing is read yet.')
  if (state === 'paused') {
    const waiting = 'The job is paused, so nothing is read and the watermark stands still.'
    return told('paused', waiting, 'Resume the job, or let single records through with Step.')
  }
  if (picture.firesByClock) {
    return told('clock', 'It goes by the clock of the server; event time has no say.')
  }
  return stillMs(picture) < STILL_MS && typeof picture.watermark === 'number'
    ? told('moving', 'The watermark moves on as records come.')
    : standstill(standing)
}

function told(cause: Cause, why: string, advice?: string): Reason {
  return { cause, why, detail: '', advice: () => advice }
}

function joined(...texts: readonly (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined && text !== '').join(' ')
}

function standstill(standing: Standing): Reason {
  const { picture, board, metricsOf } = standing
  const culprit = findCulprit(picture.nodeId, board, metricsOf)
  if (metricsOf(picture.nodeId)?.idle === true) return idleReason(standing)
  if (culprit === undefined) {
    return told('unknown', 'What holds it there is not known: the job tells nothing of its inputs.')
  }
  if (culprit.kind === 'behind') return behindReason(culprit, standing)
  const source = picture.sources.find(({ nodeId }) => nodeId === culprit.nodeId)
  if (source !== undefined) return sourceReason(source, culprit, standing)
  // It makes its own watermarks, from the records that its sources bring.
  return ownTimesReason(culprit, standing)
}

const IDLE =
  'While all inputs are idle, nothing says how far event time has come, and the watermark stands still.'

function idleReason({ picture, board }: Standing): Reason {
  const silent = picture.sources
    .filter(({ ended }) => !ended)
    .map((source) => {
      const limit = source.idleTimeoutMs
      const after = limit === null ? '' : ` (idle timeout ${durationText(limit)})`
      return `"${nodeTitle(board, source.nodeId)}" is idle${after}: ${heardText(source, picture.atMs)}.`
    })
  const more = 'An idle timeout helps only where another input goes on.'
  const advice = (endMs: number) => wakeAdvice(picture, board, picture.sources, endMs, more)
  return { cause: 'idle', why: joined(...silent, IDLE), detail: '', advice }
}

function sourceReason(source: wire.SourceProgress, culprit: Culprit, standing: Standing): Reason {
  const { picture, board } = standing
  const title = `"${nodeTitle(board, source.nodeId)}"`
  const { latest, heardAtMs } = source
  const held = heldText(title, culprit, board)
  const advice = (endMs: number) => sourceAdvice(source, culprit, standing, endMs)
  if (latest === 'start') {
    const none = `${title} has brought no record with an event time yet.`
    return { cause: 'no-time', why: joined(none, held), detail: '', advice }
  }
  const partition = partitionText(source, title, picture.atMs)
  if (partition !== undefined) {
    return { cause: 'partition', why: joined(partition, held), detail: delayText(source), advice }
  }
  const detail = delayText(source)
  const silentMs = heardAtMs === null ? undefined : picture.atMs - heardAtMs
  if (silentMs !== undefined && silentMs < STILL_MS) {
    const earlier =
      `${title} brings records (the last ${agoText(silentMs)}), but none with a later event time ` +
      `than ${watermarkText(latest)}.`
    return { cause: 'earlier', why: joined(earlier, held), detail, advice }
  }
  if (!source.waiting) {
    const has = `${title} has records to give, and they wait for its pace or for other sources.`
    return { cause: 'waiting', why: joined(has, held), detail, advice: () => undefined }
  }
  const silent = `${title} is silent: ${heardText(source, picture.atMs)}.`
  return { cause: 'silent', why: joined(silent, held), detail, advice }
}

/** Undefined where no partition stays behind the others. */
function partitionText(
  { slowest, partitions, latest }: wire.SourceProgress,
  title: string,
  atMs: number,
): string | undefined {
  if (slowest === null || partitions < 2 || rank(slowest.latest) >= rank(latest)) return undefined
  const last =
    slowest.latest === 'start'
      ? 'it has brought no record yet'
      : `its latest event time is ${watermarkText(slowest.latest)}, and ${heardText(slowest, atMs)}`
  const others = `Another partition has come to ${watermarkText(latest)}.`
  return `Partition ${slowest.partition} of ${title} holds it back: ${last}. ${others}`
}

function ownTimesReason(culprit: Culprit, { picture, board }: Standing): Reason {
  const title = `"${nodeTitle(board, culprit.nodeId)}"`
  const own = `${title} makes the watermark from the times it gives, and it stands at ${watermarkText(culprit.watermark)}.`
  const silent = picture.sources
    .filter(({ ended }) => !ended)
    .map((one) => `"${nodeTitle(board, one.nodeId)}": ${heardText(one, picture.atMs)}.`)
  const advice = 'Send a record with a later time, or stop the job: then what is open fires.'
  const held = heldText(title, culprit, board)
  return told('silent', joined(own, ...silent, held), advice)
}

/** From here on a node has little room left; see the bar on its face. */
const BUSY_HIGH = 0.7

function behindReason(culprit: Culprit, { board, metricsOf }: Standing): Reason {
  const title = `"${nodeTitle(board, culprit.nodeId)}"`
  const metrics = metricsOf(culprit.nodeId)
  const busy = metrics?.busy ?? 0
  const at = watermarkText(culprit.watermark)
  if (busy >= BUSY_HIGH) {
    const why = `${title} works ${shareText(busy)} of the time and has not come further than ${at}.`
    return told('busy', why, 'Let less come to it, for instance with a filter before it.')
  }
  const why = `${title} has not passed on what its inputs have brought: its watermark is at ${at}.`
  return told('behind', why)
}

/** `"Orders" has come to 12:00:00 UTC.`, where another input of the way has come further. */
function heldText(title: string, { overtaken }: Culprit, board: Board): string {
  if (overtaken === undefined) return ''
  const other = `"${nodeTitle(board, overtaken.nodeId)}"`
  const far =
    overtaken.watermark === 'end'
      ? 'has ended'
      : `has come to ${watermarkText(overtaken.watermark)}`
  return `${title} holds the others back: ${other} ${far}.`
}

function heardText({ heardAtMs }: { readonly heardAtMs: number | null }, atMs: number): string {
  if (heardAtMs === null) return 'no record has come since the job began or went on'
  return `its last record came ${agoText(atMs - heardAtMs)}`
}

function agoText(durationMs: number): string {
  return durationMs < 1_000 ? 'just now' : `${wholeText(durationMs)} ago`
}

/** In whole seconds: tenths would flicker. */
export function wholeText(durationMs: number): string {
  return durationText(Math.floor(durationMs / 1_000) * 1_000)
}

function delayText({ latest, delayMs }: wire.SourceProgress): string {
  const at = `Its latest event time is ${watermarkText(latest)}`
  if (delayMs === 0) return `${at}; the watermark is just before it.`
  return `${at}; the watermark stays ${durationText(delayMs)} behind it (Maximum out-of-orderness).`
}

function sourceAdvice(
  source: wire.SourceProgress,
  { overtaken }: Culprit,
  { picture, board }: Standing,
  endMs: number,
): string {
  const others = overtaken !== undefined || source.partitions > 1
  const idle = 'Set an idle timeout at the source: once silent for so long, it holds nobody back.'
  const more = others && source.idleTimeoutMs === null ? idle : undefined
  return wakeAdvice(picture, board, [source], endMs, more)
}

function wakeAdvice(
  { watermark }: wire.Picture,
  board: Board,
  sources: readonly wire.SourceProgress[],
  endMs: number,
  more: string | undefined,
): string {
  const [source] = sources.filter(({ ended }) => !ended)
  const needed = source === undefined ? endMs : neededMs(source, endMs)
  const to = source === undefined ? '' : ` to "${nodeTitle(board, source.nodeId)}"`
  const time = clockText(needed, rankOr(watermark, needed - DAY_MS))
  const send = `Send a record of ${time} or later${to}, stop the job, which fires what is open, or`
  return joined(`${send} set Time of this window to processing.`, more)
}

const DAY_MS = 86_400_000

function rankOr(watermark: wire.WireTime, otherwise: number): number {
  return typeof watermark === 'number' ? watermark : otherwise
}

/** The lowest event time of a record behind which a watermark leaves that fires the window. */
export function neededMs(
  { delayMs, intervalMs }: Pick<wire.SourceProgress, 'delayMs' | 'intervalMs'>,
  endMs: number,
): number {
  const step = Math.max(1, intervalMs)
  return Math.ceil(endMs / step) * step + delayMs
}

/** One line for the head of the tab while the watermark stands still before open windows. */
export function standstillText(standing: Standing): string | undefined {
  const { picture } = standing
  const open = picture.windows.filter(({ firedAtMs }) => firedAtMs === undefined)
  const endMs = Math.min(...open.map((window) => window.endMs))
  const reason = reasonOf(standing)
  if (open.length === 0 || QUIET.has(reason.cause)) return undefined
  const forMs = stillMs(picture)
  const since = forMs < STILL_MS ? '' : ` for ${wholeText(forMs)}`
  const next = `The next window fires at ${clockText(endMs, rankOr(picture.watermark, endMs - DAY_MS))}.`
  const stands =
    typeof picture.watermark === 'number'
      ? `The watermark has stood at ${timeText(picture.watermark)}${since}.`
      : 'There is no watermark yet.'
  return joined(stands, reason.why, next, reason.advice(endMs))
}

/** The same where no window is open: then records have not come so far, or are held before. */
export function emptyText(standing: Standing): string | undefined {
  const { picture, metricsOf, state } = standing
  const isOpen = picture.windows.some(({ firedAtMs }) => firedAtMs === undefined)
  if (isOpen || state !== 'running') return undefined
  const { cause, why } = reasonOf(standing)
  const none = metricsOf(picture.nodeId)?.in === 0
  const holders = holdersBefore(standing)
  // Between two windows there is nothing to tell, and some nodes always hold records.
  if (!none && (holders.length === 0 || QUIET.has(cause))) return undefined
  const come = none ? 'No record has come to it yet, so no window is open.' : 'No window is open.'
  return joined(come, ...holders, QUIET.has(cause) ? '' : why)
}

/** Of the nodes before it, the next ones on each way that hold records. */
function holdersBefore({ picture, board, metricsOf }: Standing): readonly string[] {
  const told: string[] = []
  const seen = new Set([picture.nodeId])
  const waiting = [picture.nodeId]
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    for (const { from } of board.nodes.get(id)?.channels ?? []) {
      if (seen.has(from.node)) continue
      seen.add(from.node)
      const held = metricsOf(from.node)?.held ?? 0
      if (held === 0) waiting.push(from.node)
      else {
        const records = held === 1 ? '1 record' : `${countText(held)} records`
        told.push(`"${nodeTitle(board, from.node)}" before it holds ${records}.`)
      }
    }
  }
  return told
}

/** These need no line of their own: the state of the job stands above, or nothing is wrong. */
const QUIET: ReadonlySet<Cause> = new Set(['ended', 'starting', 'paused', 'clock', 'moving'])
