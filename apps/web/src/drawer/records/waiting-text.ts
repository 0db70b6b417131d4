/** Why the Records tab shows none: a look begins when it begins, whatever passed before. */

import { countText } from '../../live/formats.ts'

interface Waited {
  /** Records that have left through the port since the job began. */
  readonly passed: number
  /** Whether the job is paused. */
  readonly held: boolean
  /** The condition, or nothing. */
  readonly where: string
}

export function waitingText({ passed, held, where }: Waited): string {
  const condition = where === '' ? '' : ' for which the condition is true'
  const next = held
    ? `Resume the job or press Step: the next${condition} is shown here.`
    : `The next${condition} is shown here as soon as it comes.`
  if (passed === 0) return `No record has passed here yet. ${next}`
  const before = passed === 1 ? '1 record has' : `${countText(passed)} records have`
  return `${before} passed here in all; what passes is shown from the first look on. ${next}`
}
