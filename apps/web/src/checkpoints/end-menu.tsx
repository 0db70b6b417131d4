/** The other ways in which a job ends, beside the button that stops it. */

import type { ReactNode } from 'react'
import { useSession } from '../editor/session.tsx'
import { useLive } from '../live/live.tsx'
import { WaysMenu } from '../live/ways-menu.tsx'
import { endJob } from './job-ends.ts'

const WAYS = [
  ['checkpoint', 'Stop, to go on from here later', 'Nothing fires, and outputs stay as they are.'],
  ['savepoint', 'Stop with a savepoint', 'As above, and the place is kept until you delete it.'],
  ['drain', 'End its input', 'Open windows fire and outputs are completed.'],
] as const

export function EndMenu({ disabled }: { readonly disabled: boolean }): ReactNode {
  const session = useSession()
  const live = useLive()
  const ways = WAYS.map(([how, title, detail]) => ({
    title,
    detail,
    onChoose: () => void endJob({ session, live }, how),
  }))
  return (
    <WaysMenu label="Other ways to stop" className="end-trigger" disabled={disabled} ways={ways} />
  )
}
