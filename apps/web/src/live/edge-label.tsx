/** What a running edge shows: its rate, and the way to its records. */

import type { ReactNode } from 'react'

export function EdgeLabel(_props: { readonly edgeId: string }): ReactNode {
  return null
}
