/**
 * A live job that refuses records in two places: its source those that it cannot read, a filter
 * those that it cannot calculate with. What is accepted goes to a topic, and is counted by record.
 */

import {
  type JobPlan,
  type TopicRecord,
  toJobPlan,
  toUtf8,
} from '../../packages/engine/src/index.ts'
import type { SeededRandom } from '../../packages/engine/src/testing/index.ts'
import { CATALOGUE } from '../jobs/catalogue.ts'
import { check } from '../jobs/random-pipeline.ts'

export const INPUT = 'in'
export const OUTPUT = 'out'
const RECORDS_MIN = 6
const RECORDS_MAX = 40
const POISON = 0.35

export interface RefusingJob {
  readonly plan: JobPlan
  readonly partitions: number
  readonly records: readonly TopicRecord[]
  /** Each record has an id of its own; these are refused as they come. */
  readonly poison: ReadonlySet<number>
}

export function randomRefusingJob(random: SeededRandom): RefusingJob {
  const partitions = random.integer(1, 3)
  const poison = new Set<number>()
  const count = random.integer(RECORDS_MIN, RECORDS_MAX)
  const records = Array.from({ length: count }, (_, id): TopicRecord => {
    const text = random.chance(POISON) ? random.pick(BAD)(id) : recordText(id, 1 + (id % 9))
    if (text !== recordText(id, 1 + (id % 9))) poison.add(id)
    const timestampMs = Date.UTC(2026, 0, 1) + id
    return {
      key: null,
      value: toUtf8(text),
      timestampMs,
      partition: random.integer(0, partitions - 1),
    }
  })
  const config = { topic: INPUT, bounded: false, schema: { id: 'integer', n: 'integer' } }
  const document = {
    format: 'millrace/1' as const,
    name: 'Refusing',
    nodes: {
      read: { operator: 'topic-source', config },
      half: { operator: 'filter', config: { where: '10 / n > 0' } },
      write: {
        operator: 'topic-sink',
        config: { topic: OUTPUT, partitions: random.integer(1, 2), compact: false },
      },
      each: {
        operator: 'group-aggregate',
        config: { groupBy: ['id'], aggregates: { times: 'COUNT(*)' } },
      },
      view: { operator: 'view-sink', config: { limit: 10_000 } },
    },
    edges: [
      { from: 'read', to: 'half' },
      { from: 'half', to: 'write' },
      { from: 'half', to: 'each' },
      { from: 'each', to: 'view' },
    ],
  }
  const checked = check(document, CATALOGUE)
  if (checked === undefined) throw new Error('The checker refuses the pipeline that refuses.')
  return { plan: toJobPlan(checked), partitions, records, poison }
}

export function recordText(id: number, n: number): string {
  return JSON.stringify({ id, n })
}

/** No JSON, another type, and what cannot be divided by. */
const BAD: readonly ((id: number) => string)[] = [
  (id) => `{"id":${id},"n":`,
  (id) => `{"id":${id},"n":"x"}`,
  (id) => recordText(id, 0),
  (id) => recordText(id, 0),
]

/** Of a record, refused or not: texts begin with it. */
export function idOf(text: string): number {
  return Number(/\d+/.exec(text)?.[0])
}
