/** What can be done with dead letters, with what is said of it. */

import { toNodeId, type wire } from '@millrace/pipeline'
import { type Api, messageOf } from '../api/api.ts'
import type { Session } from '../editor/session.tsx'
import { bytesText, countText } from '../live/formats.ts'
import { offerFile } from '../transfer/files.ts'
import { letterCountText } from './letter-words.ts'

/** Of a cause, of all, or the ones that are named. */
export type Chosen = wire.LettersChosen

type Parts = Pick<Session, 'api' | 'workbench' | 'pipelineId'>

export async function replayLetters(session: Parts, chosen: Chosen): Promise<void> {
  const { api, workbench, pipelineId } = session
  const answer = await api.call('replayLetters', { params: { id: pipelineId }, body: chosen })
  if (answer.kind !== 'done') {
    workbench.notify({ kind: 'refused', title: 'Not sent in.', details: [messageOf(answer)] })
    return
  }
  const { sent } = answer.reply
  workbench.notify(
    sent === 0
      ? { kind: 'refused', title: 'None of them can be sent in.', details: [NONE_SENT] }
      : { kind: 'done', title: `${letterCountText(sent)} sent in again.` },
  )
}

const NONE_SENT =
  'They are on their way already, or only their beginnings are kept, or they are results of records that were used.'

/** One, perhaps corrected. Returns whether it is on its way. */
export async function replayLetter(
  { api, workbench, pipelineId }: Parts,
  letter: string,
  corrected: { readonly text?: string; readonly eventTimeMs?: number },
): Promise<boolean> {
  const { text, eventTimeMs } = corrected
  const answer = await api.call('replayLetter', {
    params: { id: pipelineId, letter },
    body: {
      ...(text === undefined ? {} : { raw: { text } }),
      ...(eventTimeMs === undefined ? {} : { eventTimeMs }),
    },
  })
  if (answer.kind === 'done') return true
  workbench.notify({ kind: 'refused', title: 'Not sent in.', details: [messageOf(answer)] })
  return false
}

export async function discardLetters(session: Parts, chosen: Chosen): Promise<void> {
  const { api, workbench, pipelineId } = session
  const answer = await api.call('discardLetters', { params: { id: pipelineId }, body: chosen })
  if (answer.kind !== 'done') {
    workbench.notify({ kind: 'refused', title: 'Not discarded.', details: [messageOf(answer)] })
    return
  }
  const { discarded } = answer.reply
  workbench.notify({
    kind: 'done',
    title: `${letterCountText(discarded)} discarded.`,
    action: { title: 'Take back', run: () => restoreLetters(session, chosen) },
  })
}

export async function restoreLetters(session: Parts, chosen: Chosen): Promise<void> {
  const { api, workbench, pipelineId } = session
  const answer = await api.call('restoreLetters', { params: { id: pipelineId }, body: chosen })
  if (answer.kind !== 'done') {
    workbench.notify({ kind: 'refused', title: 'Not taken back.', details: [messageOf(answer)] })
    return
  }
  const { restored } = answer.reply
  workbench.notify(
    restored === 0
      ? { kind: 'refused', title: 'None of them can be taken back.', details: [NONE_BACK] }
      : { kind: 'done', title: `${letterCountText(restored)} open again.` },
  )
}

const NONE_BACK = 'They were discarded more than a day ago, and their records are removed.'

/** A page holds no more. */
const EXPORT_LENGTH_MAX = 100 * 1024 * 1024

/** Offers a file with a line of JSON for each letter, all that is known of it. */
export async function exportLetters(session: Session, group?: number): Promise<void> {
  const { api, workbench, pipelineId, editor } = session
  const lines: string[] = []
  const read = await readAll(api, pipelineId, group, lines)
  if (read !== undefined) {
    workbench.notify({ kind: 'refused', title: 'Not exported.', details: [read] })
    return
  }
  const { name } = editor.store.getState().pipeline
  const file = `${toNodeId(name)}-dead-letters.ndjson`
  offerFile(file, lines, 'application/x-ndjson')
  const title = `${letterCountText(lines.length)} exported as "${file}".`
  workbench.notify({ kind: 'done', title })
}

/** Says why not all of them could be read. */
async function readAll(
  api: Api,
  id: string,
  group: number | undefined,
  lines: string[],
): Promise<string | undefined> {
  let length = 0
  for (let after = 0; ; ) {
    const of = group === undefined ? {} : { group: `${group}` }
    const query = { ...of, after: `${after}` }
    const answer = await api.call('exportLetters', { params: { id }, query })
    if (answer.kind !== 'done') return messageOf(answer)
    const { letters, next } = answer.reply
    for (const letter of letters) {
      const line = `${JSON.stringify(letter)}\n`
      length += line.length
      lines.push(line)
    }
    if (next === undefined) return undefined
    if (length > EXPORT_LENGTH_MAX) return tooMuch(id, lines.length)
    after = next
  }
}

function tooMuch(id: string, count: number): string {
  return (
    `The first ${countText(count)} letters have more than ${bytesText(EXPORT_LENGTH_MAX)}, which is as much as a page ` +
    `exports. All of them: millrace dead-letters export ${id} --server ${window.location.origin} > letters.ndjson`
  )
}
