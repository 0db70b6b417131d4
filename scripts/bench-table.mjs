/**
 * Prints the rows of one benchmark as a table: name, value with its unit, ratio to what the row is
 * held against, and whether it keeps within its limit. How each was measured stands below.
 */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {number} value
 * @property {string} unit
 * @property {number} [ratio] To the row that the benchmark compares with.
 * @property {number} [ratioLeast] What the ratio shall be at least.
 * @property {number} [ratioMost] What it shall be at most.
 * @property {number} [limit] In the same unit; the value shall be below it.
 * @property {string} [how] How it was measured.
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
  const cells = rows.map((row) => [
    row.name,
    `${numberText(row.value)} ${row.unit}`,
    row.ratio === undefined ? '' : `${row.ratio.toFixed(3)} x`,
    limitText(row),
  ])
  const width = (/** @type {number} */ column) =>
    Math.max(0, ...cells.map((texts) => texts[column]?.length ?? 0))
  const widths = [0, 1, 2].map(width)
  const lines = cells.map(([name = '', value = '', ratio = '', limit = '']) =>
    [
      name.padEnd(widths[0] ?? 0),
      value.padStart(widths[1] ?? 0),
      ratio.padStart(widths[2] ?? 0),
      limit,
    ]
      .join('  ')
      .trimEnd(),
  )
  const notes = rows.flatMap(({ name, how }) => (how === undefined ? [] : [`${name}: ${how}`]))
  const below = notes.length === 0 ? '' : `\n${notes.map((note) => `  ${note}\n`).join('')}`
  return `${title}\n${lines.map((line) => `  ${line}\n`).join('')}${below}`
}

/** @param {Row} row */
function limitText({ value, unit, ratio = Number.NaN, ratioLeast, ratioMost, limit }) {
  const said = (/** @type {string} */ what, /** @type {boolean} */ isMet) =>
    `${what}, ${isMet ? 'met' : 'NOT MET'}`
  return [
    ...(ratioLeast === undefined ? [] : [said(`at least ${ratioLeast} x`, ratio >= ratioLeast)]),
    ...(ratioMost === undefined ? [] : [said(`at most ${ratioMost} x`, ratio <= ratioMost)]),
    ...(limit === undefined ? [] : [said(`limit ${numberText(limit)} ${unit}`, value < limit)]),
  ].join('; ')
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
