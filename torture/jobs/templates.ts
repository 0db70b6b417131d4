/** How a node of each operator is drawn: which inputs it has, and configs that may fit them. */

import type { SeededRandom } from '../../packages/engine/src/testing/index.ts'
import type { StreamSchema } from '../../packages/pipeline/src/index.ts'

export interface Template {
  readonly operator: string
  readonly ports: readonly string[]
  /** Whether nothing but tables fits. */
  readonly takesTables?: boolean
  /** Undefined where no config would fit. */
  make(random: SeededRandom, inputs: readonly StreamSchema[]): Made | undefined
}

interface Made {
  readonly config: { readonly [field: string]: unknown }
  /** Results depend on the clock. */
  readonly goesByClock?: boolean
}

const DURATIONS = ['200ms', '1s', '5s', '30s', '2m']

function columns(schema: StreamSchema | undefined, kind: string): readonly string[] {
  return (schema?.columns ?? []).filter(({ type }) => type.kind === kind).map(({ name }) => name)
}

function quoted(name: string): string {
  return `\`${name}\``
}

/** Of a number, a key or nothing at all. */
function keys(random: SeededRandom, schema: StreamSchema | undefined): readonly string[] {
  const names = columns(schema, 'string')
  return names.length === 0 || random.chance(0.25) ? [] : [random.pick(names)]
}

function aggregates(random: SeededRandom, schema: StreamSchema | undefined) {
  const numbers = columns(schema, 'integer').map(quoted)
  const all: Record<string, string> = { count: 'COUNT(*)' }
  if (numbers.length === 0) return all
  const number = () => random.pick(numbers)
  const more = [
    () => `SUM(${number()})`,
    () => `MIN(${number()})`,
    () => `MAX(${number()})`,
    () => `AVG(${number()})`,
    () => `LAST_VALUE(${number()})`,
    () => `FIRST_VALUE(${number()})`,
    () => `COUNT(DISTINCT ${number()})`,
    () => `COLLECT(${number()})`,
    () => `SUM(${number()}) FILTER (WHERE ${number()} % 2 = 0)`,
    () => `PERCENTILE(${number()}, 0.5)`,
  ]
  for (let index = random.integer(0, 3); index > 0; index--) all[`a${index}`] = random.pick(more)()
  return all
}

function condition(random: SeededRandom, schema: StreamSchema | undefined): string | undefined {
  const numbers = columns(schema, 'integer').map(quoted)
  if (numbers.length === 0) return undefined
  const number = random.pick(numbers)
  return random.pick([
    `${number} % 3 <> 1`,
    `${number} > ${random.integer(0, 8)}`,
    `10 / (${number} - 4) >= 0`,
    `${number} IS NOT NULL`,
  ])
}

function window(operator: string, shape: (random: SeededRandom) => object): Template {
  return {
    operator,
    ports: ['in'],
    make: (random, [schema]) => {
      const early = random.chance(0.15) ? { early: { count: random.integer(1, 4) } } : {}
      const byClock = random.chance(0.03)
      const lateness = random.chance(0.35) ? { allowedLateness: random.pick(DURATIONS) } : {}
      const accumulation = random.pick(['accumulating', 'accumulating', 'retracting', 'discarding'])
      return {
        config: {
          ...shape(random),
          groupBy: keys(random, schema),
          aggregates: aggregates(random, schema),
          ...(byClock ? { time: 'processing' } : { ...early, ...lateness }),
          ...(byClock || (!('early' in early) && !('allowedLateness' in lateness))
            ? {}
            : { accumulation }),
        },
        goesByClock: byClock,
      }
    },
  }
}

const WINDOWS: readonly Template[] = [
  window('tumbling-window', (random) => ({ size: random.pick(DURATIONS) })),
  window('hopping-window', (random) => ({
    size: random.pick(DURATIONS),
    slide: random.pick(['300ms', '1s', '7s', '1m']),
  })),
  window('cumulate-window', (random) => ({ size: '10s', step: random.pick(['1s', '2s', '5s']) })),
  window('sliding-window', (random) => ({ size: random.pick(DURATIONS) })),
  window('session-window', (random) => ({ gap: random.pick(DURATIONS) })),
  {
    operator: 'count-window',
    ports: ['in'],
    make: (random, [schema]) => ({
      config: {
        size: random.integer(1, 5),
        slide: random.integer(1, 5),
        groupBy: keys(random, schema),
        aggregates: aggregates(random, schema),
      },
    }),
  },
]

function joinOn(
  random: SeededRandom,
  left: StreamSchema | undefined,
  right: StreamSchema | undefined,
): readonly [string, string] | undefined {
  for (const kind of random.chance(0.8) ? ['string', 'integer'] : ['integer', 'string']) {
    const [a, b] = [columns(left, kind), columns(right, kind)]
    if (a.length > 0 && b.length > 0) return [random.pick(a), random.pick(b)]
  }
  return undefined
}

/** Two columns of each side, under names of their own. */
function joined(
  random: SeededRandom,
  [left, right]: readonly StreamSchema[],
  [leftName, rightName]: readonly [string, string],
) {
  const picked: Record<string, string> = {}
  const take = (schema: StreamSchema | undefined, prefix: string) => {
    for (let index = 0; index < 3; index++) {
      const names = (schema?.columns ?? []).map(({ name }) => name)
      if (names.length === 0) return
      const name = random.pick(names)
      picked[`${prefix[0]}_${name}`] = `${prefix}.${quoted(name)}`
    }
  }
  take(left, leftName)
  take(right, rightName)
  return picked
}

function join(
  operator: string,
  ports: readonly [string, string],
  types: readonly string[],
  more: (random: SeededRandom) => object,
): Template {
  return {
    operator,
    ports,
    make: (random, inputs) => {
      const on = joinOn(random, inputs[0], inputs[1])
      if (on === undefined) return undefined
      const type = random.pick(types)
      const oneSided = type === 'semi' || type === 'anti'
      const config = { on: [on], type, ...more(random) }
      return { config: oneSided ? config : { ...config, columns: joined(random, inputs, ports) } }
    },
  }
}

const ALL_TYPES = ['inner', 'left', 'right', 'full', 'semi', 'anti']

const JOINS: readonly Template[] = [
  join('interval-join', ['left', 'right'], ALL_TYPES, (random) => ({
    lower: random.pick(['-5s', '-1s', '0s']),
    upper: random.pick(['0s', '2s', '10s']),
  })),
  join('window-join', ['left', 'right'], ALL_TYPES, (random) => ({
    window: random.pick([
      { type: 'tumbling', size: '5s' },
      { type: 'hopping', size: '5s', slide: '2s' },
      { type: 'session', gap: '2s' },
      { type: 'cumulate', size: '6s', step: '2s' },
    ]),
  })),
  join('table-join', ['left', 'right'], ['inner', 'left', 'right', 'full'], () => ({})),
  join('temporal-join', ['stream', 'table'], ['inner', 'left'], (random) => ({
    asOf: random.pick(['event-time', 'latest']),
  })),
]

const TABLES: readonly Template[] = [
  {
    operator: 'deduplicate',
    ports: ['in'],
    make: (random, [schema]) => {
      const names = [...columns(schema, 'string'), ...columns(schema, 'integer')]
      if (names.length === 0) return undefined
      const keep = random.pick(['first', 'first', 'last'])
      const within = keep === 'first' && random.chance(0.5) ? { within: '3s' } : {}
      // Where there is no event time, repeats are told apart by the clock.
      const goesByClock = 'within' in within && schema?.eventTime === false
      return { config: { keys: [random.pick(names)], keep, ...within }, goesByClock }
    },
  },
  {
    operator: 'group-aggregate',
    ports: ['in'],
    make: (random, [schema]) => ({
      config: { groupBy: keys(random, schema), aggregates: aggregates(random, schema) },
    }),
  },
  {
    operator: 'top-n',
    ports: ['in'],
    make: (random, [schema]) => {
      const numbers = columns(schema, 'integer').map(quoted)
      if (numbers.length === 0) return undefined
      const direction = random.pick(['asc', 'desc'])
      const orderBy = [{ expression: random.pick(numbers), direction }]
      return { config: { partitionBy: keys(random, schema), orderBy, n: random.integer(1, 3) } }
    },
  },
  {
    operator: 'to-table',
    ports: ['in'],
    make: (random, [schema]) => {
      const names = columns(schema, 'string')
      return names.length === 0 ? undefined : { config: { key: [random.pick(names)] } }
    },
  },
  {
    operator: 'suppress',
    ports: ['in'],
    takesTables: true,
    make: () => ({ config: { until: 'window-close' } }),
  },
]

const OTHERS: readonly Template[] = [
  {
    operator: 'filter',
    ports: ['in'],
    make: (random, [schema]) => {
      const where = condition(random, schema)
      return where === undefined ? undefined : { config: { where } }
    },
  },
  {
    operator: 'select',
    ports: ['in'],
    make: (random, [schema]) => {
      const numbers = columns(schema, 'integer').map(quoted)
      if (numbers.length === 0) return undefined
      const twice = `${random.pick(numbers)} * 2`
      return { config: { columns: { twice }, keepOthers: random.chance(0.8) } }
    },
  },
  {
    operator: 'split',
    ports: ['in'],
    make: (random, [schema]) => {
      const where = condition(random, schema)
      return where === undefined ? undefined : { config: { routes: [{ port: 'yes', where }] } }
    },
  },
  { operator: 'union', ports: ['in', 'in'], make: () => ({ config: {} }) },
  {
    operator: 'unnest',
    ports: ['in'],
    make: (random, [schema]) => {
      const lists = columns(schema, 'list')
      if (lists.length === 0) return undefined
      return { config: { column: random.pick(lists), as: 'item', keepEmpty: random.chance(0.5) } }
    },
  },
  {
    operator: 'pattern',
    ports: ['in'],
    make: (random, [schema]) => {
      const [number] = columns(schema, 'integer').map(quoted)
      if (number === undefined) return undefined
      const [first, second] = [random.integer(0, 5), random.integer(3, 9)]
      const times = random.chance(0.4) ? { times: { min: 1, max: 3 } } : {}
      const contiguity = random.pick(['next', 'followed-by', 'followed-by-any'])
      return {
        config: {
          partitionBy: keys(random, schema),
          pattern: [
            { name: 'a', where: `${number} >= ${first}`, ...times },
            { name: 'b', where: `${number} < ${second}`, contiguity },
          ],
          within: random.pick(['1s', '10s']),
          afterMatch: random.pick(['no-skip', 'skip-past-last', 'skip-to-next']),
          columns: { first: `a.${number}`, last: `b.${number}` },
        },
      }
    },
  },
]

/** Windows stand twice: they hold the most state, and much can go below them. */
export const TEMPLATES: readonly Template[] = [
  ...WINDOWS,
  ...WINDOWS,
  ...JOINS,
  ...TABLES,
  ...OTHERS,
]
