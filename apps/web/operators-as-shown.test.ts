/** What is built for the page checks as what it is built from, and holds less. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { checkPipeline, type Pipeline, type Problem, parseDocument } from '@millrace/pipeline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { registry } from './src/operators/registry.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))

/** What the built entry gives. */
interface Built {
  readonly checkAll: (text: string) => readonly Problem[]
  readonly operatorsWithMore: () => readonly string[]
  readonly patternsAwaited: () => Promise<void> | undefined
}

const ENTRY = `
import { checkPipeline, parseDocument, patternsAwaited } from '@millrace/pipeline'
import { registry } from '${HERE}src/operators/registry.ts'
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
let built: Built

beforeAll(async () => {
  const { build } = await import('vite')
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-page-'))
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
      outDir: folder,
      sourcemap: false,
      minify: false,
      lib: { entry, formats: ['es'], fileName: () => 'page.js' },
    },
  })
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }')
  built = (await import(pathToFileURL(path.join(folder, 'page.js')).href)) as Built
}, 120_000)

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

test('every example has the same problems in the page', async () => {
  const texts = await documentsOfExamples()
  expect(texts.length).toBeGreaterThan(0)
  for (const text of texts) expect(built.checkAll(text)).toEqual(problemsHere(text))
})

test('a pattern is refused in the page once the engine for it has come', async () => {
  const text = withFilter("REGEXP(page, '(home')")
  expect(problemsHere(text).map(({ severity }) => severity)).toContain('error')
  expect(built.checkAll(text)).toEqual([])
  await built.patternsAwaited()
  expect(built.patternsAwaited()).toBeUndefined()
  for (const where of ["REGEXP(page, '(home')", "page SIMILAR TO '[a'", "REGEXP(page, '^h')"]) {
    expect(built.checkAll(withFilter(where))).toEqual(problemsHere(withFilter(where)))
  }
})
