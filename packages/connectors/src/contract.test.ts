/** What every connector must hold to. One that joins is covered at once. */

import { checkOperator, runExample } from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { connectors } from './index.ts'
import { connectorRuns, runnableConnectors } from './node.ts'
import { joinRuns } from './run.ts'

interface JsonSchema {
  readonly title?: string
  readonly description?: string
  readonly properties?: { readonly [name: string]: JsonSchema }
  readonly anyOf?: readonly JsonSchema[]
}

/** The places of the fields that have no title, or that say no more than it. */
function unsaid(schema: JsonSchema, place: string): readonly string[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const here = `${place}.${name}`
    const { title, description } = field
    return [
      ...(title === undefined ? [`${here} has no title`] : []),
      ...(description === undefined ? [`${here} does not say what it is for`] : []),
      ...unsaid(field, here),
    ]
  })
  return [...fields, ...(schema.anyOf ?? []).flatMap((branch) => unsaid(branch, place))]
}

describe.each(runnableConnectors.map((operator) => [operator.id, operator] as const))(
  '%s',
  (_, operator) => {
    const isSource = operator.category === 'source'

    test('says what it is', () => {
      expect(operator.id).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(operator.icon).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(operator.title).toMatch(/^[A-Z]/)
      for (const text of [operator.summary, operator.details]) expect(text).toMatch(/\.$/)
      const schema = operator.config.toJSONSchema({ io: 'input', unrepresentable: 'any' })
      expect(unsaid(schema as JsonSchema, 'config')).toEqual([])
    })

    test('says what it guarantees', () => {
      expect(operator.guarantee?.note).toMatch(/^[A-Z].*\.$/)
    })

    test('can be read or run, as its category says', () => {
      expect([operator.read !== undefined, operator.run !== undefined]).toEqual([
        isSource,
        !isSource,
      ])
      expect(operator.inputs.length === 0).toBe(isSource)
      if (isSource) {
        expect(operator.outputs).toContain('errors')
        const schema = operator.config.toJSONSchema({ io: 'input', unrepresentable: 'any' })
        expect(schema).toHaveProperty('properties.onError')
      } else expect(operator.outputs.filter((port) => port !== 'errors')).toEqual([])
    })

    test('has examples whose config can be saved and has no problem', () => {
      expect(operator.examples.length).toBeGreaterThan(0)
      for (const { config } of operator.examples) {
        expect(JSON.parse(JSON.stringify(config))).toEqual(config)
        if (isSource) expect(() => checkOperator(operator, config, [])).not.toThrow()
        else expect(() => operator.config.parse(config)).not.toThrow()
      }
    })
  },
)

const shown = runnableConnectors.flatMap((operator) => {
  // What the real world gives cannot be shown.
  const examples = operator.examples.filter(
    ({ outputs, outputFiles, outputTopics, outputRequests }) =>
      outputs ?? outputFiles ?? outputTopics ?? outputRequests,
  )
  return examples.map((example) => [operator.id, example.title, operator, example] as const)
})

describe.each(shown)('the example of %s "%s"', (_, __, operator, example) => {
  test.each([1, 7, 1000])('gives what it shows in batches of %i', async (batchRows) => {
    const { expected, actual, failure } = await runExample(operator, example, batchRows)
    expect(failure).toBeUndefined()
    expect(actual).toEqual(expected)
  })
})

test('a run that belongs to nothing, or stands twice, is our mistake', () => {
  const [first] = connectorRuns
  if (first === undefined) throw new Error('There are no runs.')
  expect(() => joinRuns(connectors, [first, first])).toThrow('Two runs are for one operator.')
  expect(() => joinRuns([], [first])).toThrow('There is a run for "file-source"')
})
