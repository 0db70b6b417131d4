/** Bundles a TypeScript entry into files that Node starts quickly. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { ROOT } from './run-tool.mjs'

/** Addons hold native code, which no bundle can; they are loaded from node_modules. */
const EXTERNALS = [
  '@node-rs/crc32',
  'better-sqlite3',
  'classic-level',
  '@duckdb/node-api',
  'esbuild',
]

/** The CommonJS modules among the bundled libraries still call `require`. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'\n" +
  'const require = __createRequire(import.meta.url)\n'

/** Whatever decides how a bundle looks, beside the sources. */
const BUILD_INPUTS = ['pnpm-lock.yaml', 'scripts/bundle.mjs']
const SOURCE_FOLDERS = ['packages', 'apps/runtime']

/** What `parts` are called behind the name of what is in them. */
const PART_FILE = /-[0-9A-Z]{8}\.mjs(\.map)?$/
/** A program that has begun with parts of a build before may still ask for the rest of them. */
const PARTS_KEPT_MS = 24 * 3600 * 1000

/**
 * Bundles `entry` to `outfile` by rename, so that of two runs at once each sees a whole bundle. The
 * bundle gets the time at which the build began: a source that was saved meanwhile counts as newer.
 *
 * With `parts`, what is imported on demand lies in files of its own beside it, named by what they
 * hold: a program of which one run needs a part then reads no more than that. `beside` are entries
 * of threads of the program, by the names of their files: they share its parts.
 *
 * @param {string} entry
 * @param {string} outfile
 * @param {{ parts?: boolean, beside?: Readonly<Record<string, string>> }} [options]
 * @returns {Promise<boolean>} False where esbuild refused a source; it has written which and why.
 */
export async function bundle(entry, outfile, { parts = false, beside = {} } = {}) {
  const began = new Date()
  const { build } = await import('esbuild')
  const { dir: outdir, name, ext } = path.parse(outfile)
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: { [name]: entry, ...beside },
    outdir,
    outExtension: { '.js': ext },
    write: false,
    bundle: true,
    splitting: parts,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // The UMD builds that some libraries name as `main` call `require` in ways no bundler sees.
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    sourcesContent: false,
    external: EXTERNALS,
    banner: { js: REQUIRE_BANNER },
    logLevel: 'warning',
  }).catch(() => undefined)
  if (result === undefined) return false
  mkdirSync(outdir, { recursive: true })
  // The entry last: it names the others.
  const files = result.outputFiles.toSorted((a, b) => {
    return Number(a.path === outfile) - Number(b.path === outfile)
  })
  for (const file of files) {
    const partial = `${file.path}.${process.pid}.tmp`
    writeFileSync(partial, file.contents)
    utimesSync(partial, began, began)
    renameSync(partial, file.path)
  }
  if (parts) removeOldParts(outdir, began.getTime() - PARTS_KEPT_MS)
  return true
}

/**
 * @param {string} folder
 * @param {number} beforeMs
 */
function removeOldParts(folder, beforeMs) {
  for (const file of readdirSync(folder)) {
    const place = path.join(folder, file)
    if (PART_FILE.test(file) && !isNewer(place, beforeMs)) rmSync(place, { force: true })
  }
}

/**
 * Whether every source that could be in the bundle is older than it. Costs some milliseconds.
 *
 * @param {string} outfile
 */
export function isFresh(outfile) {
  const builtMs = modifiedMs(outfile)
  if (builtMs === undefined) return false
  if (BUILD_INPUTS.some((input) => isNewer(path.join(ROOT, input), builtMs))) return false
  return !SOURCE_FOLDERS.some((folder) => hasNewer(path.join(ROOT, folder), builtMs))
}

/**
 * @param {string} folder
 * @param {number} builtMs
 * @returns {boolean}
 */
function hasNewer(folder, builtMs) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return false
    const place = path.join(folder, entry.name)
    if (entry.isDirectory()) return hasNewer(place, builtMs)
    return /(?<!\.test)\.ts$|^package\.json$/.test(entry.name) && isNewer(place, builtMs)
  })
}

/**
 * @param {string} file
 * @param {number} thanMs
 */
function isNewer(file, thanMs) {
  const ms = modifiedMs(file)
  return ms === undefined || ms >= thanMs
}

/** @param {string} file */
function modifiedMs(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs
}

/**
 * When the newest of these was saved, in milliseconds; Infinity where a file is missing.
 *
 * @param {readonly string[]} folders
 * @param {readonly string[]} files
 */
export function newestSource(folders, files) {
  const times = [
    ...files.map((file) => modifiedMs(path.join(ROOT, file)) ?? Number.POSITIVE_INFINITY),
    ...folders.map((folder) => newestIn(path.join(ROOT, folder))),
  ]
  return Math.max(...times)
}

/**
 * @param {string} folder
 * @returns {number}
 */
function newestIn(folder) {
  if (!existsSync(folder)) return 0
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return 0
    const place = path.join(folder, entry.name)
    if (entry.isDirectory()) return newestIn(place)
    return /\.test\.tsx?$/.test(entry.name) ? 0 : (modifiedMs(place) ?? 0)
  })
  return Math.max(0, ...times)
}
