/** What a running node shows below its title: rates, watermark, late and error counts. */

import type { ReactNode } from 'react'

export function NodeFace(_props: { readonly nodeId: string }): ReactNode {
  return null
}
