/** What is built for the page checks as what it is built from, and holds less. */

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  checkAggregates,
  checkExpression,
  checkPipeline,
  functionsMarkdown,
  type Pipeline,
  type Problem,
  parseDocument,
} from '@millrace/pipeline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { registry } from './src/operators/registry.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))

/** What the built entry gives. */
interface Built {
  readonly checkAll: (text: string) => readonly Problem[]
  readonly operatorsWithMore: () => readonly string[]
  readonly checkExpression: typeof checkExpression
  readonly checkAggregates: typeof checkAggregates
  readonly patternsAwaited: () => Promise<void> | undefined
}

const ENTRY = `
import { checkPipeline, parseDocument, patternsAwaited } from '@millrace/pipeline'
import { registry } from '${HERE}src/operators/registry.ts'
export { checkAggregates, checkExpression } from '@millrace/pipeline'
export { patternsAwaited }
export const checkAll = (text) => {
  const { pipeline, problems } = parseDocument(text)
  return pipeline === undefined ? problems : checkPipeline(pipeline, registry).problems
}
export const operatorsWithMore = () =>
  [...registry.values()]
    .filter((operator) => ['run', 'read', 'startAt', 'details', 'examples'].some((name) => name in operator))
    .map(({ id }) => id)
`

let folder: string
/** Within the folder. */
let output: string
let built: Built
let text: string

beforeAll(async () => {
  const { build } = await import('vite')
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-page-'))
  output = path.join(folder, 'built')
  const entry = path.join(HERE, 'operators-as-shown.entry.js')
  await build({
    configFile: path.join(HERE, 'vite.config.ts'),
    root: HERE,
    logLevel: 'silent',
    plugins: [
      {
        name: 'entry-of-the-test',
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? ENTRY : null),
      },
    ],
    build: {
      outDir: output,
      sourcemap: false,
      minify: false,
      lib: { entry, formats: ['es'], fileName: () => 'page.js' },
    },
  })
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }')
  text = await readFile(path.join(output, 'page.js'), 'utf8')
  built = await load(output)
})

async function load(from: string): Promise<Built> {
  return (await import(pathToFileURL(path.join(from, 'page.js')).href)) as Built
}

/** One in which nobody has asked for anything yet. */
async function loadAnother(): Promise<Built> {
  const another = path.join(folder, 'another')
  await cp(output, another, { recursive: true })
  return load(another)
}

afterAll(() => rm(folder, { recursive: true, force: true }))

function problemsHere(text: string): readonly Problem[] {
  const { pipeline, problems } = parseDocument(text)
  return pipeline === undefined ? problems : checkPipeline(pipeline as Pipeline, registry).problems
}

async function documentsOfExamples(): Promise<readonly string[]> {
  const folders = await readdir(EXAMPLES, { withFileTypes: true })
  const texts: string[] = []
  for (const { name } of folders.filter((one) => one.isDirectory())) {
    const files = await readdir(path.join(EXAMPLES, name))
    for (const file of files.filter((one) => one === 'pipeline.json')) {
      texts.push(await readFile(path.join(EXAMPLES, name, file), 'utf8'))
    }
  }
  return texts
}

const withFilter = (where: string) =>
  JSON.stringify({
    format: 'millrace/1',
    name: 'Patterns',
    nodes: {
      clicks: {
        operator: 'generator-source',
        config: { columns: { page: { type: 'choice', values: ['home'] } }, rate: 1 },
      },
      some: { operator: 'filter', config: { where } },
      out: { operator: 'view-sink', config: {} },
    },
    edges: [
      { from: 'clicks', to: 'some' },
      { from: 'some', to: 'out' },
    ],
  })

test('operators of the page neither run nor hold examples, and those of the source do', () => {
  expect(built.operatorsWithMore()).toEqual([])
  for (const property of ['run', 'details', 'examples']) {
    expect([...registry.values()].some((operator) => property in operator)).toBe(true)
  }
})

test('the page holds neither what aggregates keep, nor how a host writes JavaScript or guesses', () => {
  expect(text).toContain('APPROX_COUNT_DISTINCT')
  expect(text).not.toMatch(/retractableState|mergeRegisters|generateComparison|inferSource/)
  expect(text).not.toContain("CHAR_LENGTH('abc')")
})

/** All that the docs show of functions and of aggregates over a column x. */
const EXAMPLES_OF_LANGUAGE = [
  ...functionsMarkdown().matchAll(/^(.+?)(?: over .*)? {2}-- .*$/gm),
].map(([, example = '']) => example)

test.each(['boolean', 'integer', 'double', 'string', 'timestamp'] as const)(
  'every example of the language checks the same in the page, over a column of type %s',
  async (kind) => {
    expect(EXAMPLES_OF_LANGUAGE.length).toBeGreaterThan(200)
    const columns = [{ name: 'x', type: { kind, nullable: true } }] as const
    const ofPage = (example: string) => [
      built.checkExpression(example, { relations: [{ columns }] }),
      built.checkAggregates({ made: example }, columns, []),
    ]
    for (const example of EXAMPLES_OF_LANGUAGE) ofPage(example)
    await built.patternsAwaited()
    for (const example of EXAMPLES_OF_LANGUAGE) {
      expect(ofPage(example)).toEqual([
        checkExpression(example, { relations: [{ columns }] }),
        checkAggregates({ made: example }, columns, []),
      ])
    }
  },
)

test('every example has the same problems in the page', async () => {
  const texts = await documentsOfExamples()
  expect(texts.length).toBeGreaterThan(0)
  for (const text of texts) expect(built.checkAll(text)).toEqual(problemsHere(text))
})

test('a pattern is refused in the page once the engine for it has come', async () => {
  const page = await loadAnother()
  const text = withFilter("REGEXP(page, '(home')")
  expect(problemsHere(text).map(({ severity }) => severity)).toContain('error')
  expect(page.checkAll(text)).toEqual([])
  await page.patternsAwaited()
  expect(page.patternsAwaited()).toBeUndefined()
  for (const where of ["REGEXP(page, '(home')", "page SIMILAR TO '[a'", "REGEXP(page, '^h')"]) {
    expect(page.checkAll(withFilter(where))).toEqual(problemsHere(withFilter(where)))
  }
})
