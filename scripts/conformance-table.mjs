/**
 * Accounts for every case of the conformance folder by the report of the tests: whether it passed,
 * was skipped and why, failed, or was not tried by any of them.
 */

/**
 * @typedef {object} CaseFile
 * @property {string} file Its name, without the ending.
 * @property {readonly string[]} ids
 *
 * @typedef {object} TestResult
 * @property {readonly string[]} ancestorTitles
 * @property {string} title
 * @property {string} status
 * @property {readonly string[]} [failureMessages]
 *
 * @typedef {object} CaseAccount
 * @property {string} id
 * @property {'passed' | 'skipped' | 'failed' | 'unaccounted'} verdict
 * @property {string} note The mode, the reason, or what differs.
 *
 * @typedef {object} FileAccount
 * @property {string} file
 * @property {readonly CaseAccount[]} cases
 */

const SUITE = 'conformance '

/** @type {readonly CaseAccount['verdict'][]} */
const VERDICTS = ['passed', 'skipped', 'failed', 'unaccounted']

/**
 * A case may be tried in several tests. It has failed if it did in one of them, and passed if it
 * was run at all.
 *
 * @param {readonly CaseFile[]} files
 * @param {readonly TestResult[]} results
 * @returns {readonly FileAccount[]}
 */
export function accountFor(files, results) {
  return files.map(({ file, ids }) => {
    const own = results.filter(({ ancestorTitles }) => ancestorTitles.at(-1) === SUITE + file)
    return { file, cases: ids.map((id) => accountOf(id, own)) }
  })
}

/**
 * @param {string} id
 * @param {readonly TestResult[]} results Those of its file.
 * @returns {CaseAccount}
 */
function accountOf(id, results) {
  const own = results.filter(({ title }) => title === id || title.startsWith(`${id}: `))
  const noteOf = (/** @type {TestResult} */ { title }) => title.slice(id.length + 2)
  const failed = own.find(({ status }) => status === 'failed')
  if (failed !== undefined) {
    const [message = ''] = failed.failureMessages ?? []
    return { id, verdict: 'failed', note: message.split('\n')[0] ?? '' }
  }
  const passed = own.find(({ status }) => status === 'passed')
  if (passed !== undefined) return { id, verdict: 'passed', note: noteOf(passed) }
  const skipped = own.find((result) => noteOf(result) !== '')
  if (skipped !== undefined) return { id, verdict: 'skipped', note: noteOf(skipped) }
  const note = own.length > 0 ? 'skipped without a reason' : 'no test is about it'
  return { id, verdict: 'unaccounted', note }
}

/**
 * @param {readonly FileAccount[]} accounts
 * @param {{ readonly modes?: boolean }} [options] `modes` lists how each case that passed was run.
 */
export function accountText(accounts, { modes = false } = {}) {
  const rows = accounts.map(({ file, cases }) => [file, ...countsOf(cases)])
  const all = ['all', ...countsOf(accounts.flatMap(({ cases }) => cases))]
  const table = tableText([['file', 'cases', ...VERDICTS], ...rows, all])
  const lists = [
    ['skipped', 'Skipped, and why'],
    ['failed', 'Failed'],
    ['unaccounted', 'Unaccounted'],
    ...(modes ? [['passed', 'Passed, and how it was run']] : []),
  ].map(([verdict, title]) => listText(accounts, String(verdict), String(title)))
  return [table, ...lists].join('')
}

/**
 * What it comes to, in a sentence, and what to do where that is not enough.
 *
 * @param {readonly FileAccount[]} accounts
 */
export function verdictText(accounts) {
  const [all, passed, skipped, failed, unaccounted] = countsOf(
    accounts.flatMap(({ cases }) => cases),
  )
  if (isComplete(accounts)) {
    return `\nAll ${all} cases are accounted for: ${passed} passed, ${skipped} were skipped for the reasons above.\n`
  }
  return (
    `\nOf ${all} cases ${failed} failed and ${unaccounted} are not accounted for. One alone, with all that ` +
    "differs: pnpm unit -t 'its name'\n"
  )
}

/** @param {readonly CaseAccount[]} cases */
function countsOf(cases) {
  const counts = VERDICTS.map((verdict) => cases.filter((one) => one.verdict === verdict).length)
  return [cases.length, ...counts].map(String)
}

/** @param {readonly (readonly string[])[]} rows */
function tableText(rows) {
  const [head = []] = rows
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  '),
  )
  return `${lines.join('\n')}\n`
}

/**
 * Cases of a file with the same note stand under it together.
 *
 * @param {readonly FileAccount[]} accounts
 * @param {string} verdict
 * @param {string} title
 */
function listText(accounts, verdict, title) {
  const files = accounts.flatMap(({ file, cases }) => {
    const own = cases.filter((one) => one.verdict === verdict)
    if (own.length === 0) return []
    const notes = [...new Set(own.map(({ note }) => note))].map((note) => {
      const ids = own.flatMap((one) =>
        one.note === note ? one.id.slice(one.id.indexOf('/') + 1) : [],
      )
      return `    ${note === '' ? 'as it stands' : note}\n${ids.map((id) => `      ${id}\n`).join('')}`
    })
    return [`  ${file}\n${notes.join('')}`]
  })
  return files.length === 0 ? '' : `\n${title}\n${files.join('')}`
}

/**
 * Whether a case has failed or is not accounted for.
 *
 * @param {readonly FileAccount[]} accounts
 */
export function isComplete(accounts) {
  const verdicts = accounts.flatMap(({ cases }) => cases.map(({ verdict }) => verdict))
  return verdicts.length > 0 && !verdicts.includes('failed') && !verdicts.includes('unaccounted')
}

/**
 * The rows that the page of the docs should have and has not: its table says the same.
 *
 * @param {string} page
 * @param {readonly FileAccount[]} accounts
 */
export function rowsMissingFrom(page, accounts) {
  const all = { file: 'all', cases: accounts.flatMap(({ cases }) => cases) }
  return [...accounts, all]
    .map(({ file, cases }) => `| ${[file, ...countsOf(cases).slice(0, 3)].join(' | ')} |`)
    .filter((row) => !page.includes(`\n${row}`))
}
