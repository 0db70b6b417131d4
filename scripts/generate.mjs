/**
 * `pnpm generate`: writes the docs that follow from the code; `--check` only says which are stale.
 *
 * The work is done in TypeScript (scripts/generate), which reads the same definitions as the
 * designer and the command line.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { bundle } from './bundle.mjs'
import { ROOT, runNode } from './run-tool.mjs'

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-generate-'))
try {
  const bundled = path.join(folder, 'generate.mjs')
  const built = await bundle(path.join(ROOT, 'scripts/generate/main.ts'), bundled)
  const task = [bundled, ROOT, ...process.argv.slice(2)]
  process.exitCode = built ? (await runNode(task, { inherit: true })).code : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
