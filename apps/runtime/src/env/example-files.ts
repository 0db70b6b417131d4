/**
 * Reads the examples that come with Millrace: a folder each, with a pipeline and a page about it.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface ExampleFiles {
  /** The name of its folder. */
  readonly id: string
  readonly pipeline: string
  readonly readme: string
}

export function readExamples(folder: string): readonly ExampleFiles[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, 'pipeline.json')),
    )
    .map(({ name }) => ({
      id: name,
      pipeline: readFileSync(path.join(folder, name, 'pipeline.json'), 'utf8'),
      readme: readIfThere(path.join(folder, name, 'README.md')),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** A text file, or nothing where it is not there. */
export function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
