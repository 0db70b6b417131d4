/**
 * Flink's own cases of channels with barriers between their records, which lie beside the
 * repository and are used where they are there. The channels are the edges of a union. No barriers
 * flow on edges here, so only the cases without any can be run; the others say what takes the
 * place of what they are about.
 */

import { record, runOperator, stream, watermark } from '@millrace/engine/testing'
import { conformanceTests } from '@millrace/engine/testing/conformance'
import { expect } from 'vitest'
import { union } from './union.ts'

interface Arrival {
  readonly ch: number
  readonly data?: true
  readonly barrier?: number
  readonly cancel?: number
  readonly end?: true
}

interface FlinkCase {
  readonly id: string
  readonly mode: 'aligned' | 'tracker'
  readonly channels: number
  readonly sequence: readonly Arrival[]
  /** Places in the sequence, in the order in which what stands there reaches the operator. */
  readonly expect: readonly { readonly deliver?: number }[]
}

const NOTHING = watermark(Number.NEGATIVE_INFINITY)

/** One channel has its turn at each place; where it ends, its watermark does. */
function elementsOf({ sequence }: FlinkCase, channel: number) {
  return sequence.map(({ ch, data }, place) => {
    if (ch !== channel) return NOTHING
    return data === true ? record({ place }, place) : watermark('end')
  })
}

function unionCase(given: FlinkCase): void {
  const channels = Array.from({ length: given.channels }, (_, channel) =>
    stream({ place: 'integer' }, elementsOf(given, channel)),
  )
  const { outputs } = runOperator(union, {}, { in: channels })
  const places = (outputs.out ?? []).flatMap((element) =>
    'row' in element ? [element.row.place] : [],
  )
  const delivered = given.expect.flatMap(({ deliver }) => deliver ?? [])
  expect(places).toEqual(delivered.filter((place) => given.sequence[place]?.data === true))
}

const CUT = 'no barriers flow between records: a checkpoint is cut for the whole graph at once'

function reasonAgainst({ sequence, channels, mode }: FlinkCase): string | undefined {
  const hasCancel = sequence.some(({ cancel }) => cancel !== undefined)
  if (!hasCancel && sequence.every(({ barrier }) => barrier === undefined)) return undefined
  if (hasCancel) return `${CUT}, so none is cancelled on its way`
  if (mode === 'tracker') return `${CUT}, and counts no record twice, so none is merely counted`
  if (channels === 1) return `${CUT}, between two turns`
  return `${CUT}, so no channel waits for another, and none overtakes`
}

conformanceTests<FlinkCase>({
  file: 'flink-barriers',
  cases: 28,
  skipped: 24,
  trial: (given) => {
    const skipped = reasonAgainst(given)
    if (skipped !== undefined) return { skipped }
    return { mode: 'there is no barrier in it; a union', run: () => unionCase(given) }
  },
})
