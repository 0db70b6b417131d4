/** Brings generated files in step with what they are generated from, or says which are not. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export interface Generated {
  /** Text by path from the root. */
  readonly files: ReadonlyMap<string, string>
  /**
   * A folder that holds generated pages only: what else is in it is a page whose operator is gone.
   */
  readonly folder: string
}

/** The paths that are missing, differ, or are no longer generated, in order. */
export function stalePaths(root: string, { files, folder }: Generated): readonly string[] {
  const changed = [...files].filter(([file, text]) => readText(path.join(root, file)) !== text)
  const place = path.join(root, folder)
  const present = existsSync(place) ? readdirSync(place) : []
  const orphans = present.map((name) => `${folder}/${name}`).filter((file) => !files.has(file))
  return [...changed.map(([file]) => file), ...orphans].sort()
}

/** Writes or removes the stale files and returns their paths. */
export function writeGenerated(root: string, generated: Generated): readonly string[] {
  const stale = stalePaths(root, generated)
  for (const file of stale) {
    const place = path.join(root, file)
    const text = generated.files.get(file)
    if (text === undefined) {
      rmSync(place, { recursive: true })
    } else {
      mkdirSync(path.dirname(place), { recursive: true })
      writeFileSync(place, text)
    }
  }
  return stale
}

function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
