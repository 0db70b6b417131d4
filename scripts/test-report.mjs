/** Runs the tests and reads what became of each from vitest's own report. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runNode, TOOLS } from './run-tool.mjs'

/**
 * @typedef {object} TestReport
 * @property {readonly TestFile[]} testResults
 *
 * @typedef {object} TestFile
 * @property {string} name
 * @property {string} status
 * @property {readonly TestResult[]} assertionResults
 *
 * @typedef {object} TestResult
 * @property {readonly string[]} ancestorTitles
 * @property {string} title
 * @property {string} fullName
 * @property {string} status
 * @property {readonly string[]} [failureMessages]
 * @property {{ readonly [name: string]: unknown }} [meta] What the test itself has left there.
 */

/**
 * Arguments are vitest's: paths, `-t` and a pattern of names, `-u`.
 *
 * @param {readonly string[]} vitestArguments
 * @returns {Promise<{ report: TestReport, code: number, output: string, seconds: number }>}
 */
export async function runTests(vitestArguments) {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-tests-'))
  try {
    const reportFile = path.join(folder, 'report.json')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
    // CI: a missing snapshot is a failure, never silently written. It would also turn colours on.
    const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }
    const env = { ...process.env, ...colours, CI: process.env.CI ?? 'true' }
    const ran = await runNode([TOOLS.vitest(), 'run', ...reporters, ...vitestArguments], { env })
    return { report: readReport(reportFile), ...ran }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string} file
 * @returns {TestReport}
 */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // The run ended before it could report: its exit code and output say why.
    return { testResults: [] }
  }
}
