/** What differs is listed whole, also where nodes have the same title. */

import type { NodeDifference, PipelineDifference } from '@millrace/pipeline'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { expect, test, vi } from 'vitest'
import { DifferenceList } from './difference-list.tsx'

const NOTHING: PipelineDifference = {
  ...{ nameBefore: null, nodes: [], edges: [], settings: [], moved: 0, notes: 0 },
}

function added(nodeId: string): NodeDifference {
  return { nodeId, title: 'Filter', kind: 'added', titleBefore: null, settings: [] }
}

test('two nodes and two edges of the same titles are each listed', () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  const faults = vi.spyOn(console, 'error')
  const edge = { kind: 'added', from: 'Filter', to: 'Filter', follows: true } as const
  const difference = { ...NOTHING, nodes: [added('a'), added('b')], edges: [edge, edge] }
  const page = document.createElement('div')
  const root = createRoot(page)
  act(() => root.render(<DifferenceList difference={difference} label="What changed" />))
  const rows = [...page.querySelectorAll('ul[aria-label="What changed"] > li')]
  expect(rows.map((row) => row.textContent)).toEqual([
    '+Filteradded',
    '+Filteradded',
    '+Filter → Filterconnected',
    '+Filter → Filterconnected',
  ])
  expect(faults).not.toHaveBeenCalled()
  act(() => root.unmount())
})
