/** Proves that the type checker keeps Node and the page out of the rooms that must run in both. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkTypes, ROOT } from './run-tool.mjs'
import { repositoryFiles } from './tidy/repository.ts'
import { packageFile } from './tidy/rooms.ts'
import { importsOf, isProduct, isTest, roomOf, type SourceFile } from './tidy/source-file.ts'

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

const SHARED_ROOMS = readdirSync(path.join(ROOT, 'packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `packages/${name}`)

const rooms: readonly (readonly [room: string, wall: Wall])[] = [
  ...SHARED_ROOMS.map((room) => [room, SHARED] as const),
  ['apps/web', WEB],
]

const repository = repositoryFiles()

/** The files of a room that the wall stands around. */
function sourcesOf(room: string): readonly SourceFile[] {
  return repository.filter(({ path: place }) => {
    const isNodes = isTest(place) || /\.node\.ts$|\/node\.ts$/.test(place)
    return roomOf(place) === room && isProduct(place) && !isNodes
  })
}

/** The room, and those whose sources it reads. */
function readRooms(room: string): readonly string[] {
  const place = `${room}/package.json`
  const text = repository.find((file) => file.path === place)?.text ?? '{}'
  const read = packageFile(place, text).dependencies.flatMap((name) =>
    name.startsWith('@millrace/') ? readRooms(name.replace('@millrace', 'packages')) : [],
  )
  return [...new Set([room, ...read])]
}

/** What its sources import from elsewhere. */
function librariesOf(room: string): readonly string[] {
  const imported = sourcesOf(room).flatMap((file) => importsOf(file).map(({ text }) => text))
  return [...new Set(imported)].filter((name) => !/^\.|^@millrace\//.test(name)).sort()
}

/** Sources that add to what is there everywhere. */
function ambientSources(room: string): readonly string[] {
  return sourcesOf(room)
    .filter(({ path: place, text }) => /\.d\.ts$/.test(place) || AMBIENT.test(text))
    .map(({ path: place }) => path.join(ROOT, place))
}

const AMBIENT = /\bdeclare global\b|^\/\/\/ <reference/m

const folders: string[] = []

/**
 * In the room's `node_modules`, so that what it has installed is found from there.
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
 * The planted files are compiled by the room's own settings and together with all the libraries
 * that it and the rooms behind it import, so one whose types bring Node's along would open the wall
 * here too. That the room's sources themselves compile is what `scripts/check.mjs` is for.
 */
test.each(rooms)('%s is walled in', async (room, wall) => {
  const planted = plant(room)
  for (const [name, [code]] of Object.entries(wall)) writeFileSync(path.join(planted, name), code)
  const read = readRooms(room)
  const imports = read.map((one) => {
    const libraries = librariesOf(one)
    const file = path.join(one === room ? planted : plant(one), 'libraries.ts')
    writeFileSync(file, libraries.map((name) => `import '${name}'\n`).join(''))
    return { file, libraries }
  })
  expect(imports.flatMap(({ libraries }) => libraries)).toContain('zod')
  const named = Object.keys(wall).filter((name) => name !== 'adapter.node.ts')
  const ambient = read.flatMap(ambientSources)
  const files = [...named, ...imports.map(({ file }) => file), ...ambient]
  writeFileSync(
    path.join(planted, 'tsconfig.json'),
    JSON.stringify({ extends: path.join(ROOT, room, 'tsconfig.json'), files, include: [] }),
  )
  const { output } = await checkTypes(planted, { cwd: planted })
  const refused = Object.fromEntries(
    Object.keys(wall).map((name) => [name, errorsIn(output, name)] as const),
  )
  const expected = Object.fromEntries(
    Object.entries(wall).map(([name, [, errors]]) => [name, errors] as const),
  )
  expect(refused).toEqual(expected)
  expect(output.split('\n').filter((line) => /libraries\.ts\(/.test(line))).toEqual([])
})

test.each(SHARED_ROOMS)('%s has the settings by which all of them are checked', (room) => {
  const { extends: base, include, exclude, ...rest } = settingsOf(room)
  expect(rest).toEqual({})
  const below = (patterns: readonly string[] = []) => patterns.map((one) => `*/${one}`)
  expect(settingsOf('packages')).toEqual({
    extends: base?.replace('../', ''),
    include: below(include),
    exclude: below(exclude),
  })
})

interface Settings {
  readonly extends?: string
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
}

function settingsOf(folder: string): Settings {
  return JSON.parse(readFileSync(path.join(ROOT, folder, 'tsconfig.json'), 'utf8')) as Settings
}

/** The codes of the errors that stand in a planted file. */
function errorsIn(output: string, name: string): readonly string[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith(`${name}(`))
    .map((line) => /error (TS\d+)/.exec(line)?.[1] ?? line)
}
