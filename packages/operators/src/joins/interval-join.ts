/** Joins the records of two streams whose event times lie within bounds of each other. */

import { defineOperator, process } from '@millrace/engine'
import { appendStream, durationText, fields, type StreamSchema } from '@millrace/pipeline'
import * as z from 'zod'
import { checkTimedInput } from '../input-kinds.ts'
import { intervalJoinExamples } from './interval-join-examples.ts'
import { IntervalJoin } from './interval-matches.ts'
import * as joinFields from './join-fields.ts'
import { checkJoin, lateColumns, leavesLeftOnly, SIDES } from './join-schema.ts'
import { declaredKey, outputKey } from './output-key.ts'
import { JOIN_PORTS } from './pairing.ts'

const config = z
  .strictObject({
    on: joinFields.on(1),
    lower: fields.duration({
      title: 'Lower',
      description:
        'The earliest time of a right record, seen from the left one; "-5m" is five minutes before it. Included.',
      min: 'any',
      example: '-5s',
    }),
    upper: fields.duration({
      title: 'Upper',
      description: 'The latest time of a right record, seen from the left one. Included.',
      min: 'any',
    }),
    where: joinFields.where(),
    type: joinFields.type(['inner', 'left', 'right', 'full', 'semi', 'anti']),
    columns: joinFields.columns(),
    onError: fields.onError(),
  })
  .superRefine(({ lower, upper }, context) => {
    if (lower <= upper) return
    const message =
      `Lower ${durationText(lower)} is above upper ${durationText(upper)}, so that no time lies between them. ` +
      'Choose a lower bound that is at most the upper one; exchanged, these two would do.'
    const params = { code: 'interval-bounds-exchanged' }
    context.addIssue({ code: 'custom', path: ['lower'], message, params })
  })

export const intervalJoin = defineOperator({
  id: 'interval-join',
  category: 'join',
  title: 'Interval join',
  icon: 'interval-join',
  summary: 'Joins the records of two streams whose event times lie within bounds of each other.',
  details: [
    'Two records match if the right time is in [left time + `lower`, left time + `upper`], their columns in `on` ' +
      'are equal and `where` is TRUE. NULL is equal to nothing, and equal records are records of their own. A pair ' +
      'leaves as soon as both are there, with the later of the two times; a new record meets its partners in the ' +
      'order of their time.',
    'A record that matches nothing leaves once, with its own time, when the watermark of both inputs proves that no ' +
      'partner can come: a left one at W >= time + max(`upper`, 0), a right one at W >= time - min(`lower`, 0), and one ' +
      'with NULL in its key at once. A semi join lets a left record go with its first match. So that such rows are ' +
      'not late further on, the watermark that leaves is held back by max(`upper`, 0) for left, full, semi and anti, ' +
      'and by max(-`lower`, 0) for right and full.',
    'A record at or before the watermark on its arrival is late and leaves by `late`, with its side and as a record ' +
      'in the column of that side. A pair for which an expression has no value leaves a row in `errors` that shows ' +
      'both records; neither of them then counts as one that matches nothing.',
    'Results of windows that fire again may come in. What a replaced row has made is then taken back, the output is ' +
      'a table without event time, and records are kept longer by the lateness of those windows.',
    'In the ledger a record is held as long as the watermark lets a partner come, and up to a quarter longer, since ' +
      'neighbours in time are let go of together; then it is absorbed if a result used it, expired if none did.',
  ].join('\n\n'),
  config,
  inputs: SIDES,
  outputs: JOIN_PORTS,
  outputSchemas: (config, { left, right }, plan) => {
    const schemas = { left, right, names: SIDES }
    for (const side of SIDES) checkTimedInput('An interval join', side, schemas[side], plan)
    const columns = checkJoin(config, schemas, plan)
    const late = appendStream(lateColumns(schemas), true)
    if (left.changes === 'append' && right.changes === 'append') {
      return { out: appendStream(columns, true), late }
    }
    const sides = leavesLeftOnly(config.type) ? ([0] as const) : ([0, 1] as const)
    const key = declaredKey(config, columns, outputKey(config, schemas, columns, sides))
    const out: StreamSchema = { columns, eventTime: false, changes: 'retract', key }
    return { out, late }
  },
  stateVersion: 2,
  // Version 1 kept all records by key, which is how those are kept that somebody has asked for.
  stateUpgrades: new Map([
    [1, { summary: 'Records stay as they are; new ones wait as they came.', apply: () => {} }],
  ]),
  run: (config, inputs, context) => {
    const { left, right } = context.inputSchemas
    if (left === undefined || right === undefined) throw new Error('A join has two inputs.')
    const schemas = { left, right, names: SIDES }
    const { lower: lowerMs, upper: upperMs, onError } = config
    return process(
      inputs,
      context,
      { ports: JOIN_PORTS, onError },
      (emit) => new IntervalJoin({ lowerMs, upperMs }, config, schemas, context, emit),
    )
  },
  examples: intervalJoinExamples,
})
