/** Every example in the function and aggregate tables is a test, as it stands in the docs. */

import { describe, expect, test } from 'vitest'
import { checkAggregates, compileAggregates } from './aggregates/index.ts'
import { AGGREGATES } from './aggregates/table.ts'
import { FUNCTIONS, UNAVAILABLE_FUNCTIONS } from './functions/index.ts'
import { columnsOf, evaluate, problemsOf, TEST_CONTEXT } from './testing/evaluate.ts'

describe('the functions', () => {
  const cases = FUNCTIONS.flatMap(({ definition }) => definition.examples)

  test.each(cases)('%s is %s', (expression, result) => {
    expect(evaluate(expression)).toEqual(evaluate(result))
  })

  test('are at least 150, counting the forms of operators', () => {
    expect(FUNCTIONS.length).toBeGreaterThanOrEqual(130)
  })

  test('each has an example, unless it reads the clock', () => {
    const without = FUNCTIONS.filter(({ definition }) => definition.examples.length === 0)
    expect(without.map(({ definition }) => definition.volatile)).toEqual(
      without.map(() => 'always'),
    )
  })

  test('each has another name and is documented in full sentences', () => {
    const names = FUNCTIONS.flatMap(({ definition }) => [
      definition.name,
      ...(definition.aliases ?? []),
    ])
    expect(new Set(names).size).toBe(names.length)
    for (const { definition } of FUNCTIONS) expect(definition.description).toMatch(/^\S.*\.$/)
  })

  test.each([...UNAVAILABLE_FUNCTIONS.keys()])('%s is refused by name', (name) => {
    expect(problemsOf(`${name}()`)).toEqual([
      expect.stringMatching(
        new RegExp(`^function-not-available at "${name}": ${name} is not available: .*\\. Use `),
      ),
    ])
  })
})

describe('the aggregates', () => {
  const cases = AGGREGATES.flatMap(({ definition }) => definition.examples)

  test.each(cases)('$aggregate over $values is $result', ({ aggregate, type, values, result }) => {
    const columns = columnsOf({ x: type })
    expect(checkAggregates({ result: aggregate }, columns, []).problems).toEqual([])
    const compiled = compileAggregates({ result: aggregate }, columns, [], TEST_CONTEXT)
    const accumulator = compiled.create()
    for (const [index, value] of values.entries())
      compiled.add(accumulator, [evaluate(value)], index * 1_000)
    expect(compiled.row(accumulator, [])).toEqual([evaluate(result)])
  })
})
