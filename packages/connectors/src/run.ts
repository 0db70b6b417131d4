/** Brings together the two halves of an operator: what it is, and how it runs where Node is. */

import type { OperatorDefinition, OperatorRun } from '@millrace/engine'

/** The half that needs Node, typed by the half that does not. */
export function defineRun<Config, In extends string, Out extends string>(
  { id }: OperatorDefinition<Config, In, Out>,
  run: Omit<OperatorRun<Config, In, Out>, 'id'>,
): OperatorRun<Config, In, Out> {
  return { id, ...run }
}

/** Every definition with its run. A run without a definition, or a second one, is our mistake. */
export function joinRuns(
  definitions: readonly OperatorDefinition[],
  runs: readonly OperatorRun<unknown, string, string>[],
): readonly OperatorDefinition[] {
  const byId = new Map(runs.map((run) => [run.id, run]))
  if (byId.size < runs.length) throw new Error('Two runs are for one operator.')
  const joined = definitions.map((definition) => {
    const run = byId.get(definition.id)
    byId.delete(definition.id)
    if (run === undefined) return definition
    const { read, run: transform } = run
    return {
      ...definition,
      ...(read === undefined ? {} : { read }),
      ...(transform === undefined ? {} : { run: transform }),
    }
  })
  const [lost] = byId.keys()
  if (lost !== undefined) throw new Error(`There is a run for "${lost}", and no such operator.`)
  return joined
}
