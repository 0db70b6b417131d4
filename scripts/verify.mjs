/** `pnpm verify`: everything a change must pass, ending with one line `N passed, N failed`. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ROOT, runNode, TOOLS } from './run-tool.mjs'
import { runTests } from './test-report.mjs'

/**
 * @typedef {object} Outcome
 * @property {boolean} ok
 * @property {string} output What the step printed; shown where it was refused.
 * @property {number} seconds
 * @property {number} [passed] Tests only.
 * @property {number} [failed] Tests only.
 * @property {readonly string[]} [notRun] The names of tests that did not run.
 */

const NOT_RUN_SHOWN_MAX = 20
const TITLE_WIDTH = 18

/** Not where all of a file are missing: that is a folder which is not there. */
const CASE_WITH_REASON = /: conformance \S+ (?!all cases: NOT RUN)/

/**
 * Cheapest first; the first that is refused is the last. @type {readonly [string, () =>
 * Promise<Outcome>][]}
 */
const steps = [
  ['Types', () => step(['scripts/check.mjs'])],
  ['Format and lint', () => step([TOOLS.biome(), 'check', '--error-on-warnings', '.'])],
  ['Generated docs', () => step(['scripts/generate.mjs', '--check'])],
  ['Tests', () => tests(process.argv.slice(2))],
  ['End to end', endToEnd],
]

process.exitCode = await verify()

async function verify() {
  const counted = { passed: 0, failed: 0 }
  /** @type {string[]} */
  const notRun = []
  for (const [title, act] of steps) {
    process.stdout.write(`${title.padEnd(TITLE_WIDTH)}`)
    const outcome = await act()
    process.stdout.write(`${outcome.ok ? 'ok' : 'REFUSED'}  ${outcome.seconds.toFixed(1)} s\n`)
    counted.passed += outcome.passed ?? 0
    counted.failed += outcome.failed ?? (outcome.ok ? 0 : 1)
    notRun.push(...(outcome.notRun ?? []))
    if (!outcome.ok) {
      process.stdout.write(`\n${outcome.output.trimEnd()}\n\n`)
      break
    }
  }
  reportNotRun(notRun)
  process.stdout.write(`${counted.passed} passed, ${counted.failed} failed\n`)
  return counted.failed === 0 ? 0 : 1
}

/**
 * @param {readonly string[]} nodeArguments
 * @returns {Promise<Outcome>}
 */
async function step(nodeArguments) {
  const { code, output, seconds } = await runNode(nodeArguments)
  return { ok: code === 0, output, seconds }
}

/**
 * The numbers come from vitest's own report, not from what it prints. Arguments are vitest's (`-u`,
 * a path).
 *
 * @param {readonly string[]} vitestArguments
 * @returns {Promise<Outcome>}
 */
async function tests(vitestArguments) {
  const { report, code, output, seconds } = await runTests(vitestArguments)
  return { ...countTests(report, code), output, seconds }
}

/**
 * In a real browser. Where none can be had this is a failure: nobody should think that the page was
 * tried.
 *
 * @returns {Promise<Outcome>}
 */
async function endToEnd() {
  const browser = await runNode(['scripts/ensure-chromium.mjs'])
  if (browser.code !== 0) return { ok: false, ...browser, failed: 1 }
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-verify-'))
  try {
    const reportFile = path.join(folder, 'report.json')
    const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: reportFile }
    const { code, output, seconds } = await runNode(
      [TOOLS.playwright(), 'test', '--reporter=list,json'],
      { cwd: path.join(ROOT, 'e2e'), env },
    )
    return { ...countJourneys(readJourneys(reportFile), code), output, seconds }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @typedef {object} Suite
 * @property {string} title
 * @property {readonly Suite[]} [suites]
 * @property {readonly { title: string, ok: boolean, tests: readonly { status: string }[] }[]} specs
 */

/**
 * @param {string} file
 * @returns {{ suites: readonly Suite[] }}
 */
function readJourneys(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // The run ended before it could report: its exit code and output say why.
    return { suites: [] }
  }
}

/**
 * @param {{ suites: readonly Suite[] }} report
 * @param {number} code
 */
function countJourneys({ suites }, code) {
  const counted = { passed: 0, failed: 0 }
  /** @type {string[]} */
  const notRun = []
  const waiting = suites.map((suite) => ({ suite, place: `e2e/${suite.title}` }))
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { suite, place } = next
    for (const { title, ok, tests } of suite.specs) {
      if (tests.every(({ status }) => status === 'skipped')) notRun.push(`${place}: ${title}`)
      else if (ok) counted.passed++
      else counted.failed++
    }
    waiting.push(...(suite.suites ?? []).map((inner) => ({ suite: inner, place })))
  }
  if (code !== 0 && counted.failed === 0) counted.failed = 1
  return { ok: counted.failed === 0, ...counted, notRun }
}

/**
 * A file that cannot be loaded has no tests that could fail, and so counts as one failure itself;
 * so does a run that ends badly for a reason outside of any test.
 *
 * @param {import('./test-report.mjs').TestReport} report
 * @param {number} code
 */
function countTests({ testResults }, code) {
  const counted = { passed: 0, failed: 0 }
  /** @type {string[]} */
  const notRun = []
  for (const file of testResults) {
    const failedBefore = counted.failed
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') counted.passed++
      else if (status === 'failed') counted.failed++
      else notRun.push(`${path.relative(ROOT, file.name)}: ${fullName}`)
    }
    if (file.status === 'failed' && counted.failed === failedBefore) counted.failed++
  }
  if (code !== 0 && counted.failed === 0) counted.failed = 1
  return { ok: counted.failed === 0, ...counted, notRun }
}

/** @param {readonly string[]} names */
function reportNotRun(names) {
  const cases = names.filter((name) => CASE_WITH_REASON.test(name))
  const others = names.filter((name) => !CASE_WITH_REASON.test(name))
  if (cases.length > 0) {
    process.stdout.write(
      `\n${cases.length} cases of other engines are skipped, each for a reason: `,
    )
    process.stdout.write('pnpm conformance\n')
  }
  if (others.length === 0) return
  process.stdout.write(`\nNOT RUN: ${others.length} ${others.length === 1 ? 'test' : 'tests'}\n`)
  for (const name of others.slice(0, NOT_RUN_SHOWN_MAX)) process.stdout.write(`  ${name}\n`)
  const rest = others.length - NOT_RUN_SHOWN_MAX
  if (rest > 0) process.stdout.write(`  and ${rest} more\n`)
  process.stdout.write('\n')
}
