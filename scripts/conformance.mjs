/**
 * `pnpm conformance [--modes]`: runs other engines' own cases, which lie in a folder beside the
 * repository, and prints what became of each, as docs/conformance.md describes.
 */

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import {
  accountFor,
  accountText,
  isComplete,
  rowsMissingFrom,
  verdictText,
} from './conformance-table.mjs'
import { ROOT } from './run-tool.mjs'
import { packageSources, testFilesThatCall } from './test-files.mjs'
import { runTests } from './test-report.mjs'
import { withUsage } from './usage.mjs'

const PAGE = 'docs/conformance.md'
const ENVIRONMENT = 'MILLRACE_CONFORMANCE'
const FOLDER = path.resolve(process.env[ENVIRONMENT] ?? path.join(ROOT, '../shared/conformance'))

const USAGE = `pnpm conformance          what became of each of other engines' own cases
pnpm conformance --modes  and how each that passed was run
docs/conformance.md says what they are about.
`

process.exitCode = await withUsage(USAGE, process.argv.slice(2), main)

async function main() {
  const { values } = parseArgs({ options: { modes: { type: 'boolean' } } })
  if (!existsSync(path.join(FOLDER, 'index.json'))) {
    process.stderr.write(
      `NOT RUN: there are no cases of other engines at ${FOLDER}, so nothing was compared. They are ` +
        'no part of this repository. Put the folder with their index.json there, or say where it is: ' +
        `${ENVIRONMENT}=FOLDER pnpm conformance. All other tests run without them: npm test\n`,
    )
    return 1
  }
  const cases = readCases()
  const files = testFilesThatCall(packageSources(), /conformanceTests/)
  const { report, code, output } = await runTests([...files, '-t', '^conformance '])
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  const accounts = accountFor(cases, results)
  process.stdout.write(accountText(accounts, { modes: values.modes ?? false }))
  if (code !== 0) process.stdout.write(`\n${output.trimEnd()}\n`)
  process.stdout.write(verdictText(accounts))
  const rows = rowsMissingFrom(readFileSync(path.join(ROOT, PAGE), 'utf8'), accounts)
  if (rows.length > 0) {
    process.stdout.write(
      `\nThe table in ${PAGE} says otherwise. Its rows should be\n${rows.join('\n')}\n`,
    )
  }
  return code === 0 && rows.length === 0 && isComplete(accounts) ? 0 : 1
}

/**
 * All files that the index names. One that has another number of cases than the index says ends the
 * command: the table would not be about all of them.
 *
 * @returns {readonly import('./conformance-table.mjs').CaseFile[]}
 */
function readCases() {
  const read = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8'))
  /** @type {{ files: readonly { file: string, cases: number }[] }} */
  const { files } = read('index.json')
  return files.map(({ file, cases: count }) => {
    /** @type {{ cases: readonly { id: string }[] }} */
    const { cases } = read(file)
    if (cases.length !== count) {
      const place = path.join(FOLDER, file)
      throw new Error(`${place} has ${cases.length} cases, and index.json says ${count}.`)
    }
    return { file: path.basename(file, '.json'), ids: cases.map(({ id }) => id) }
  })
}
