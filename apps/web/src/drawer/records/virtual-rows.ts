/** Rows of a table of which only those exist that can be seen. */

import { useVirtualizer } from '@tanstack/react-virtual'
import type { RefObject } from 'react'

export const ROW_HEIGHT = 26

export interface VirtualRows {
  /** Of all rows, in pixels. */
  readonly height: number
  readonly rows: readonly { readonly index: number; readonly key: string; readonly top: number }[]
}

export function useVirtualRows(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  /** A row keeps its identity by its key, so that it is not made anew when older ones go. */
  keyOf: (index: number) => string,
): VirtualRows {
  const table = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    getItemKey: keyOf,
  })
  return {
    height: table.getTotalSize(),
    rows: table.getVirtualItems().map(({ index, key, start }) => {
      return { index, key: `${key}`, top: start }
    }),
  }
}
