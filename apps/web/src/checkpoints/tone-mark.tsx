/** The sign for what becomes of a node's state: each has a form of its own, besides its colour. */

import { Check, CircleAlert, Plus, RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ImpactTone } from './checkpoint-words.ts'

const SIGNS = { kept: Check, migrated: RefreshCw, new: Plus, lost: CircleAlert } as const

export function ToneMark({ tone }: { readonly tone: ImpactTone }): ReactNode {
  const Sign = SIGNS[tone]
  return <Sign size={15} aria-hidden />
}
