/** What completion offers in a pattern is what the check accepts there, and no less. */

import { fieldsOf, type JsonObject, type Value } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { analyse } from '../editor/analysis.ts'
import { setAt } from '../editor/commands.ts'
import { pipelineOf } from '../editor/testing/fakes.ts'
import type { FieldPath, FormState } from '../inspector/form-context.ts'
import { registry } from '../operators/registry.ts'
import { completionsOf } from './complete-expression.ts'
import { expressionScope } from './expression-scope.ts'

const STAGES: JsonObject = {
  partitionBy: ['user'],
  pattern: [
    { name: 'a', where: 'v > 1' },
    { name: 'not-b', where: 'v > 2', not: true },
    {
      group: [
        { name: 'c', where: 'v > 3', oneOrMore: true, until: 'v > 9' },
        { group: [{ name: 'd', where: 'v > 4' }], times: 1 },
        { name: 'e', where: 'v > 5' },
      ],
      times: { min: 1, max: 3 },
      until: 'v > 10',
    },
    {
      group: [
        { name: 'f', where: 'v > 6' },
        { name: 'g', where: 'v > 7' },
      ],
    },
  ],
  within: '1m',
  afterMatch: 'no-skip',
  columns: { user: 'user' },
}

const PLACES: readonly FieldPath[] = [
  ['pattern', 0, 'where'],
  ['pattern', 1, 'where'],
  ['pattern', 2, 'group', 0, 'where'],
  ['pattern', 2, 'group', 0, 'until'],
  ['pattern', 2, 'group', 1, 'group', 0, 'where'],
  ['pattern', 2, 'group', 2, 'where'],
  ['pattern', 2, 'until'],
  ['pattern', 3, 'group', 0, 'where'],
  ['pattern', 3, 'group', 1, 'where'],
  ['columns', 'user'],
]

const NAMES = ['a', '`not-b`', 'c', 'd', 'e', 'f', 'g']

function analysed(config: Value | undefined) {
  const source = {
    operator: 'generator-source',
    config: {
      columns: { user: { type: 'choice', values: ['x'] }, v: { type: 'sequence' } },
      watermark: { maxOutOfOrderness: '1s' },
    },
  }
  const nodes = { source, found: { operator: 'pattern', config } }
  const edges = [{ from: 'source', to: 'found' }]
  return analyse(
    pipelineOf(JSON.stringify({ format: 'millrace/1', name: 'n', nodes, edges })),
    registry,
  )
}

function offeredAt(path: FieldPath): readonly string[] {
  const { edges } = analysed(STAGES)
  const operator = registry.get('pattern')
  const fields = operator === undefined ? [] : fieldsOf(operator)
  const inputs = [...edges.values()].map(({ to, schema }) => ({ port: to.port, schema }))
  const form = { inputs, fields, config: STAGES } as unknown as FormState
  const field = { name: '', schema: { widget: 'expression' }, required: true }
  return completionsOf(expressionScope(form, field, path)).map(({ label }) => label)
}

test.each(PLACES.map((path) => [path.join('.'), path] as const))('at %s', (_, path) => {
  const offered = offeredAt(path)
  const refused = (text: string): boolean => {
    const { problems } = analysed(setAt(STAGES, path, text))
    return problems.some((problem) => problem.path?.join() === path.join())
  }
  for (const name of NAMES) {
    expect([name, offered.includes(`${name}.v`)]).toEqual([name, !refused(`${name}.v IS NULL`)])
    expect([name, offered.includes(`COUNT(${name}.*)`)]).toEqual([
      name,
      !refused(`COUNT(${name}.*) > 0`),
    ])
  }
  for (const column of ['user', 'v']) {
    expect([column, offered.includes(column)]).toEqual([column, !refused(`${column} IS NULL`)])
  }
})
