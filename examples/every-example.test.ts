/** What holds for every example: it has no problem and a page, and is as the designer saves it. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runnableConnectors } from '../packages/connectors/src/node.ts'
import { operators } from '../packages/operators/src/index.ts'
import { checkPipeline, parseDocument, writeDocument } from '../packages/pipeline/src/index.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const registry = new Map([...operators, ...runnableConnectors].map((one) => [one.id, one]))

const examples = readdirSync(HERE, { recursive: true, encoding: 'utf8' })
  .filter((file) => path.basename(file) === 'pipeline.json')
  .map((file) => path.dirname(file))
  .sort()

test('there are the Nexmark queries and others', () => {
  expect(examples.filter((id) => path.dirname(id) === 'nexmark')).toHaveLength(23)
  expect(examples).toEqual(expect.arrayContaining(['earthquakes', 'flights']))
})

test('no two write the same file, so that all of them can run at once', () => {
  const written = examples.flatMap((id) => {
    const { pipeline } = parseDocument(readFileSync(path.join(HERE, id, 'pipeline.json'), 'utf8'))
    if (pipeline === undefined) throw new Error(`${id} was not read.`)
    const files = [...checkPipeline(pipeline, registry).nodes.values()].flatMap(
      ({ operator, config }) => operator.files?.(config) ?? [],
    )
    return files.filter(({ use }) => use === 'write').map(({ path }) => path)
  })
  expect(written.length).toBeGreaterThan(examples.length)
  expect(written.toSorted()).toEqual([...new Set(written)].toSorted())
})

type Path = readonly (string | number)[]

/** Where in a config a duration stands. */
function durationsIn(config: unknown): readonly Path[] {
  if (typeof config === 'string') return /^-?(\d+(ms|s|m|h|d))+$/.test(config) ? [[]] : []
  if (typeof config !== 'object' || config === null) return []
  const below = (part: string | number, value: unknown) =>
    durationsIn(value).map((path) => [part, ...path])
  if (Array.isArray(config)) return config.flatMap((value, index) => below(index, value))
  return Object.entries(config).flatMap(([name, value]) => below(name, value))
}

function withMistake(config: unknown, [part, ...rest]: Path): unknown {
  if (part === undefined) return '5 minutes'
  if (Array.isArray(config)) {
    return config.map((value, index) => (index === part ? withMistake(value, rest) : value))
  }
  const { [part]: value, ...others } = config as { readonly [name: string]: unknown }
  return { ...others, [part]: withMistake(value, rest) }
}

test('durations are found wherever they stand', () => {
  expect(durationsIn({ a: '5s', b: ['x', { c: '-1h30m' }], d: 5 })).toEqual([['a'], ['b', 1, 'c']])
  expect(withMistake({ a: ['1s', '2s'], b: 1 }, ['a', 1])).toEqual({ a: ['1s', '5 minutes'], b: 1 })
})

describe.each(examples)('%s', (id) => {
  const text = readFileSync(path.join(HERE, id, 'pipeline.json'), 'utf8')
  const { pipeline, problems } = parseDocument(text)

  test('has no problem, and a place on the canvas for every node', () => {
    expect(problems).toEqual([])
    if (pipeline === undefined) throw new Error('It was not read.')
    expect(checkPipeline(pipeline, registry).problems).toEqual([])
    expect([...(pipeline.layout?.keys() ?? [])].sort()).toEqual([...pipeline.nodes.keys()].sort())
    const places = [...(pipeline.layout?.values() ?? [])].map(String)
    expect(new Set(places).size).toBe(places.length)
    expect([...pipeline.nodes.values()].every(({ title }) => title !== undefined)).toBe(true)
  })

  test('a duration that is mistyped is its only problem, and what leaves each node is known', () => {
    if (pipeline === undefined) throw new Error('It was not read.')
    const { outputSchemas } = checkPipeline(pipeline, registry)
    for (const [nodeId, node] of pipeline.nodes) {
      for (const path of durationsIn(node.config)) {
        const config = withMistake(node.config, path) as typeof node.config
        const nodes = new Map(pipeline.nodes).set(nodeId, { ...node, config })
        const checked = checkPipeline({ ...pipeline, nodes }, registry)
        expect(checked.problems).toEqual([
          expect.objectContaining({ code: 'bad-duration', nodeId, path }),
        ])
        expect(checked.outputSchemas).toEqual(outputSchemas)
      }
    }
  })

  test('is saved as it stands there', () => {
    expect(pipeline && writeDocument(pipeline)).toBe(text)
  })

  test('has a page that says how to run it', () => {
    const page = path.join(HERE, id, 'README.md')
    expect(existsSync(page)).toBe(true)
    const written = readFileSync(page, 'utf8')
    expect(written).toMatch(/^# \S.+\n\n\S/)
    expect(written).toContain(`millrace run examples/${id}/pipeline.json`)
  })
})
