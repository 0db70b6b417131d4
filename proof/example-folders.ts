/** The examples that come with Millrace, with the SQL that says the same of whole tables. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface ExampleFolder {
  /** Its place under `examples`, such as `nexmark/q5`. */
  readonly id: string
  readonly folder: string
  /** For each file that the example writes, a query of the same rows. */
  readonly queries: ReadonlyMap<string, string>
}

/** One that has no `batch.sql` has no queries; which one that may be is for a test to say. */
export function exampleFolders(root: string): readonly ExampleFolder[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'pipeline.json')
    .map((file) => path.dirname(file))
    .sort(byNumber)
    .map((id) => {
      const folder = path.join(root, id)
      const sql = path.join(folder, 'batch.sql')
      const queries = existsSync(sql) ? toQueries(readFileSync(sql, 'utf8')) : new Map()
      return { id: id.split(path.sep).join('/'), folder, queries }
    })
}

/**
 * Those with one of these names, or in a folder with one; all where there is none. Text says what
 * is wrong with a name.
 */
export function chooseExamples(
  root: string,
  names: readonly string[],
): readonly ExampleFolder[] | string {
  const all = exampleFolders(path.join(root, 'examples'))
  const isNamed = ({ id }: ExampleFolder, name: string) => id.split('/').includes(name)
  const strange = names.find((name) => !all.some((example) => isNamed(example, name)))
  if (strange !== undefined) {
    return `There is no example "${strange}". Choose from ${all.map(({ id }) => id).join(', ')}.\n`
  }
  return all.filter((example) => names.length === 0 || names.some((name) => isNamed(example, name)))
}

export function isNexmark({ id }: ExampleFolder): boolean {
  return id.startsWith('nexmark/')
}

/** A line `-- out/file.jsonl` stands before the query of each file. */
function toQueries(text: string): ReadonlyMap<string, string> {
  const parts = text.split(/^-- (\S+\.(?:jsonl|csv))$/m).slice(1)
  return new Map(
    parts.flatMap((part, index) => (index % 2 === 0 ? [[part, parts[index + 1] ?? '']] : [])),
  )
}

/** `q2` before `q10`. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
