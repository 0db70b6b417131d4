/** In the inspector: that a node has refused records which nobody has looked after. */

import { MailWarning } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useSession } from '../editor/session.tsx'
import { letterCountText } from './letter-words.ts'
import { lettersHref } from './letters-place.ts'
import { useLetterCounts } from './use-letters.ts'
import './node-letters.css'

export default function NodeLetters({ nodeId }: { readonly nodeId: string }): ReactNode {
  const { pipelineId } = useSession()
  const { groups } = useLetterCounts()
  const own = groups.filter((group) => group.nodeId === nodeId && group.open + group.sent > 0)
  const [first] = own
  if (first === undefined) return null
  const left = own.reduce((sum, { open, sent }) => sum + open + sent, 0)
  return (
    <Link
      className="node-letters"
      href={lettersHref(pipelineId, { node: nodeId, group: first.group })}
    >
      <MailWarning size={14} aria-hidden />
      <span>
        <strong>{letterCountText(left)} to look after</strong>
        {first.pattern}
      </span>
    </Link>
  )
}
