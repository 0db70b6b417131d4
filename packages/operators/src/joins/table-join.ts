/** Joins two tables, and keeps the result up to date with every change of either. */

import { defineOperator, process } from '@millrace/engine'
import { columnIndex, fields, type StreamSchema, takesBack } from '@millrace/pipeline'
import * as z from 'zod'
import { stateTimeToLive } from '../state-lifetime.ts'
import * as joinFields from './join-fields.ts'
import { checkJoin, type JoinConfig, type JoinSchemas, SIDES } from './join-schema.ts'
import { declaredKey, outputKey } from './output-key.ts'
import { StreamsJoin } from './streams-join.ts'
import { tableJoinExamples } from './table-join-examples.ts'
import { TABLE_JOIN_PORTS, TableJoin } from './table-matches.ts'

const config = z.strictObject({
  on: joinFields.on(1),
  where: joinFields.where('left.amount > right.limit'),
  type: joinFields.type(['inner', 'left', 'right', 'full']),
  columns: joinFields.columns(),
  stateTimeToLive: stateTimeToLive(),
  onError: fields.onError(),
})

/** Whether `on` compares all that identifies a row of the side, so that one row at most matches. */
function isUnique(on: JoinConfig['on'], side: 0 | 1, { key }: StreamSchema): boolean {
  return key?.every((name) => on.some((pair) => pair[side] === name)) ?? false
}

/** The sides whose keys tell the rows of the output apart. */
function tellingSides({ on, type }: JoinConfig, { left, right }: JoinSchemas): readonly (0 | 1)[] {
  if (isUnique(on, 1, right) && (type === 'inner' || type === 'left')) return [0]
  if (isUnique(on, 0, left) && (type === 'inner' || type === 'right')) return [1]
  return [0, 1]
}

/** Whether rows only come, each of them stays, and none leaves alone. */
function isOfStreams(
  { type, stateTimeToLive }: z.output<typeof config>,
  { left, right }: JoinSchemas,
): boolean {
  const append = left.changes === 'append' && right.changes === 'append'
  return append && type === 'inner' && stateTimeToLive === undefined
}

export const tableJoin = defineOperator({
  id: 'table-join',
  category: 'join',
  title: 'Table join',
  icon: 'join',
  summary: 'Joins two tables, and keeps the result up to date with every change of either.',
  details: [
    'The output is the table that SQL would give for the two inputs as they are now. A stream is taken as a table to ' +
      'which rows are only added, equal rows among them. Compare with `on` the keys of both tables, or a column of ' +
      'one with the key of the other (a foreign key): a change of the right row then changes all left rows that point ' +
      'to it.',
    'A replaced row is one change: what it made is replaced by `-U` and `+U`, and left out where nothing changes. ' +
      'A left, right or full join gives a row alone with NULL for the other side while it matches nothing, and takes ' +
      'that back with the first match. NULL is equal to nothing. A change that takes back a row that never came is ' +
      'counted and has no effect.',
    'The key of the output is the key of the left table where each of its rows matches one right row at most, that of ' +
      'the right table the other way round, and else both. In a full join, and where `columns` leaves out a part of ' +
      'it, all columns of the output together are the key. The output has no event time.',
    'All rows of both inputs are held, in the order of their keys. With `stateTimeToLive`, the rows of one side ' +
      'under one key of `on` are forgotten together when none of them has been written for so long.',
  ].join('\n\n'),
  config,
  inputs: SIDES,
  outputs: TABLE_JOIN_PORTS,
  outputSchemas: (config, { left, right }, plan) => {
    const schemas = { left, right, names: SIDES }
    const columns = checkJoin(config, schemas, plan)
    const telling = outputKey(config, schemas, columns, tellingSides(config, schemas))
    const key = declaredKey(config, columns, telling)
    const out: StreamSchema = { columns, eventTime: false, changes: 'retract', key }
    // Where rows only come, so do pairs; what stands alone goes again with its first match.
    const comesOnly = config.type === 'inner' && !takesBack(left) && !takesBack(right)
    return { out: comesOnly ? { ...out, insertsOnly: true } : out }
  },
  run: (config, inputs, context) => {
    const { left, right } = context.inputSchemas
    const { out } = context.outputSchemas
    if (left === undefined || right === undefined || out === undefined) {
      throw new Error('A table join has two inputs and an output.')
    }
    const schemas = { left, right, names: SIDES }
    const telling = outputKey(config, schemas, out.columns, tellingSides(config, schemas))
    const keyIndexes = telling.map((name) => columnIndex(out, name))
    const { onError } = config
    const Join = isOfStreams(config, schemas) ? StreamsJoin : TableJoin
    return process(
      inputs,
      context,
      { ports: TABLE_JOIN_PORTS, onError },
      (emit) => new Join(config, keyIndexes, schemas, context, emit),
    )
  },
  examples: tableJoinExamples,
})
