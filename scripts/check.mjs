/** `pnpm check`: type-checks every room with the types that it may see, some rooms at a time. */

import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { checkTypes, ROOT } from './run-tool.mjs'

/** One a core; of many each would take memory. */
const PARALLEL_MAX = Math.min(4, availableParallelism())

const projects = typeProjects()
const waiting = [...projects]
/** @type {string[]} */
const refused = []

await Promise.all(Array.from({ length: PARALLEL_MAX }, checkNext))
process.stdout.write(
  refused.length === 0
    ? `${projects.length} type-checker projects agree.\n`
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

/**
 * The root's project has everything that runs on Node, tests too, so it goes first: it takes
 * longest. The others are the walls. A room without sources has nothing to check.
 */
function typeProjects() {
  const rooms = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder)).map((name) => path.posix.join(folder, name)),
  )
  const walls = rooms
    .filter((room) => existsSync(path.join(ROOT, room, 'tsconfig.json')) && hasSources(room))
    .map((room) => path.posix.join(room, 'tsconfig.json'))
  return ['tsconfig.json', ...walls]
}

/** @param {string} room */
function hasSources(room) {
  const folder = path.join(ROOT, room, 'src')
  if (!existsSync(folder)) return false
  return readdirSync(folder, { recursive: true }).some((name) => /\.tsx?$/.test(String(name)))
}
