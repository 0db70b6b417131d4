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
