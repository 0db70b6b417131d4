/** Which room may import which, and where each library is at home: DESIGN's picture as a table. */

import { type Finding, importsOf, isTest, roomOf, type SourceFile } from './source-file.ts'

/** Imports only go pipeline <- engine <- operators, connectors, storage <- apps. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'packages/pipeline': [],
  'packages/engine': ['pipeline'],
  'packages/operators': ['pipeline', 'engine'],
  'packages/storage': ['pipeline', 'engine'],
  'packages/connectors': ['pipeline', 'engine'],
  'apps/runtime': ['pipeline', 'engine', 'operators', 'connectors', 'storage'],
  'apps/web': ['pipeline', 'engine', 'operators', 'connectors'],
}

/**
 * The rooms (or single folders) that import a library. A library that is not here joins with a
 * line, so that somebody decides where it lives; one that should be replaced is replaced there.
 */
const AT_HOME: Readonly<Record<string, readonly string[]>> = {
  '@base-ui/react': ['apps/web/src/'],
  '@codemirror/autocomplete': ['apps/web/src/expression/'],
  '@codemirror/commands': ['apps/web/src/expression/'],
  '@codemirror/lint': ['apps/web/src/expression/'],
  '@codemirror/state': ['apps/web/src/expression/'],
  '@codemirror/view': ['apps/web/src/expression/'],
  '@dagrejs/dagre': ['apps/web/src/editor/'],
  '@fontsource-variable/inter': ['apps/web/src/main.tsx'],
  '@fontsource-variable/jetbrains-mono': ['apps/web/src/main.tsx'],
  '@node-rs/crc32': ['apps/runtime/src/env/'],
  '@tanstack/react-virtual': ['apps/web/src/drawer/records/'],
  '@xyflow/react': ['apps/web/src/canvas/'],
  'better-sqlite3': ['apps/runtime/src/storage/', 'apps/runtime/src/env/spill-file.ts'],
  cmdk: ['apps/web/src/dialogs/'],
  commander: ['apps/runtime/src/'],
  esbuild: ['apps/runtime/src/server/testing/'],
  express: ['apps/runtime/src/server/'],
  'express-rate-limit': ['apps/runtime/src/server/'],
  compression: ['apps/runtime/src/server/'],
  helmet: ['apps/runtime/src/server/'],
  'jsonc-parser': ['packages/pipeline/src/'],
  kysely: ['apps/runtime/src/storage/'],
  'lucide-react': ['apps/web/src/'],
  pino: ['apps/runtime/src/commands/'],
  'prom-client': ['apps/runtime/src/server/'],
  react: ['apps/web/src/'],
  'react-dom': ['apps/web/src/'],
  re2js: ['packages/pipeline/src/expressions/'],
  rxjs: ['packages/engine/src/', 'packages/operators/src/', 'apps/runtime/src/hosting/'],
  'socket.io': ['apps/runtime/src/server/'],
  'socket.io-client': ['apps/web/src/live/'],
  uplot: ['apps/web/src/drawer/results/'],
  wouter: ['apps/web/src/'],
  zod: [
    'packages/pipeline/src/',
    'packages/operators/src/',
    'packages/connectors/src/',
    'apps/runtime/src/',
    'apps/web/src/api/',
    'apps/web/src/env/',
    'apps/web/src/inspector/',
  ],
  zustand: ['apps/web/src/'],
}

/**
 * Libraries that stand beside the product as a second opinion; only tests and scripts import them.
 */
const _IN_TESTS_ONLY: readonly string[] = ['@electric-sql/pglite', 'libpg-query', 'vitest']

const OURS = '@millrace/'

export interface PackageFile {
  readonly path: string
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
  readonly exports: readonly string[]
}

export function packageFile(path: string, text: string): PackageFile {
  const json = JSON.parse(text) as {
    dependencies?: Record<string, string>
    devDependencies?: Record<string, string>
    exports?: Record<string, string>
  }
  return {
    path,
    dependencies: Object.keys(json.dependencies ?? {}),
    devDependencies: Object.keys(json.devDependencies ?? {}),
    exports: Object.values(json.exports ?? {}),
  }
}

/** Checks what a room declares against the tables, and that it uses what it declares. */
export function declaredFindings(
  room: PackageFile,
  files: readonly SourceFile[],
): readonly Finding[] {
  const name = roomOf(room.path)
  if (name === undefined) return []
  const allowed = MAY_IMPORT[name]
  if (allowed === undefined) {
    return [at(room, `Room ${name}`, 'one of the rooms in scripts/tidy/rooms.ts, or add it there')]
  }
  const imported = new Set(
    files
      .filter((file) => roomOf(file.path) === name)
      .flatMap((file) => importsOf(file).map(({ text }) => packageName(text))),
  )
  const findings: Finding[] = []
  for (const dependency of room.dependencies) {
    if (dependency.startsWith(OURS) && !allowed.includes(dependency.slice(OURS.length))) {
      findings.push(at(room, `${dependency} in ${name}`, 'an import in the other direction'))
    }
  }
  for (const dependency of [...room.dependencies, ...room.devDependencies]) {
    if (imported.has(dependency) || dependency.startsWith('@types/')) continue
    findings.push(at(room, `Declaring ${dependency} without importing it`, 'no declaration'))
  }
  return findings
}

/**
 * Checks each import of a file against the tables and against the wall around Node. What a room
 * declares for development stands beside the product as a second opinion: for tests only.
 */
export function importFindings(
  file: SourceFile,
  rooms: readonly PackageFile[],
): readonly Finding[] {
  const room = roomOf(file.path)
  return importsOf(file).flatMap(({ text, line }) => {
    const found = (banned: string, use: string): readonly Finding[] => [
      { path: file.path, line, banned, use },
    ]
    if (reachesNode(text) && !mayReachNode(file.path)) {
      return found(`Importing ${text} where a browser reads`, "the package's browser-safe entry")
    }
    if (text.startsWith('.')) {
      const target = resolvePath(file.path, text)
      if (room === undefined || roomOf(target) === room) return []
      // A page may show what stands in the docs: that is text, and nothing that runs.
      if (/^docs\/.*\.md$/.test(target) && text.endsWith('?raw')) return []
      return found(`Importing ${text} across rooms`, 'the name of the package')
    }
    if (room === undefined || text.startsWith(OURS) || text.startsWith('node:')) return []
    const library = packageName(text)
    const declared = rooms.find(({ path }) => roomOf(path) === room)?.devDependencies ?? []
    if (library === 'vitest' || declared.includes(library)) {
      const inTests = isTest(file.path) || file.path.includes('/testing/')
      return inTests ? [] : found(`${library} outside of tests`, 'it in tests only')
    }
    return libraryFindings(file.path, library, found)
  })
}

function libraryFindings(
  path: string,
  library: string,
  found: (banned: string, use: string) => readonly Finding[],
): readonly Finding[] {
  const homes = AT_HOME[library]
  if (homes === undefined) {
    return found(`${library} without a home`, 'a line in scripts/tidy/rooms.ts that says where')
  }
  if (homes.some((home) => path.startsWith(home)) || isTest(path)) return []
  return found(`${library} in this folder`, `it in ${homes.join(', ')} only`)
}

function reachesNode(specifier: string): boolean {
  return /\.node\.ts$|^\.{1,2}\/(?:.*\/)?node\.ts$|^@millrace\/connectors\/node$/.test(specifier)
}

function mayReachNode(path: string): boolean {
  if (path.startsWith('apps/web/')) return false
  return /\.node\.ts$|\/node\.ts$/.test(path) || isTest(path) || !path.startsWith('packages/')
}

/** `zod` of `zod/v4`, `@scope/name` of `@scope/name/path`. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

export function resolvePath(from: string, relative: string): string {
  return new URL(relative, `file:///${from}`).pathname.slice(1)
}

function at(room: PackageFile, banned: string, use: string): Finding {
  return { path: room.path, line: 1, banned, use }
}
