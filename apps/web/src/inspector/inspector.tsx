/** The right panel: the form of what is selected. */

import type { ReactNode } from 'react'

export function Inspector(): ReactNode {
  return null
}
