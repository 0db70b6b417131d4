/** What ties a job to its host: that leaving it would lose or repeat something. */

import type { CheckedPipeline } from '@millrace/pipeline'

/** Why the job stays where it is, in a sentence; undefined where it can be moved. */
export function tieOf({ nodes }: Pick<CheckedPipeline, 'nodes'>): string | undefined {
  for (const { title, operator } of nodes.values()) {
    const { category, guarantee } = operator
    if (category !== 'source' && category !== 'sink') continue
    if (guarantee?.withCheckpoints === 'exactly-once') continue
    const lost = category === 'source' ? 'lose records' : 'repeat rows'
    return (
      `"${title}" promises less than exactly once, so a move could ${lost}. The job stays in the ` +
      'engine host that it is in.'
    )
  }
  return undefined
}
