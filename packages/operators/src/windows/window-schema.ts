/** Checks a window's config against its input, and says what leaves it. */

import {
  appendStream,
  type Column,
  checkAggregates,
  columnIndex,
  columnText,
  didYouMean,
  type PlanContext,
  type StreamSchema,
  TIMESTAMP,
} from '@millrace/pipeline'
import { checkTimedInput } from '../input-kinds.ts'
import { firesOnce, type WindowConfig } from './window-config.ts'

/** The columns between those of the group and the aggregates. */
export const WINDOW_COLUMNS: readonly Column[] = [
  { name: 'window_start', type: TIMESTAMP },
  { name: 'window_end', type: TIMESTAMP },
]

/** Reports what is wrong; `late` carries records as they came. */
export function checkWindow(
  config: WindowConfig,
  input: StreamSchema,
  plan: PlanContext,
): { readonly out: StreamSchema; readonly late: StreamSchema } {
  checkWindowInput(config, input, plan)
  checkParts(config, input, plan)
  const columns = resultColumns(config, WINDOW_COLUMNS, input, plan)
  return { out: { ...appendStream(columns, true), ...resultsOf(config) }, late: input }
}

/** How results leave that replace earlier ones, or do not. */
function resultsOf(config: WindowConfig): Pick<StreamSchema, 'changes' | 'key' | 'window'> {
  const window = { endColumn: 'window_end', latenessMs: config.allowedLateness }
  const { accumulation, groupBy } = config
  if (firesOnce(config) || accumulation === 'discarding') return { changes: 'append', window }
  const changes = accumulation === 'retracting' ? 'retract' : 'upsert'
  return { changes, key: [...groupBy, ...WINDOW_COLUMNS.map(({ name }) => name)], window }
}

/** A row that is taken back may have been in a part that has left, and parts are never replaced. */
function checkParts(config: WindowConfig, input: StreamSchema, plan: PlanContext): void {
  if (config.accumulation !== 'discarding' || firesOnce(config)) return
  if (input.changes === 'append' || input.window === undefined) return
  plan.report({
    code: 'parts-of-table',
    path: ['accumulation'],
    message:
      'Accumulation is "discarding", whose results are never taken back, and rows of the input are ' +
      `(${input.changes}). Choose "accumulating" or "retracting".`,
  })
}

/** The clock vouches for windows of processing time, so that any stream of records will do. */
function checkWindowInput({ time }: WindowConfig, input: StreamSchema, plan: PlanContext): void {
  if (time === 'event') {
    checkTimedInput('A window', 'in', input, plan)
    return
  }
  if (input.changes === 'append') return
  plan.report({
    code: 'stream-needed',
    port: 'in',
    message:
      `A window of processing time takes appended records, and its input is a table (${input.changes}), whose rows ` +
      'replace each other: the old row and the new one would be in different windows. Choose the time "event", or put ' +
      'this node before the operator that makes the table.',
  })
}

/** Reports a table, whose rows an operator could not take back. `subject` begins the sentence. */
export function checkAppended(subject: string, input: StreamSchema, plan: PlanContext): void {
  if (input.changes === 'append') return
  plan.report({
    code: 'append-stream-needed',
    port: 'in',
    message:
      `${subject} takes appended records, and its input is a table (${input.changes}), whose rows replace each other: ` +
      'one that is taken back would have made windows that are no more. Let the windows before this node fire once, put ' +
      'a suppress before it, or put it before the operator that makes the table.',
  })
}

/** The group columns, then those that the window makes itself, then the aggregates. */
export function resultColumns(
  { groupBy, aggregates }: Pick<WindowConfig, 'groupBy' | 'aggregates'>,
  own: readonly Column[],
  input: StreamSchema,
  plan: PlanContext,
): readonly Column[] {
  const groups = groupColumns(groupBy, input, plan)
  const checked = checkAggregates(aggregateTexts(aggregates), input.columns, groupBy)
  for (const { name, code, message, span } of checked.problems) {
    plan.report({ code, message, span, path: ['aggregates', name] })
  }
  checkNames(groupBy, aggregates, own, plan)
  return [...groups, ...own, ...checked.columns]
}

/** As `checkAggregates` and `compileAggregates` take them; a name may be `__proto__`. */
export function aggregateTexts(aggregates: WindowConfig['aggregates']): Record<string, string> {
  return Object.fromEntries(aggregates.map(({ name, value }) => [name, value]))
}

function groupColumns(
  groupBy: readonly string[],
  input: StreamSchema,
  plan: PlanContext,
): readonly Column[] {
  return groupBy.flatMap((name, index) => {
    const column = input.columns[columnIndex(input, name)]
    if (column !== undefined) return [column]
    const names = input.columns.map((known) => known.name)
    plan.report({
      code: 'column-unknown',
      path: ['groupBy', index],
      message: `There is no column "${name}" to group by.${didYouMean(name, names)}${listed(names)}`,
    })
    return []
  })
}

/** As the expression language lists them. */
function listed(names: readonly string[]): string {
  if (names.length === 0) return ' There are no columns here.'
  const shown = names.slice(0, 8).map(columnText)
  const more = names.length > shown.length ? `, and ${names.length - shown.length} more` : ''
  return ` The columns are ${shown.join(', ')}${more}.`
}

/** Group columns among themselves are checked where the config is read. */
function checkNames(
  groupBy: readonly string[],
  aggregates: WindowConfig['aggregates'],
  own: readonly Column[],
  plan: PlanContext,
): void {
  const made = new Set(own.map(({ name }) => name))
  for (const [index, name] of groupBy.entries()) {
    if (made.has(name)) {
      const message =
        `Column "${name}" is grouped by, and the window makes a column of this name itself. ` +
        'Rename it with a select before the window.'
      plan.report({ code: 'column-made-twice', path: ['groupBy', index], message })
    }
  }
  for (const { name } of aggregates) {
    const grouped = groupBy.includes(name)
    if (!grouped && !made.has(name)) continue
    const other = grouped ? 'is also grouped by' : 'is also made by the window itself'
    const message = `Column "${name}" ${other}. Give the aggregate another name.`
    plan.report({ code: 'column-made-twice', path: ['aggregates', name], message })
  }
}
