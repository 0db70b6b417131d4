/** Proves that the type checker keeps Node and the page out of the rooms that must run in both. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkTypes, ROOT } from './run-tool.mjs'

/** What is planted, and the errors the compiler must give for it. */
type Wall = Readonly<Record<string, readonly [code: string, errors: readonly string[]]>>

const NODE_MODULE = "import { readFileSync } from 'node:fs'\nexport const read = readFileSync\n"

const SHARED: Wall = {
  'timer.ts': ['export const handle = setTimeout(() => {}, 5)\n', ['TS2304']],
  'console.ts': ["console.log('here')\n", ['TS2584']],
  'process.ts': ['export const folder = process.cwd()\n', ['TS2591']],
  'page.ts': ['export const title = document.title\n', ['TS2584']],
  'fetch.ts': ["export const response = fetch('a')\n", ['TS2304']],
  'buffer.ts': ["export const bytes = Buffer.from('a')\n", ['TS2591']],
  'node-module.ts': [NODE_MODULE, ['TS2591']],
  // The import itself compiles; what it leads to does not.
  'reaches-node.ts': ["export { read } from './adapter.node.ts'\n", []],
  'adapter.node.ts': [NODE_MODULE, ['TS2591']],
  'allowed.ts': ['export const counts = new Map([[1, [5].at(-1)]])\n', []],
}

const WEB: Wall = {
  'page.ts': ['export const title = document.title\n', []],
  'timer.ts': ['export const handle: number = setTimeout(() => {}, 5)\n', []],
  'process.ts': ['export const folder = process.cwd()\n', ['TS2591']],
  'node-module.ts': [NODE_MODULE, ['TS2591']],
}

const rooms: readonly (readonly [room: string, wall: Wall])[] = [
  ['packages/pipeline', SHARED],
  ['packages/engine', SHARED],
  ['packages/operators', SHARED],
  ['packages/connectors', SHARED],
  ['packages/storage', SHARED],
  ['apps/web', WEB],
]

const folders: string[] = []

/**
 * In the room's `node_modules`, so that the type libraries of its settings are found from there.
 */
function plant(room: string): string {
  const modules = path.join(ROOT, room, 'node_modules')
  mkdirSync(modules, { recursive: true })
  const folder = mkdtempSync(path.join(modules, '.walls-'))
  folders.push(folder)
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
  return folder
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/**
 * The planted files are compiled together with the room's own sources and by its own settings, so a
 * library whose types bring Node's along would open the wall here too.
 */
test.each(rooms)('%s', async (room, wall) => {
  const planted = plant(room)
  for (const [name, [code]] of Object.entries(wall)) writeFileSync(path.join(planted, name), code)
  const settings = path.join(ROOT, room, 'tsconfig.json')
  const files = Object.keys(wall).filter((name) => name !== 'adapter.node.ts')
  writeFileSync(
    path.join(planted, 'tsconfig.json'),
    JSON.stringify({
      extends: settings,
      files,
      include: [path.join(ROOT, room, 'src/**/*.ts')],
      // Patterns count from here, so the room's own files are named by where they lie.
      exclude: ['*.test.ts', '*.node.ts', 'node.ts'].map((name) =>
        path.join(ROOT, room, 'src/**', name),
      ),
    }),
  )
  const { output } = await checkTypes(planted, { cwd: planted })
  const refused = Object.fromEntries(
    Object.keys(wall).map((name) => [name, errorsIn(output, name)] as const),
  )
  const expected = Object.fromEntries(
    Object.entries(wall).map(([name, [, errors]]) => [name, errors] as const),
  )
  expect(refused).toEqual(expected)
})

/** The codes of the errors that stand in a planted file. */
function errorsIn(output: string, name: string): readonly string[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith(`${name}(`))
    .map((line) => /error (TS\d+)/.exec(line)?.[1] ?? line)
}
