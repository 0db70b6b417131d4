/**
 * Keeps the canvas in sight of a window that has become narrow, by a smaller window or by zooming:
 * there both panels would lie over it, so the one that was used less recently closes, and opens
 * again when there is room.
 */

import { useEffect } from 'react'
import { useSession } from '../editor/session.tsx'
import type { Workbench, WorkbenchState } from './workbench-store.ts'

export type PanelName = 'palette' | 'inspector'

export interface PanelRoom {
  used(panel: PanelName): void
  narrow(isNarrow: boolean): void
  close(): void
}

export function createPanelRoom({ store, update }: Workbench): PanelRoom {
  let last: PanelName = 'inspector'
  let isNarrow = false
  /** What was closed here, and not by somebody. */
  let closed: PanelName | undefined

  const show = (panel: PanelName, open: boolean): void => {
    update({ [panel]: { ...store.getState()[panel], open } })
  }
  const makeRoom = ({ palette, inspector }: WorkbenchState): void => {
    if (!isNarrow || !palette.open || !inspector.open) return
    const other = last === 'palette' ? 'inspector' : 'palette'
    show(other, false)
    closed = other
  }
  const stop = store.subscribe((state, before) => {
    for (const panel of ['palette', 'inspector'] as const) {
      if (state[panel].open === before[panel].open) continue
      if (panel === closed) closed = undefined
      if (state[panel].open) last = panel
    }
    makeRoom(state)
  })
  return {
    used: (panel) => {
      last = panel
    },
    narrow: (narrow) => {
      isNarrow = narrow
      if (narrow) makeRoom(store.getState())
      else if (closed !== undefined) show(closed, true)
    },
    close: stop,
  }
}

/** As the style sheet has it: from there on panels lie over the canvas. */
const NARROW = '(max-width: 860px)'

export function usePanelRoom(): void {
  const { workbench } = useSession()
  useEffect(() => {
    const room = createPanelRoom(workbench)
    const query = window.matchMedia(NARROW)
    const measure = (): void => room.narrow(query.matches)
    const note = ({ target }: Event): void => {
      if (!(target instanceof Element)) return
      if (target.closest('.palette') !== null) room.used('palette')
      else if (target.closest('.inspector') !== null) room.used('inspector')
    }
    measure()
    query.addEventListener('change', measure)
    document.addEventListener('pointerdown', note, true)
    document.addEventListener('focusin', note)
    return () => {
      room.close()
      query.removeEventListener('change', measure)
      document.removeEventListener('pointerdown', note, true)
      document.removeEventListener('focusin', note)
    }
  }, [workbench])
}
