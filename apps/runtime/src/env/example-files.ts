/**
 * Reads the examples that come with Millrace: a folder each, with a pipeline and a page about it. A
 * folder without a pipeline may hold a group of examples and a page about all of them.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface ExampleFiles {
  /** The name of its folder, behind that of its group: `flights`, `nexmark/q5`. */
  readonly id: string
  readonly pipeline: string
  readonly readme: string
  /** The page about its group. */
  readonly groupReadme?: string
}

export function readExamples(folder: string): readonly ExampleFiles[] {
  return foldersIn(folder).flatMap((name) => {
    const own = path.join(folder, name)
    if (isExample(own)) return [readExample(own, name)]
    const groupReadme = readIfThere(path.join(own, 'README.md'))
    return foldersIn(own)
      .filter((inner) => isExample(path.join(own, inner)))
      .map((inner) => ({ ...readExample(path.join(own, inner), `${name}/${inner}`), groupReadme }))
  })
}

function isExample(folder: string): boolean {
  return existsSync(path.join(folder, 'pipeline.json'))
}

function readExample(folder: string, id: string): ExampleFiles {
  return {
    id,
    pipeline: readFileSync(path.join(folder, 'pipeline.json'), 'utf8'),
    readme: readIfThere(path.join(folder, 'README.md')),
  }
}

/** By name, `q2` before `q10`; none where there is no such folder. */
function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/** A text file, or nothing where it is not there. */
export function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
