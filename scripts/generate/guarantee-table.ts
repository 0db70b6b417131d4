/**
 * The README's table of what each sink guarantees: what it says of itself, beside what was counted
 * when jobs were crashed at every place (`docs/guarantees.json`, which the test of
 * `torture/guarantees` writes and holds).
 */

import { deliveryText, type OperatorDescription } from '../../packages/pipeline/src/index.ts'
import { table } from './config-table.ts'

interface Counted {
  readonly crashes: number
  readonly lost: number
  readonly repeated: number
}

export interface MeasuredSink {
  readonly sink: string
  readonly to?: string
  readonly records: number
  readonly withCheckpoints: Counted
  readonly without: Counted
}

const BEGIN = '<!-- guarantees: written by `pnpm generate` from docs/guarantees.json -->\n'
const END = '<!-- end of guarantees -->\n'

/** Throws where a sink was measured that there is not, or the other way round. */
export function guaranteeTable(
  measured: readonly MeasuredSink[],
  operators: readonly OperatorDescription[],
): string {
  const rows = measured.map(({ sink, to, withCheckpoints, without }) => {
    const guarantee = operators.find(({ id }) => id === sink)?.guarantee
    if (guarantee === undefined) throw new Error(`Sink "${sink}" was measured and says nothing.`)
    const name = `[\`${sink}\`](docs/operators/${sink}.md)${to === undefined ? '' : ` to ${to}`}`
    return [
      name,
      deliveryText(guarantee.withCheckpoints),
      countsText(withCheckpoints),
      deliveryText(guarantee.without),
      countsText(without),
    ]
  })
  const missing = operators.find(
    ({ id, category }) => category === 'sink' && !measured.some(({ sink }) => sink === id),
  )
  if (missing !== undefined) throw new Error(`Sink "${missing.id}" was not measured.`)
  return table(['Sink', 'With checkpoints', 'Counted', 'Without', 'Counted'], rows)
}

function countsText({ crashes, lost, repeated }: Counted): string {
  return `${crashes} crashes: ${lost} lost, ${repeated} repeated`
}

/** The text with the table in its place; throws where there is no place for it. */
export function withGuarantees(text: string, shown: string): string {
  const from = text.indexOf(BEGIN)
  const to = text.indexOf(END)
  if (from < 0 || to < from) throw new Error('The README has no place for guarantees.')
  return `${text.slice(0, from)}${BEGIN}\n${shown}\n${text.slice(to)}`
}
