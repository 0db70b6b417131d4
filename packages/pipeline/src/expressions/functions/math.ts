/** Functions of numbers. Where a double has no value the result is NaN or infinite, as in Flink. */

import { ceilTo, floorTo } from '../calendar.ts'
import { EvaluationError } from '../errors.ts'
import { exact } from '../operators/arithmetic.ts'
import type { FunctionDefinition } from './definition.ts'

/** A function of one double, as all of trigonometry is. */
function ofDouble(
  name: string,
  description: string,
  apply: (value: number) => number,
  examples: FunctionDefinition['examples'],
): FunctionDefinition {
  return { name, signatures: [`${name}(value: double): double`], description, examples, apply }
}

export const MATH_FUNCTIONS: readonly FunctionDefinition[] = [
  {
    name: 'ABS',
    signatures: ['ABS(value: N): N'],
    description: 'The value without its sign.',
    examples: [
      ['ABS(-5)', '5'],
      ['ABS(-1.5)', '1.5'],
      ['ABS(NULL)', 'NULL'],
    ],
    apply: Math.abs,
  },
  {
    name: 'SIGN',
    signatures: ['SIGN(value: N): N'],
    description: '-1, 0 or 1: the sign of the value.',
    examples: [
      ['SIGN(-5)', '-1'],
      ['SIGN(0)', '0'],
      ['SIGN(2.5)', '1'],
    ],
    apply: Math.sign,
  },
  {
    name: 'MOD',
    signatures: ['MOD(value: N, divisor: N): N'],
    description:
      'What is left after division; its sign is that of the value. The same as `value % divisor`.',
    examples: [
      ['MOD(7, 3)', '1'],
      ['MOD(-7, 3)', '-1'],
      ['MOD(5.5, 2)', '1.5'],
    ],
    apply: modulo,
  },
  {
    name: 'FLOOR',
    signatures: ['FLOOR(value: N): N', 'FLOOR(at: timestamp, unit: string): timestamp'],
    usage: 'FLOOR(value) or FLOOR(at TO unit)',
    description:
      'The largest whole number that is not larger; or the beginning of the unit of time. Weeks begin on Sunday.',
    examples: [
      ['FLOOR(-1.5)', '-2.0'],
      ['FLOOR(3)', '3'],
      ["FLOOR(TIMESTAMP '2026-03-17 13:44:31' TO MINUTE)", "TIMESTAMP '2026-03-17 13:44:00'"],
      ["FLOOR(TIMESTAMP '2026-03-17 13:44:31' TO WEEK)", "TIMESTAMP '2026-03-15 00:00:00'"],
      ["FLOOR(TIMESTAMP '2026-05-17 13:44:31' TO QUARTER)", "TIMESTAMP '2026-04-01 00:00:00'"],
    ],
    apply: (value: number, unit?: string) =>
      unit === undefined ? Math.floor(value) : floorTo(value, unit),
  },
  {
    name: 'CEIL',
    aliases: ['CEILING'],
    signatures: ['CEIL(value: N): N', 'CEIL(at: timestamp, unit: string): timestamp'],
    usage: 'CEIL(value) or CEIL(at TO unit)',
    description:
      'The smallest whole number that is not smaller; or the beginning of the next unit of time, if the time is not one itself.',
    examples: [
      ['CEIL(1.2)', '2.0'],
      ['CEILING(-1.2)', '-1.0'],
      ["CEIL(TIMESTAMP '2026-03-17 13:44:31' TO HOUR)", "TIMESTAMP '2026-03-17 14:00:00'"],
      ["CEIL(TIMESTAMP '2026-03-01 00:00:00' TO MONTH)", "TIMESTAMP '2026-03-01 00:00:00'"],
      ["CEIL(TIMESTAMP '2026-12-17 13:44:31' TO YEAR)", "TIMESTAMP '2027-01-01 00:00:00'"],
    ],
    apply: (value: number, unit?: string) =>
      unit === undefined ? Math.ceil(value) : ceilTo(value, unit),
  },
  {
    name: 'ROUND',
    signatures: ['ROUND(value: N, places?: integer): N'],
    description:
      'Rounded to a number of decimal places, halves away from zero; places below 0 round to tens, hundreds and so on.',
    examples: [
      ['ROUND(2.5)', '3.0'],
      ['ROUND(-2.5)', '-3.0'],
      ['ROUND(1.005, 2)', '1.01'],
      ['ROUND(1234, -2)', '1200'],
      ['ROUND(7, 2)', '7'],
    ],
    apply: (value: number, places?: number) => toPlaces(value, places ?? 0, Math.round),
  },
  {
    name: 'TRUNCATE',
    signatures: ['TRUNCATE(value: N, places?: integer): N'],
    description:
      'Cut off after a number of decimal places; places below 0 make digits before the point zero.',
    examples: [
      ['TRUNCATE(42.329, 2)', '42.32'],
      ['TRUNCATE(-42.9)', '-42.0'],
      ['TRUNCATE(1299, -2)', '1200'],
    ],
    apply: (value: number, places?: number) => toPlaces(value, places ?? 0, Math.floor),
  },
  {
    name: 'POWER',
    signatures: ['POWER(base: double, exponent: double): double'],
    description: 'The base raised to the exponent.',
    examples: [
      ['POWER(2, 10)', '1024.0'],
      ['POWER(4, 0.5)', '2.0'],
    ],
    apply: (base: number, exponent: number) => base ** exponent,
  },
  ofDouble('SQRT', 'The square root; NaN below 0.', Math.sqrt, [['SQRT(9)', '3.0']]),
  ofDouble('EXP', 'e raised to the value.', Math.exp, [['EXP(0)', '1.0']]),
  ofDouble('LN', 'The natural logarithm.', Math.log, [
    ['LN(1)', '0.0'],
    ['LN(E())', '1.0'],
  ]),
  ofDouble('LOG10', 'The logarithm to base 10.', Math.log10, [['LOG10(1000)', '3.0']]),
  ofDouble('LOG2', 'The logarithm to base 2.', Math.log2, [['LOG2(8)', '3.0']]),
  {
    name: 'LOG',
    signatures: ['LOG(value: double): double', 'LOG(base: double, value: double): double'],
    description: 'The natural logarithm, or the logarithm to a base.',
    examples: [
      ['LOG(1)', '0.0'],
      ['LOG(2, 8)', '3.0'],
    ],
    apply: (value: number, of?: number) =>
      of === undefined ? Math.log(value) : Math.log(of) / Math.log(value),
  },
  ofDouble('SIN', 'The sine of an angle in radians.', Math.sin, [['SIN(0)', '0.0']]),
  ofDouble('COS', 'The cosine of an angle in radians.', Math.cos, [['COS(0)', '1.0']]),
  ofDouble('TAN', 'The tangent of an angle in radians.', Math.tan, [['TAN(0)', '0.0']]),
  ofDouble('COT', 'The cotangent of an angle in radians.', (value) => 1 / Math.tan(value), [
    ['ROUND(COT(PI() / 4), 9)', '1.0'],
  ]),
  ofDouble('ASIN', 'The arc sine, in radians.', Math.asin, [['ASIN(0)', '0.0']]),
  ofDouble('ACOS', 'The arc cosine, in radians.', Math.acos, [['ACOS(1)', '0.0']]),
  ofDouble('ATAN', 'The arc tangent, in radians.', Math.atan, [['ATAN(0)', '0.0']]),
  {
    name: 'ATAN2',
    signatures: ['ATAN2(y: double, x: double): double'],
    description: 'The angle of a point from the x axis, in radians.',
    examples: [
      ['ATAN2(0, 1)', '0.0'],
      ['ATAN2(1, 0) = PI() / 2', 'TRUE'],
    ],
    apply: Math.atan2,
  },
  ofDouble('SINH', 'The hyperbolic sine.', Math.sinh, [['SINH(0)', '0.0']]),
  ofDouble('COSH', 'The hyperbolic cosine.', Math.cosh, [['COSH(0)', '1.0']]),
  ofDouble('TANH', 'The hyperbolic tangent.', Math.tanh, [['TANH(0)', '0.0']]),
  ofDouble('DEGREES', 'An angle in radians, in degrees.', (value) => (value * 180) / Math.PI, [
    ['DEGREES(PI())', '180.0'],
  ]),
  ofDouble('RADIANS', 'An angle in degrees, in radians.', (value) => (value * Math.PI) / 180, [
    ['RADIANS(180) = PI()', 'TRUE'],
  ]),
  {
    name: 'PI',
    signatures: ['PI(): double'],
    description: 'The ratio of a circle to its diameter.',
    examples: [['ROUND(PI(), 5)', '3.14159']],
    apply: () => Math.PI,
  },
  {
    name: 'E',
    signatures: ['E(): double'],
    description: "Euler's number, the base of the natural logarithm.",
    examples: [['ROUND(E(), 5)', '2.71828']],
    apply: () => Math.E,
  },
]

function modulo(value: number, divisor: number): number {
  if (divisor === 0)
    throw new EvaluationError(
      'Division by zero. Guard the divisor of MOD with NULLIF(x, 0), which gives NULL instead.',
      'division-by-zero',
    )
  return (value % divisor) + 0
}

/**
 * Works on the decimal digits that the number is written with, so that 1.005 is rounded to 1.01.
 */
function toPlaces(value: number, places: number, whole: (value: number) => number): number {
  if (!Number.isFinite(value)) return value
  if (places >= 400) return value
  if (places <= -400) return 0
  const shifted = whole(shift(Math.abs(value), places))
  const result = Number.isFinite(shifted) ? shift(shifted, -places) : Math.abs(value)
  const signed = value < 0 ? -result + 0 : result
  return Number.isInteger(value) ? exactOrDouble(value, signed) : signed
}

/** Rounding a whole number up can pass the range of integers. */
function exactOrDouble(value: number, result: number): number {
  return Number.isSafeInteger(value) ? exact(result) : result
}

/** The value times ten to the power of `places`, without the error of a multiplication. */
function shift(value: number, places: number): number {
  const [digits = '0', exponent = '0'] = String(value).split('e')
  return Number(`${digits}e${Number(exponent) + places}`)
}
