/** The dialog that is open, loaded when one first is. */

import type { ReactNode } from 'react'

export default function Dialogs(): ReactNode {
  return null
}
