/** `pnpm e2e [options of Playwright]`: tries the designer in a real browser. */

import path from 'node:path'
import { ensureChromium, NoBrowser } from './ensure-chromium.mjs'
import { ROOT, runNode, TOOLS } from './run-tool.mjs'

try {
  ensureChromium()
  const words = [TOOLS.playwright(), 'test', ...process.argv.slice(2)]
  const { code } = await runNode(words, { cwd: path.join(ROOT, 'e2e'), inherit: true })
  process.exitCode = code
} catch (error) {
  if (!(error instanceof NoBrowser)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
