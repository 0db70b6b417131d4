/**
 * What a column of made-up records can hold: the config of each generator, its type, and its
 * values.
 */

import {
  BOOLEAN,
  counted,
  DOUBLE,
  fields,
  INTEGER,
  STRING,
  TIMESTAMP,
  type Type,
  type Value,
} from '@millrace/pipeline'
import * as z from 'zod'
import { Dice } from './dice.ts'
import { createZipf } from './zipf.ts'

/** Keeps sums of a few of them exact. */
const NUMBER_MAX = 1e15
const VALUES_MAX = 1000

interface NumberOptions {
  readonly description: string
  readonly above?: number
  readonly example: number
}

function number(title: string, { description, above, example }: NumberOptions) {
  const range =
    above === undefined
      ? `${title} must be a number from -1e15 to 1e15.`
      : `${title} must be a number above ${above} and up to 1e15.`
  const limited = z.number(range).max(NUMBER_MAX, range)
  const whole = above === undefined ? limited.min(-NUMBER_MAX, range) : limited.gt(above, range)
  return whole.meta({ title, description, widget: 'number', examples: [example] })
}

/** A share in percent, from 0 to 100. */
export function percent(options: { readonly title: string; readonly description?: string }) {
  const range = `${options.title} must be a number from 0 to 100.`
  return z
    .number(range)
    .min(0, range)
    .max(100, range)
    .meta({ ...options, widget: 'number', unit: '%', examples: [5] })
}

const nulls = percent({ title: 'Nulls', description: 'How many of the values are NULL.' })
const decimals = fields
  .count({
    title: 'Decimals',
    description:
      'Digits after the point. With 0 the column is an integer; left out, nothing is rounded.',
    max: 15,
    example: 2,
  })
  .optional()

function generatorSchema<Name extends string, Shape extends z.ZodRawShape>(
  name: Name,
  title: string,
  shape: Shape,
) {
  const description = 'How the values of the column are made.'
  const type = z.literal(name).meta({ title: 'Type', description })
  return z.strictObject({ type, ...shape, nulls: nulls.prefault(0) }).meta({ title })
}

const bounds = {
  min: number('Minimum', { description: 'No value is below it.', example: 0 }),
  max: number('Maximum', { description: 'No value is above it.', example: 100 }),
}
const optionalBounds = { min: bounds.min.optional(), max: bounds.max.optional() }

function checkBounds(
  { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined },
  context: z.RefinementCtx,
): void {
  if (min === undefined || max === undefined || min <= max) return
  const message = `Minimum ${min} is above maximum ${max}. Exchange them.`
  const params = { code: 'minimum-above-maximum' }
  context.addIssue({ code: 'custom', path: ['min'], message, params })
}

function checkRoundedBounds(
  { min, max, decimals }: { min: number; max: number; decimals?: number | undefined },
  context: z.RefinementCtx,
): void {
  const scale = 10 ** (decimals ?? 0)
  const none = min <= max && Math.ceil(min * scale) > Math.floor(max * scale)
  if (decimals === undefined || !none) return
  const message =
    `No number of ${decimals} decimals lies between ${min} and ${max}. ` +
    'Set them further apart, or allow more decimals.'
  const params = { code: 'no-number-between' }
  context.addIssue({ code: 'custom', path: ['decimals'], message, params })
}

const scalar = z.union([z.string(), z.number(), z.boolean()])

const choice = generatorSchema('choice', 'Choice', {
  values: z
    .array(scalar)
    .min(1, 'Values has nothing to choose from. Add a value.')
    .max(VALUES_MAX, `Values may have ${VALUES_MAX} values. Use a zipf or a uniform generator.`)
    .meta({ title: 'Values', description: 'All of one type.', examples: [['a', 'b']] }),
  weights: z
    .array(number('Weight', { description: 'That of one value.', above: 0, example: 3 }))
    .optional()
    .meta({
      title: 'Weights',
      description: 'How often each value comes in proportion to the others.',
      examples: [[3, 1]],
    }),
}).superRefine(({ values, weights }, context) => {
  const kinds = [...new Set(values.map((value) => typeof value))]
  const report = (path: string, code: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message, params: { code } })
  if (kinds.length > 1) {
    const message = `Values has ${kinds.join(' and ')} values, and a column has one type. Keep one.`
    report('values', 'choice-of-several-types', message)
  }
  if (weights !== undefined && weights.length !== values.length) {
    const message =
      `Weights has ${counted(weights.length, 'entry', 'entries')} for ${counted(values.length, 'value')}. ` +
      'Give each value its weight, or leave the weights out.'
    report('weights', 'weights-not-for-each-value', message)
  }
})

export const generator = z
  .discriminatedUnion('type', [
    generatorSchema('sequence', 'Sequence', {
      start: fields.count({ title: 'Start', description: 'The first value.' }).prefault(0),
      step: fields
        .count({ title: 'Step', description: 'How much greater each is.', min: 1 })
        .prefault(1),
    }),
    generatorSchema('uniform', 'Uniform', { ...bounds, decimals })
      .superRefine(checkBounds)
      .superRefine(checkRoundedBounds),
    generatorSchema('normal', 'Normal', {
      mean: number('Mean', { description: 'Most values are near it.', example: 50 }),
      deviation: number('Deviation', {
        description: 'Two values of three are no further from the mean.',
        ...{ above: 0, example: 10 },
      }),
      ...optionalBounds,
      decimals,
    }).superRefine(checkBounds),
    generatorSchema('zipf', 'Zipf', {
      count: fields.count({
        title: 'Count',
        description: 'Values are from 1 to this; 1 is the most frequent.',
        min: 1,
        max: 1_000_000_000,
      }),
      exponent: number('Exponent', {
        description: 'The larger it is, the rarer are great values.',
        ...{ above: 0, example: 1 },
      }).prefault(1),
    }),
    choice,
    generatorSchema('boolean', 'Boolean', {
      percentTrue: percent({
        title: 'Percent true',
        description: 'How many of the values are TRUE.',
      }).prefault(50),
    }),
    generatorSchema('walk', 'Random walk', {
      start: number('Start', {
        description: 'The first value; halfway between the bounds, or 0, if left out.',
        example: 0,
      }).optional(),
      step: number('Step', {
        description: 'How far a value is from the one before at most.',
        ...{ above: 0, example: 1 },
      }),
      ...optionalBounds,
      decimals,
    }).superRefine(checkBounds),
    generatorSchema('uuid', 'UUID', {}),
    generatorSchema('constant', 'Constant', {
      value: scalar.meta({
        title: 'Value',
        description: 'The same in every record.',
        examples: ['a'],
      }),
    }),
    generatorSchema('time', 'Event time', {}),
  ])
  .meta({
    title: 'Generator',
    widget: 'generator',
    examples: [{ type: 'uniform', min: 0, max: 100, decimals: 2 }],
  })

export type GeneratorConfig = z.output<typeof generator>

export function generatorType(config: GeneratorConfig): Type {
  switch (config.type) {
    case 'sequence':
    case 'zipf':
      return INTEGER
    case 'uniform':
    case 'normal':
    case 'walk':
      return config.decimals === 0 ? INTEGER : DOUBLE
    case 'choice':
      return scalarType(config.values)
    case 'constant':
      return scalarType([config.value])
    case 'boolean':
      return BOOLEAN
    case 'uuid':
      return STRING
    case 'time':
      return TIMESTAMP
  }
}

function scalarType(values: readonly (string | number | boolean)[]): Type {
  const [first] = values
  if (typeof first === 'string') return STRING
  if (typeof first === 'boolean') return BOOLEAN
  return values.every(Number.isSafeInteger) ? INTEGER : DOUBLE
}

/** Asked for the records in their order. */
export interface ColumnGenerator {
  (index: number, timeMs: number): Value
  /** Where it stands, for those whose next value depends on the one before. */
  readonly walk?: Walk
}

export interface Walk {
  get(): number
  set(position: number): void
}

export function createGenerator(
  name: string,
  config: GeneratorConfig,
  seed: number,
): ColumnGenerator {
  const dice = new Dice(seed, name)
  const draw = createDraw(config, dice)
  const { nulls, type } = config
  if (nulls === 0 && (type === 'sequence' || type === 'constant' || type === 'time')) return draw
  const generate = (index: number, timeMs: number) => {
    dice.moveTo(index)
    const value = draw(index, timeMs)
    return dice.percent(nulls) ? null : value
  }
  return draw.walk === undefined ? generate : Object.assign(generate, { walk: draw.walk })
}

function createDraw(config: GeneratorConfig, dice: Dice): ColumnGenerator {
  switch (config.type) {
    case 'sequence':
      return (index) => config.start + index * config.step
    case 'uniform':
      return createUniform(config, dice)
    case 'normal': {
      const { mean, deviation } = config
      const round = rounding(config.decimals)
      const limit = limiting(config)
      return () => limit(round(mean + deviation * normal(dice)))
    }
    case 'zipf': {
      const zipf = createZipf(config.count, config.exponent)
      return () => zipf(dice)
    }
    case 'choice':
      return createChoice(config, dice)
    case 'boolean':
      return () => dice.percent(config.percentTrue)
    case 'walk':
      return createWalk(config, dice)
    case 'uuid':
      return () => uuid(dice)
    case 'constant':
      return () => config.value
    case 'time':
      return (_, timeMs) => timeMs
  }
}

function createUniform(
  { min, max, decimals }: GeneratorConfig & { readonly type: 'uniform' },
  dice: Dice,
): ColumnGenerator {
  if (decimals === undefined) return () => min + dice.next() * (max - min)
  // Each rounded value is as likely as any other, the bounds too.
  const scale = 10 ** decimals
  const from = Math.ceil(min * scale)
  const count = Math.max(1, Math.floor(max * scale) - from + 1)
  return () => (from + Math.floor(dice.next() * count)) / scale
}

function createChoice(
  { values, weights }: GeneratorConfig & { readonly type: 'choice' },
  dice: Dice,
): ColumnGenerator {
  let sum = 0
  const upTo = values.map((_, index) => {
    sum += weights?.[index] ?? 1
    return sum
  })
  return () => {
    const drawn = dice.next() * sum
    const index = upTo.findIndex((limit) => drawn < limit)
    return values[index < 0 ? values.length - 1 : index] ?? null
  }
}

/** Steps are uniform in [-step, step]; at a bound the walk turns back. */
function createWalk(
  config: GeneratorConfig & { readonly type: 'walk' },
  dice: Dice,
): ColumnGenerator {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, step } = config
  const round = rounding(config.decimals)
  const limit = limiting(config)
  const middle = config.min !== undefined && config.max !== undefined ? (min + max) / 2 : 0
  let position = limit(config.start ?? middle)
  const next = (index: number) => {
    if (index > 0) {
      position += (2 * dice.next() - 1) * step
      if (position > max) position = Math.max(min, 2 * max - position)
      if (position < min) position = Math.min(max, 2 * min - position)
    }
    return limit(round(position))
  }
  const walk: Walk = {
    get: () => position,
    set: (to) => {
      position = to
    },
  }
  return Object.assign(next, { walk })
}

function rounding(decimals: number | undefined): (value: number) => number {
  if (decimals === undefined) return (value) => value
  const scale = 10 ** decimals
  return (value) => Math.round(value * scale) / scale + 0
}

function limiting({
  min,
  max,
}: {
  readonly min?: number | undefined
  readonly max?: number | undefined
}) {
  return (value: number) => Math.max(min ?? -Infinity, Math.min(max ?? Infinity, value))
}

/** Mean 0 and deviation 1, after Box and Muller. */
function normal(dice: Dice): number {
  return Math.sqrt(-2 * Math.log(1 - dice.next())) * Math.cos(2 * Math.PI * dice.next())
}

/** As RFC 9562, version 4. */
function uuid(dice: Dice): string {
  const hex = [0, 1, 2, 3].map(() => dice.bits().toString(16).padStart(8, '0')).join('')
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) & 3)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}
