/** How many dead letters of the pipeline are open, in the top bar; pressed, it leads to them. */

import { MailWarning } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useSession } from '../editor/session.tsx'
import { countText, shortCountText } from '../live/formats.ts'
import { lettersHref } from './letters-place.ts'
import { useLetterCounts } from './use-letters.ts'

export function LetterPill(): ReactNode {
  const { pipelineId } = useSession()
  const { books } = useLetterCounts()
  const left = (books?.open ?? 0) + (books?.sent ?? 0)
  if (left === 0) return null
  const words = left === 1 ? 'dead letter' : 'dead letters'
  return (
    <Link
      className="pill letter-pill"
      href={lettersHref(pipelineId)}
      title={`${countText(left)} ${words}: records that were refused. Look at them`}
    >
      <MailWarning size={12} aria-hidden />
      {left < 10_000 ? countText(left) : shortCountText(left)}
      <span className="letter-pill-words"> {words}</span>
    </Link>
  )
}
