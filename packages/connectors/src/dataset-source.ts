/** Replays a bundled data set with its real times. */

import { defineOperator } from '@millrace/engine'
import { appendStream, fields } from '@millrace/pipeline'
import * as z from 'zod'
import { DATASET_NAMES, DATASETS } from './datasets/datasets.ts'
import { checkPace, paceFields } from './reading/source-config.ts'

const config = z
  .strictObject({
    name: z.enum(DATASET_NAMES).meta({
      title: 'Data set',
      description: 'Which of the data sets that come with Millrace is read.',
      widget: 'choice',
      examples: ['earthquakes'],
    }),
    order: z.enum(['as-published', 'event-time']).prefault('as-published').meta({
      title: 'Order',
      description:
        'as-published: as the records became known, so that some come late. event-time: by their times.',
      widget: 'choice',
    }),
    watermark: fields.watermark(),
    ...paceFields,
    onError: fields.onError(),
  })
  .superRefine((config, context) => {
    const { name } = config
    const timed = DATASETS[name].eventTime !== undefined
    const noTimes = `Data set "${name}" has no times to go by. Set rate instead of pace.`
    checkPace(config, timed ? undefined : noTimes, context)
  })

export type DatasetSourceConfig = z.output<typeof config>

export const datasetSource = defineOperator<DatasetSourceConfig, never, 'out' | 'errors'>({
  id: 'dataset-source',
  category: 'source',
  title: 'Data set source',
  icon: 'library',
  summary: 'Replays a bundled data set with its real times.',
  details: [
    'The data sets come with Millrace and are in the public domain, so that a first pipeline needs no file:',
    DATASET_NAMES.map((name) => `- \`${name}\`: ${DATASETS[name].summary}`).join('\n'),
    'Earthquakes as published come in the order of `updated`. **That is the time of the last revision of each ' +
      'report, not of the first**: the feed keeps no other. The disorder is real, and larger than that of first ' +
      'reports.',
    'Nothing is refused: nothing goes to `errors`.',
  ].join('\n\n'),
  configBesideState: ['watermark', 'rate', 'pace', 'speed', 'onError'],
  guarantee: {
    withCheckpoints: 'exactly-once',
    without: 'exactly-once',
    note: 'A job that goes on reads on from the place that the checkpoint names; one that begins anew begins with the first record.',
  },
  config,
  inputs: [],
  outputs: ['out', 'errors'],
  outputSchemas: ({ name }) => {
    const { columns, eventTime } = DATASETS[name]
    return { out: appendStream(columns, eventTime !== undefined) }
  },
  examples: [
    {
      title: 'Earthquakes as USGS reported them, a day in a second',
      config: {
        name: 'earthquakes',
        watermark: { maxOutOfOrderness: '24h' },
        pace: 'event-time',
        speed: 86400,
      },
    },
  ],
})
