/** What differs between two documents, a row each: on the screen and on the command line alike. */

import { counted } from '../problem.ts'
import type { PipelineDifference } from './difference.ts'
import type { SettingDifference } from './setting-difference.ts'

export const NO_DIFFERENCE = 'Nothing that a job or the drawing shows.'

export interface DifferenceRow {
  /** Titles are none: several nodes may have the same. */
  readonly id: string
  readonly sign: '+' | '−' | '≠'
  readonly title: string
  readonly said: string
  readonly settings: readonly SettingDifference[]
}

/** Nodes, edges, the settings of the pipeline and its name, in this order. */
export function differenceRows(difference: PipelineDifference): readonly DifferenceRow[] {
  const { nodes, edges, settings, nameBefore } = difference
  return [
    ...nodes.map(({ nodeId, kind, title, titleBefore, settings: own }): DifferenceRow => {
      const id = `node ${kind} ${nodeId}`
      const said = titleBefore === null ? '' : `was called "${titleBefore}"`
      if (kind === 'changed') return { id, sign: '≠', title, said, settings: own }
      return { id, sign: kind === 'added' ? '+' : '−', title, said: kind, settings: [] }
    }),
    ...edges.map(({ kind, from, to }, index): DifferenceRow => {
      const said = kind === 'added' ? 'connected' : 'disconnected'
      const sign = kind === 'added' ? '+' : '−'
      return { id: `edge ${index}`, sign, title: `${from} → ${to}`, said, settings: [] }
    }),
    ...(settings.length === 0
      ? []
      : [{ id: 'settings', sign: '≠', title: 'Pipeline', said: '', settings } as const]),
    ...(nameBefore === null ? [] : [namedRow(nameBefore)]),
  ]
}

function namedRow(nameBefore: string): DifferenceRow {
  return { id: 'name', sign: '≠', title: 'Name', said: `was "${nameBefore}"`, settings: [] }
}

/** Empty where everything lies where it lay. */
export function drawingText({ moved, notes }: PipelineDifference): string {
  const parts = [
    ...(moved === 0 ? [] : [`${counted(moved, 'node')} moved`]),
    ...(notes === 0 ? [] : [`${counted(notes, 'note')} changed`]),
  ]
  return parts.length === 0 ? '' : `In the drawing: ${parts.join(', ')}.`
}
