/** Start, pause, step, pace and stop, in the top bar. */

import type { ReactNode } from 'react'

export function RunControls(): ReactNode {
  return null
}
