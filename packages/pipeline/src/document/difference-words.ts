/** What differs between two documents in one short sentence, and each setting as old and new. */

import { counted } from '../problem.ts'
import {
  isLayoutOnly,
  type NodeDifference,
  type PipelineDifference,
  type SettingDifference,
} from './difference.ts'

/** Of the settings of one node, and of everything. */
const SETTINGS_SHOWN = 2
const PARTS_SHOWN = 4
const SENTENCE_VALUE_LENGTH = 40

/**
 * `Tumbling window: Size 10s → 20s; Filter added`. What does not fit is counted: "and 3 more".
 * Empty where nothing differs.
 */
export function differenceSentence(difference: PipelineDifference): string {
  if (isLayoutOnly(difference)) return layoutSentence(difference)
  const { nameBefore, nodes, edges, settings } = difference
  const parts = [
    ...nodes.filter(({ kind }) => kind === 'changed').map(nodeSentence),
    ...titlesSentence(nodes, 'added'),
    ...titlesSentence(nodes, 'removed'),
    ...edges
      .filter(({ follows }) => !follows)
      .map(({ kind, from, to }) => `${from} → ${to} ${EDGE_WORDS[kind]}`),
    ...(settings.length === 0 ? [] : [`Pipeline: ${settingsSentence(settings)}`]),
    ...(nameBefore === null ? [] : [`No longer called "${nameBefore}"`]),
  ]
  const shown = parts.slice(0, PARTS_SHOWN)
  const rest = parts.length - shown.length
  return rest === 0 ? shown.join('; ') : `${shown.join('; ')}; and ${rest} more`
}

const EDGE_WORDS = { added: 'connected', removed: 'disconnected' } as const

function layoutSentence({ moved, notes }: PipelineDifference): string {
  const parts = [
    ...(moved === 0 ? [] : [`${counted(moved, 'node')} moved`]),
    ...(notes === 0 ? [] : [`${counted(notes, 'note')} changed`]),
  ]
  return `Only the drawing: ${parts.join(', ')}`
}

function nodeSentence({ title, titleBefore, settings }: NodeDifference): string {
  const renamed = titleBefore === null ? [] : [`was called "${titleBefore}"`]
  const changed = settings.length === 0 ? [] : [settingsSentence(settings)]
  return `${title}: ${[...renamed, ...changed].join(', ')}`
}

function settingsSentence(settings: readonly SettingDifference[]): string {
  const shown = settings.slice(0, SETTINGS_SHOWN).map(settingSentence)
  const rest = settings.length - shown.length
  return `${shown.join(', ')}${rest === 0 ? '' : ` and ${rest} more`}`
}

function settingSentence({ names, before, after }: SettingDifference): string {
  if (before === null) return `${names} ${short(after ?? '')} added`
  if (after === null) return `${names} ${short(before)} taken out`
  return `${names} ${short(before)} → ${short(after)}`
}

function titlesSentence(
  nodes: readonly NodeDifference[],
  kind: 'added' | 'removed',
): readonly string[] {
  const titles = nodes.filter((node) => node.kind === kind).map(({ title }) => title)
  if (titles.length === 0) return []
  const shown = titles.slice(0, PARTS_SHOWN)
  const rest = titles.length - shown.length
  return [`${shown.join(', ')}${rest === 0 ? '' : ` and ${rest} more`} ${kind}`]
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > SENTENCE_VALUE_LENGTH ? `${line.slice(0, SENTENCE_VALUE_LENGTH)}…` : line
}
