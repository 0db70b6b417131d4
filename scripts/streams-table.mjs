/** Adds up what the tests have left about random streams in their report, one row an operator. */

/**
 * @typedef {object} TriedStreams
 * @property {string} operator
 * @property {number} tried
 * @property {number} fromSeed
 * @property {number} toSeed
 * @property {number} failed
 *
 * @typedef {import('./test-report.mjs').TestResult} TestResult
 *
 * @typedef {object} OperatorAccount
 * @property {string} operator
 * @property {number} streams
 * @property {readonly string[]} seeds
 * @property {number} failed
 * @property {readonly { readonly name: string, readonly streams: number }[]} tests
 */

/**
 * @param {readonly TestResult[]} results
 * @returns {readonly OperatorAccount[]} By the name of the operator.
 */
export function accountForStreams(results) {
  const tried = results.flatMap(({ fullName, meta }) =>
    streamsOf(meta).map((streams) => ({ ...streams, name: fullName })),
  )
  const operators = [...new Set(tried.map(({ operator }) => operator))].sort()
  return operators.map((operator) => {
    const own = tried.filter((one) => one.operator === operator)
    const sum = (/** @type {'tried' | 'failed'} */ name) =>
      own.reduce((total, one) => total + one[name], 0)
    return {
      operator,
      streams: sum('tried'),
      seeds: [...new Set(own.map(({ fromSeed, toSeed }) => `${fromSeed} to ${toSeed}`))],
      failed: sum('failed'),
      tests: own.map(({ name, tried: streams }) => ({ name, streams })),
    }
  })
}

/**
 * @param {TestResult['meta']} meta
 * @returns {readonly TriedStreams[]}
 */
function streamsOf(meta) {
  const streams = meta?.streams
  return Array.isArray(streams) ? streams : []
}

const HEAD = ['operator', 'tests', 'streams', 'failures', 'seeds']

/**
 * @param {readonly OperatorAccount[]} accounts
 * @param {{ readonly tests?: boolean }} [options] `tests` lists what each test is about.
 */
export function streamsText(accounts, { tests = false } = {}) {
  const rows = accounts.map((one) => [
    one.operator,
    String(one.tests.length),
    String(one.streams),
    String(one.failed),
    one.seeds.join(', '),
  ])
  const all = [HEAD, ...rows]
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (/** @type {readonly string[]} */ row) =>
    row
      .map((cell, column) => {
        const isNumber = column > 0 && column < HEAD.length - 1
        return isNumber ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
      })
      .join('  ')
      .trimEnd()
  const table = `${all.map(line).join('\n')}\n`
  if (!tests) return table
  const lists = accounts.map(
    (one) =>
      `\n${one.operator}\n${one.tests.map(({ name, streams }) => `  ${streams} × ${name}\n`).join('')}`,
  )
  return table + lists.join('')
}

/**
 * Those that keep state and were tried on fewer streams than they should have been.
 *
 * @param {readonly OperatorAccount[]} accounts
 * @param {readonly string[]} stateful
 * @param {number} least
 */
export function tooFewStreams(accounts, stateful, least) {
  return stateful.flatMap((operator) => {
    const streams = accounts.find((one) => one.operator === operator)?.streams ?? 0
    return streams >= least ? [] : [`${operator} on ${streams} instead of ${least}`]
  })
}
