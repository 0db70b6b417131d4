/** Guesses the schema of a topic source from the newest records of the topic. */

import { counted } from '@millrace/pipeline'
import { chooseSchema, type InferredSource } from './infer-source.ts'
import { type SampleLines, sampleJsonl } from './sample.ts'

export interface SampledTopic {
  readonly topic: string
  /**
   * Of each partition, the values of its newest records in their order. Undefined is one that is
   * not UTF-8, null one without a value.
   */
  readonly partitions: readonly (readonly (string | undefined | null)[])[]
  /** How many of these records have a key. */
  readonly keyed: number
}

const SHOWN_LENGTH = 60

/** The config has `schema`, and `eventTime` and `watermark` where a column looks like a time. */
export function inferTopic(sampled: SampledTopic): InferredSource | { readonly message: string } {
  const { topic, partitions, keyed } = sampled
  const total = partitions.reduce((sum, values) => sum + values.length, 0)
  if (total === 0) {
    const message =
      `Topic "${topic}" has no records yet, so there is nothing to go by. Send one, or write the ` +
      'columns of the schema yourself.'
    return { message }
  }
  const lanes = partitions.map((values): SampleLines => values.filter((value) => value !== null))
  const values = lanes.flat()
  const newest = `of the newest ${counted(total, 'record')} of topic "${topic}"`
  if (values.length === 0) {
    const message = `None ${newest} has a value, so there is nothing to go by. Send one that has.`
    return { message }
  }
  const sample = sampleJsonl(...lanes)
  if (sample.records.length === 0) {
    const message =
      `None ${newest} is a JSON object, and a topic source reads nothing else. ` +
      `${lastText(values)} Write objects such as {"user": "ada"} to it.`
    return { message }
  }
  if (sample.columns.length === 0) {
    return { message: `The JSON objects among the records of topic "${topic}" have no fields.` }
  }
  const { schema, time, notes } = chooseSchema(sample, UNTIMED)
  const gone = total - values.length
  return {
    config: { schema, ...time },
    notes: [
      ...notes,
      ...(gone === 0 ? [] : [`${counted(gone, 'record')} of the sample without a value: ${GONE}`]),
      ...(keyed === 0 ? [] : [KEYED]),
    ],
  }
}

const UNTIMED =
  'No column looks like a time, so the event time of a record is its time in the topic.'
const GONE = 'with "Key", such a record becomes a row; without, it is skipped.'
const KEYED =
  'The records have keys. To have them in a column, add one to the schema and name it as "Key".'

function lastText(values: SampleLines): string {
  const last = values.at(-1)
  if (last === undefined) return 'The last one is not UTF-8.'
  const shown = last.length > SHOWN_LENGTH ? `${last.slice(0, SHOWN_LENGTH)}…` : last
  return `The last one is ${JSON.stringify(shown)}.`
}
