/**
 * `pnpm serve`: builds the designer where a source of it has changed, and serves it with its host.
 *
 * `npm start` comes here after it has installed what is missing. Options are those of `millrace
 * serve`; the process that starts here becomes the server itself.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, statSync, utimesSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { newestSource } from './bundle.mjs'
import { ROOT } from './run-tool.mjs'

const WEB = path.join(ROOT, 'apps/web')
const PAGE = path.join(WEB, 'dist/index.html')
/** The page holds the operators too. */
const SOURCES = ['apps/web/src', 'apps/web/public', 'packages']
const FILES = [
  'apps/web/index.html',
  'apps/web/vite.config.ts',
  'apps/web/operators-as-shown.ts',
  'pnpm-lock.yaml',
]

if (existsSync(path.join(WEB, 'vite.config.ts')) && !isBuilt()) build()
process.argv.splice(2, 0, 'serve')
await import('./millrace.mjs')

function isBuilt() {
  if (!existsSync(PAGE)) return false
  const builtMs = statSync(PAGE).mtimeMs
  return newestSource(SOURCES, FILES) < builtMs
}

/** The page gets the time at which the build began: a source saved meanwhile counts as newer. */
function build() {
  const began = new Date()
  process.stdout.write('Building the designer, once; this takes about half a minute...\n')
  const require = createRequire(path.join(WEB, 'package.json'))
  const vite = path.join(path.dirname(require.resolve('vite/package.json')), 'bin/vite.js')
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: WEB,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
  utimesSync(PAGE, began, began)
}
