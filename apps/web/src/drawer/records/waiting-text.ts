/** Why the Records tab shows none. */

import { countText } from '../../live/formats.ts'

interface Waited {
  /** Records that have left through the port since the job began. */
  readonly passed: number
  /** Whether the job is paused. */
  readonly held: boolean
  /** The condition, or nothing. */
  readonly where: string
}

/** While the job is there. */
export function waitingText({ passed, held, where }: Waited): string {
  const condition = where === '' ? '' : ' for which the condition is true'
  const next = held
    ? `Resume the job or press Step: the next${condition} is shown here.`
    : `The next${condition} is shown here as soon as it comes.`
  return `${passedText(passed, where)} ${next}`
}

/** Once it has ended. */
export function endedText({ passed, where }: Omit<Waited, 'held'>): string {
  const again = 'Start it again to see its records.'
  return passed === 0 ? 'No record has passed here.' : `${passedText(passed, where)} ${again}`
}

function passedText(passed: number, where: string): string {
  if (passed === 0) return 'No record has passed here yet.'
  const before = passed === 1 ? '1 record has' : `${countText(passed)} records have`
  return where === ''
    ? `${before} passed here in all. None was kept before somebody looked: the job was fast, or its records are large.`
    : `${before} passed here in all, and the condition is true for none that was kept.`
}
