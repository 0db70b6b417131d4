/** Joins the records of two streams that are in the same window of event time. */

import { defineOperator, type Handler, process } from '@millrace/engine'
import { appendStream, durationText, fields, type PlanContext } from '@millrace/pipeline'
import * as z from 'zod'
import { checkWindowCount, WINDOWS_A_RECORD_MAX } from '../windows/window-count.ts'
import { CumulateLayout, HoppingLayout, type WindowLayout } from '../windows/window-layout.ts'
import { FixedWindowJoin } from './fixed-window-join.ts'
import * as joinFields from './join-fields.ts'
import { checkJoin, type JoinSchemas, lateColumns, SIDES, windowBound } from './join-schema.ts'
import { JOIN_PORTS } from './pairing.ts'
import { SessionWindowJoin } from './session-window-join.ts'
import { windowJoinExamples } from './window-join-examples.ts'

const size = fields.duration({ title: 'Size', description: 'How long a window is.' })
const offset = fields
  .duration({
    title: 'Offset',
    description: 'How far windows are moved from the epoch, 1970-01-01T00:00Z. May be negative.',
    min: 'any',
  })
  .prefault('0s')

const type = <Name extends string>(name: Name) =>
  z.literal(name).meta({ title: 'Type', description: 'How windows lie in event time.' })

const window = z
  .discriminatedUnion('type', [
    z.strictObject({ type: type('tumbling'), size, offset }).meta({ title: 'Tumbling' }),
    z
      .strictObject({
        type: type('hopping'),
        size,
        slide: fields.duration({
          title: 'Slide',
          description: 'A window starts every so often. It need not divide the size.',
        }),
        offset,
      })
      .superRefine(({ size, slide }, context) => checkWindowCount(size, { slide }, context))
      .meta({ title: 'Hopping' }),
    z
      .strictObject({
        type: type('session'),
        gap: fields.duration({
          title: 'Gap',
          description: 'A session ends where a key has no record on either side for this long.',
        }),
      })
      .meta({ title: 'Session' }),
    z
      .strictObject({
        type: type('cumulate'),
        size,
        step: fields.duration({
          title: 'Step',
          description: 'How much longer each window is than the one before. Divides the size.',
        }),
        offset,
      })
      .superRefine(({ size, step }, context) => {
        if (size % step === 0) return checkWindowCount(size, { step }, context)
        const message =
          `Size ${durationText(size)} is not a multiple of step ${durationText(step)}. ` +
          'Choose a step that divides the size.'
        const params = { code: 'cumulate-step-not-divisor' }
        context.addIssue({ code: 'custom', path: ['step'], message, params })
      })
      .meta({ title: 'Cumulate' }),
  ])
  .meta({
    title: 'Window',
    description: 'Records match only within one window.',
    widget: 'window',
    examples: [{ type: 'tumbling', size: '1m' }],
  })

const config = z.strictObject({
  window,
  on: joinFields.on(0),
  where: joinFields.where(),
  type: joinFields.type(['inner', 'left', 'right', 'full', 'semi', 'anti']),
  columns: joinFields.columns('left.x and right.x, window_start and window_end'),
  onError: fields.onError(),
})

type WindowJoinConfig = z.output<typeof config>

function checkInputs(schemas: JoinSchemas, plan: PlanContext): void {
  for (const side of SIDES) {
    const { changes, eventTime } = schemas[side]
    if (changes !== 'append') {
      const message =
        `Input "${side}" is a table (${changes}), whose rows replace each other, and a window join takes append ` +
        'streams. Use a table-join, or put this node before the operator that makes the table.'
      plan.report({ code: 'window-join-of-table', port: side, message })
    } else if (!eventTime) {
      const message =
        `Windows go by event time, and the records of input "${side}" have none. ` +
        'Put an assign-time before this node.'
      plan.report({ code: 'needs-event-time', port: side, message })
    }
  }
}

function fixedLayout(
  window: Exclude<WindowJoinConfig['window'], { type: 'session' }>,
): WindowLayout {
  const { size: sizeMs, offset: offsetMs } = window
  if (window.type === 'cumulate') {
    return new CumulateLayout({ sizeMs, stepMs: window.step, offsetMs })
  }
  const slideMs = window.type === 'hopping' ? window.slide : sizeMs
  return new HoppingLayout({ sizeMs, slideMs, offsetMs })
}

export const windowJoin = defineOperator({
  id: 'window-join',
  category: 'join',
  title: 'Window join',
  icon: 'git-merge',
  summary: 'Joins the records of two streams that are in the same window of event time.',
  details: [
    'Two records match if they are in the same window, their columns in `on` are equal and `where` is TRUE. NULL ' +
      'is equal to nothing. Results leave when the watermark of both inputs has passed the end of the window, at ' +
      'event time end - 1 ms: by window, then key, then the order in which the left record arrived, then the ' +
      'right one. Right records that match nothing come last under their key.',
    'A session is formed by the records of both sides of a key together. In overlapping windows a pair leaves ' +
      'once for each window that has both; records are stored once, and looked at once for each window, of which ' +
      `there may be ${WINDOWS_A_RECORD_MAX} for a record.`,
    'A record whose every window has fired is late and leaves by `late`, with its side and as a record in the ' +
      'column of that side. A pair for which an expression has no value leaves a row in `errors` that shows both ' +
      'records; neither of them then counts as one that matches nothing.',
    'In the ledger a record is held until its last window has fired, and then absorbed if a result used it, ' +
      'expired if none did.',
  ].join('\n\n'),
  config,
  inputs: SIDES,
  outputs: JOIN_PORTS,
  outputSchemas: (config, { left, right }, plan) => {
    const schemas = { left, right, names: SIDES }
    checkInputs(schemas, plan)
    const isBound = (text: string) => windowBound(text) !== undefined
    const end = config.columns?.find(({ value }) => windowBound(value) === 'window_end')
    const window = { latenessMs: 0, ...(end && { endColumn: end.name }) }
    return {
      out: { ...appendStream(checkJoin(config, schemas, plan, isBound), true), window },
      late: appendStream(lateColumns(schemas), true),
    }
  },
  run: (config, inputs, context) => {
    const { left, right } = context.inputSchemas
    if (left === undefined || right === undefined) throw new Error('A join has two inputs.')
    const schemas = { left, right, names: SIDES }
    const { window, onError } = config
    return process(
      inputs,
      context,
      { ports: JOIN_PORTS, onError },
      (emit): Handler =>
        window.type === 'session'
          ? new SessionWindowJoin(window.gap, config, schemas, context, emit)
          : new FixedWindowJoin(fixedLayout(window), config, schemas, context, emit),
    )
  },
  examples: windowJoinExamples,
})
