/** `pnpm check`: type-checks every room with the types that it may see, some at a time. */

import { availableParallelism } from 'node:os'
import { checkTypes } from './run-tool.mjs'

/** One a core; of many each would take memory. */
const PARALLEL_MAX = Math.min(4, availableParallelism())

/**
 * The root's has everything that runs on Node, tests too, so it goes first: it takes longest. The
 * others are the walls. The packages have the same settings, which `walls.test.ts` holds them to,
 * and are one project here: by itself, each would check again those that it imports.
 */
const PROJECTS = ['tsconfig.json', 'apps/web/tsconfig.json', 'packages/tsconfig.json']

const waiting = [...PROJECTS]
/** @type {string[]} */
const refused = []

await Promise.all(Array.from({ length: PARALLEL_MAX }, checkNext))
process.stdout.write(
  refused.length === 0
    ? `${PROJECTS.length} type-checker projects agree.\n`
    : `The type checker refuses ${refused.join(', ')}.\n`,
)
process.exitCode = refused.length === 0 ? 0 : 1

async function checkNext() {
  for (let project = waiting.shift(); project !== undefined; project = waiting.shift()) {
    const { code, output } = await checkTypes(project)
    if (code === 0) continue
    refused.push(project)
    process.stdout.write(`${project}\n${output}\n`)
  }
}
