/**
 * Aggregates records per group in windows of event time that last until the group has been silent
 * for a while.
 */

import { defineOperator } from '@millrace/engine'
import { fields } from '@millrace/pipeline'
import { carryAggregates } from '../carried-settings.ts'
import { openSessions } from './open-windows.ts'
import { runSessions } from './sessions.ts'
import { checkFiring, windowConfig } from './window-config.ts'
import { WINDOW_PORTS } from './window-groups.ts'
import { checkWindow } from './window-schema.ts'

const config = windowConfig({
  gap: fields.duration({
    title: 'Gap',
    description: 'A session ends when its group has had no record for this long.',
  }),
}).superRefine(checkFiring)

const clicks = { user: 'string', page: 'string' }

export const sessionWindow = defineOperator({
  id: 'session-window',
  category: 'window',
  title: 'Session window',
  icon: 'activity',
  summary:
    'Aggregates records per group in windows of event time that last until the group has been silent for a while.',
  details:
    'A record alone is a session from its time to `gap` later. Sessions of one group that overlap are one, whatever the ' +
    'order in which their records come; a record exactly `gap` after the last one begins a new session. When the watermark ' +
    'passes its end, a session gives one row, at event time end - 1 ms, and takes no more.\n\n' +
    'With `allowedLateness` a window that has fired is kept for so long, and each late record gives another result at ' +
    'once; with `early` there are results before the end, after so many records of a group or every so often by the ' +
    'clock. The output is then a table by group and window, in which a result replaces the one before (`accumulation`: ' +
    '"accumulating" or "retracting"), or a stream of parts, each over the new records alone ("discarding"). A result ' +
    'that is the same as before leaves nothing.\n\n' +
    'A session that has given a result and then grows, or is joined with another, takes its result back (`-D`), and the ' +
    'session that it has become gives one of its own (`+I`).\n\n' +
    'A record that overlaps a session that has not fired belongs to it, even if it is far behind the watermark. One that ' +
    'overlaps none is late if it would have fired by itself, and leaves unchanged through `late`. NULL is a group like any ' +
    'other. A record for which an aggregate has no value leaves through `errors` and makes no session longer; a session ' +
    'whose result has no value leaves a row there that names group and window.',
  config,
  carriedSettings: new Map([carryAggregates]),
  inputs: ['in'],
  outputs: WINDOW_PORTS,
  outputSchemas: (settings, { in: input }, plan) => checkWindow(settings, input, plan),
  stateVersion: 2,
  // Version 1 had a timer for each session.
  stateUpgrades: new Map([
    [
      1,
      { summary: 'Sessions stay as they are; where they end is not kept twice.', apply: () => {} },
    ],
  ]),
  run: (settings, inputs, context) => runSessions(settings.gap, settings, inputs, context),
  firesByClock: ({ time }) => time === 'processing',
  inspectWindows: (_, state) => openSessions(state),
  examples: [
    {
      title: 'Visits of a user',
      config: { gap: '30m', groupBy: ['user'], aggregates: { pages: 'COUNT(*)' } },
      inputs: {
        in: {
          schema: clicks,
          elements: [
            { at: '2026-01-01T10:00:00Z', row: { user: 'ada', page: '/' } },
            { at: '2026-01-01T10:20:00Z', row: { user: 'ada', page: '/cart' } },
            { at: '2026-01-01T10:50:00Z', row: { user: 'ada', page: '/' } },
          ],
        },
      },
      outputs: {
        out: [
          {
            at: '2026-01-01T10:49:59.999Z',
            row: {
              user: 'ada',
              window_start: '2026-01-01T10:00:00.000Z',
              window_end: '2026-01-01T10:50:00.000Z',
              pages: 2,
            },
          },
          {
            at: '2026-01-01T11:19:59.999Z',
            row: {
              user: 'ada',
              window_start: '2026-01-01T10:50:00.000Z',
              window_end: '2026-01-01T11:20:00.000Z',
              pages: 1,
            },
          },
        ],
      },
    },
    {
      title: 'A record in between joins two sessions',
      config: { gap: '30m', aggregates: { pages: 'COUNT(*)' } },
      inputs: {
        in: {
          schema: clicks,
          elements: [
            { at: '2026-01-01T10:00:00Z', row: { user: 'ada', page: '/' } },
            { at: '2026-01-01T10:40:00Z', row: { user: 'ada', page: '/paid' } },
            { at: '2026-01-01T10:20:00Z', row: { user: 'ada', page: '/cart' } },
          ],
        },
      },
      outputs: {
        out: [
          {
            at: '2026-01-01T11:09:59.999Z',
            row: {
              window_start: '2026-01-01T10:00:00.000Z',
              window_end: '2026-01-01T11:10:00.000Z',
              pages: 3,
            },
          },
        ],
      },
    },
    {
      title: 'A late record joins two sessions that have given results',
      config: { gap: '30m', allowedLateness: '1d', aggregates: { pages: 'COUNT(*)' } },
      inputs: {
        in: {
          schema: clicks,
          elements: [
            { at: '2026-01-01T10:00:00Z', row: { user: 'ada', page: '/' } },
            { at: '2026-01-01T10:40:00Z', row: { user: 'ada', page: '/paid' } },
            { watermark: '2026-01-01T12:00:00Z' },
            { at: '2026-01-01T10:20:00Z', row: { user: 'ada', page: '/cart' } },
          ],
        },
      },
      outputs: {
        out: [
          {
            at: '2026-01-01T10:29:59.999Z',
            change: '+I',
            row: {
              window_start: '2026-01-01T10:00:00.000Z',
              window_end: '2026-01-01T10:30:00.000Z',
              pages: 1,
            },
          },
          {
            at: '2026-01-01T11:09:59.999Z',
            change: '+I',
            row: {
              window_start: '2026-01-01T10:40:00.000Z',
              window_end: '2026-01-01T11:10:00.000Z',
              pages: 1,
            },
          },
          { watermark: '2026-01-01T12:00:00Z' },
          {
            at: '2026-01-01T10:29:59.999Z',
            change: '-D',
            row: {
              window_start: '2026-01-01T10:00:00.000Z',
              window_end: '2026-01-01T10:30:00.000Z',
              pages: 1,
            },
          },
          {
            at: '2026-01-01T11:09:59.999Z',
            change: '-D',
            row: {
              window_start: '2026-01-01T10:40:00.000Z',
              window_end: '2026-01-01T11:10:00.000Z',
              pages: 1,
            },
          },
          {
            at: '2026-01-01T11:09:59.999Z',
            change: '+I',
            row: {
              window_start: '2026-01-01T10:00:00.000Z',
              window_end: '2026-01-01T11:10:00.000Z',
              pages: 3,
            },
          },
        ],
      },
    },
  ],
})
