/**
 * Runs other engines' own cases. Each case of a file is either run, or skipped for a reason that is
 * part of its name in the report.
 */

import { describe, test } from 'vitest'

/**
 * One test a case of the file. `text` is what it holds, if it is there. `skipped` says by id why a
 * case is not run; all that are named there must be in the file.
 */
export function conformanceTests<Case>(
  file: string,
  text: string | undefined,
  skipped: ReadonlyMap<string, string>,
  run: (given: Case) => void,
): void {
  if (text === undefined) return
  const cases: readonly (Case & { readonly id: string })[] = JSON.parse(text).cases
  const ids = new Set(cases.map(({ id }) => id))
  for (const id of skipped.keys()) {
    if (!ids.has(id)) throw new Error(`There is no case "${id}" in ${file} to skip.`)
  }
  describe(`conformance ${file}`, () => {
    for (const given of cases) {
      const reason = skipped.get(given.id)
      const name = reason === undefined ? given.id : `${given.id}: ${reason}`
      test.skipIf(reason !== undefined)(name, () => run(given))
    }
  })
}
