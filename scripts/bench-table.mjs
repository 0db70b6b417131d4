/**
 * Prints the rows of one benchmark as a table: name, value with its unit, ratio to what the row is
 * held against.
 */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {number} value
 * @property {string} unit
 * @property {number} [ratio] To the row that the benchmark compares with.
 */

/**
 * @param {string} title
 * @param {readonly Row[]} rows
 */
export function printTable(title, rows) {
  process.stdout.write(tableText(title, rows))
}

/**
 * @param {string} title
 * @param {readonly Row[]} rows
 */
export function tableText(title, rows) {
  const cells = rows.map(({ name, value, unit, ratio }) => ({
    name,
    value: `${numberText(value)} ${unit}`,
    ratio: ratio === undefined ? '' : `${ratio.toFixed(3)} x`,
  }))
  const nameWidth = Math.max(0, ...cells.map(({ name }) => name.length))
  const valueWidth = Math.max(0, ...cells.map(({ value }) => value.length))
  const lines = cells.map(({ name, value, ratio }) =>
    `  ${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)}  ${ratio}`.trimEnd(),
  )
  return `${title}\n${lines.join('\n')}\n`
}

/**
 * Three digits that mean something, thousands apart: `1 234 000`, `0.0123`.
 *
 * @param {number} value
 */
function numberText(value) {
  if (Math.abs(value) < 100) return `${Number(value.toPrecision(3))}`
  return Math.round(value)
    .toString()
    .replace(/\B(?=(?:\d{3})+$)/g, ' ')
}
