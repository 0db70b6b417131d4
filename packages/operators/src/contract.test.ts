/** What every operator of the registry must hold to. One that joins is covered at once. */

import { readdirSync, readFileSync } from 'node:fs'
import type { Element, OperatorDefinition } from '@millrace/engine'
import { type OperatorRunResult, runExample, runOperator } from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { operators } from './index.ts'

interface JsonSchema {
  readonly title?: string
  readonly description?: string
  readonly properties?: { readonly [name: string]: JsonSchema }
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly prefixItems?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
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
  const { additionalProperties: values, items, prefixItems = [] } = schema
  const inside = [
    ...(typeof values === 'object' ? [values] : []),
    ...(items === undefined ? [] : [items]),
    ...prefixItems,
    ...[schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => list ?? []),
  ]
  return [...fields, ...inside.flatMap((one) => unsaid(one, place))]
}

/** Runs the first example with each batch broken, or as it is. */
function runFirstExample(
  operator: OperatorDefinition,
  alter?: (element: Element) => Element,
): OperatorRunResult {
  const [example] = operator.examples
  const options = alter === undefined ? {} : { alter }
  return runOperator(operator, example?.config, example?.inputs ?? {}, options)
}

const SCHEMA_OPTIONS = { io: 'input', unrepresentable: 'any' } as const

test('ids are unique', () => {
  const ids = operators.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBeGreaterThan(5)
})

describe.each(operators.map((operator) => [operator.id, operator] as const))(
  '%s',
  (_, operator) => {
    test('says what it guarantees where records come in or get out, and nowhere else', () => {
      const isEnd = operator.category === 'source' || operator.category === 'sink'
      expect(operator.guarantee !== undefined).toBe(isEnd)
      if (isEnd) expect(operator.guarantee?.note).toMatch(/^[A-Z].*\.$/)
    })

    test('says what it is', () => {
      expect(operator.id).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(operator.icon).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(operator.title).toMatch(/^[A-Z]/)
      for (const text of [operator.summary, operator.details ?? '.']) expect(text).toMatch(/\.$/)
      expect(operator.examples.length).toBeGreaterThan(0)
    })

    test('can be run or read, as its category says', () => {
      const isSource = operator.category === 'source'
      expect(operator.run === undefined).toBe(isSource)
      expect(operator.read === undefined).toBe(!isSource)
      expect(operator.inputs.length === 0).toBe(isSource)
      if (!isSource) return
      expect(operator.outputs).toContain('errors')
      expect(operator.config.toJSONSchema(SCHEMA_OPTIONS)).toHaveProperty('properties.onError')
    })

    test('gives every field of its config a title, and says what it is for', () => {
      const schema = operator.config.toJSONSchema({ io: 'input', unrepresentable: 'any' })
      expect(unsaid(schema as JsonSchema, 'config')).toEqual([])
    })

    describe.each(operator.examples.map((example) => [example.title, example] as const))(
      'example "%s"',
      (_title, example) => {
        test('has a config that survives being saved', () => {
          const saved = JSON.parse(JSON.stringify(example.config))
          expect(saved).toEqual(example.config)
          expect(operator.config.parse(saved)).toEqual(operator.config.parse(example.config))
        })

        test('shows ports that are there', () => {
          const config = operator.config.parse(example.config)
          const ports = [...operator.outputs, ...(operator.outputPorts?.(config) ?? [])]
          expect(ports).toEqual(expect.arrayContaining(Object.keys(example.outputs ?? {})))
          expect(Object.keys(example.inputs ?? {}).sort()).toEqual([...operator.inputs].sort())
          const shown = Object.values(example.outputs ?? {}).flat().length
          expect(shown > 0).toBe(operator.category !== 'sink')
        })

        test.each([1, 7, 1000])('gives what it shows in batches of %i', async (batchRows) => {
          const { expected, actual, failure } = await runExample(operator, example, batchRows)
          expect(failure).toBe(undefined)
          expect(actual).toEqual(expected)
        })
      },
    )
  },
)

const transforms = operators.filter(({ run }) => run !== undefined)

describe.each(transforms.map((operator) => [operator.id, operator] as const))(
  '%s',
  (_, operator) => {
    test('completes its outputs and leaves no timer behind', () => {
      const { completed, outputs, env } = runFirstExample(operator)
      expect([...completed].sort()).toEqual(Object.keys(outputs).sort())
      expect(env.advanceToNextTimer()).toBe(false)
    })

    test('fails the job where it breaks, and says that the fault is ours', () => {
      const broken = (element: Element): Element => {
        if (element.kind !== 'batch') return element
        const rows = new Proxy(element.rows, {
          get: (target, name) => {
            if (name === '0') throw new TypeError('Broken on purpose.')
            return Reflect.get(target, name)
          },
        })
        return { ...element, rows }
      }
      const { failure } = runFirstExample(operator, broken)
      expect(failure).toMatchObject({ domain: 'internal', retry: false, nodeId: 'tested' })
      expect(failure?.message).toContain('Broken on purpose.')
    })
  },
)

describe('refusals', () => {
  const root = new URL('./', import.meta.url)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name, text: readFileSync(new URL(name, root), 'utf8') }))
  const isTest = (name: string) => name.endsWith('.test.ts') || name.includes('testing/')
  const code = /(?:code: |report\(|'[a-z]+', )'([a-z]+(?:-[a-z]+)+)'/g
  const codes = files
    .filter(({ name }) => !isTest(name))
    .flatMap(({ text }) => [...text.matchAll(code)].map(([, found = '']) => found))
  const tests = files.filter(({ name }) => isTest(name)).map(({ text }) => text)

  test('are found in the sources', () => {
    expect(codes).toEqual(
      expect.arrayContaining(['union-column-type', 'port-twice', 'weights-not-for-each-value']),
    )
  })

  test.each([...new Set(codes)].sort())('%s is provoked', (code) => {
    expect(tests.some((text) => new RegExp(`['"\`]${code}[ '"\`]`).test(text))).toBe(true)
  })
})
