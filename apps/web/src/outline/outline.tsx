/** Every node with its ports, as a list: the whole pipeline without the canvas. */

import type { ReactNode } from 'react'

export function Outline(): ReactNode {
  return null
}
