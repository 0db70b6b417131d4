/** Durations and sizes as documents write them. */

import { expect, test } from 'vitest'
import { durationText, parseDuration, parsePeriod, periodText } from './duration.ts'
import { parseSize, sizeText } from './size.ts'

const HOW = 'Write a whole number and a unit, for instance "250ms", "5s", "1m30s", "2h" or "7d".'
const UNITS = 'Units are ms, s, m (minutes), h and d.'

test.each([
  ['250ms', 250],
  ['5s', 5_000],
  ['1m', 60_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
  ['1m30s', 90_000],
  ['1d1ms', 86_400_001],
  ['30s1m', 90_000],
  ['-5s', -5_000],
  ['-1m30s', -90_000],
  ['0s', 0],
  ['-0s', 0],
  ['007s', 7_000],
  ['9007199254740991ms', Number.MAX_SAFE_INTEGER],
])('duration %s is %i ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected)
})

test.each([
  ['', `A duration is empty. ${HOW}`],
  ['  ', `A duration is empty. ${HOW}`],
  ['5', `"5" has no unit. ${HOW}`],
  ['-5', `"-5" has no unit. ${HOW}`],
  ['s', `"s" is not a duration. ${HOW}`],
  ['--5s', `"--5s" is not a duration. ${HOW}`],
  ['+5s', `"+5s" is not a duration. ${HOW}`],
  ['5s-1s', `"5s-1s" is not a duration. ${HOW}`],
  ['1m 30s', `"1m 30s" has a space in it. ${HOW}`],
  [' 5s', `" 5s" has a space in it. ${HOW}`],
  ['1.5s', '"1.5s" has a fraction. Write whole numbers of a smaller unit, for instance "1500ms".'],
  ['5sec', `"5sec" has the unknown unit "sec". ${UNITS}`],
  ['5M', `"5M" has the unknown unit "M". ${UNITS}`],
  ['٥s', `"٥s" is not a duration. ${HOW}`],
  [
    '9007199254740992ms',
    '"9007199254740992ms" is longer than 9007199254740991 ms, the longest duration.',
  ],
  ['999999999999d', '"999999999999d" is longer than 9007199254740991 ms, the longest duration.'],
  [`${'1s'.repeat(51)}`, 'A duration of 102 characters is longer than 100.'],
])('duration "%s" is refused', (text, message) => {
  expect(parseDuration(text)).toEqual({ message })
})

test.each([
  ['1mo', 'months'],
  ['1y', 'years'],
])('the calendar duration %s is refused by name', (text, unit) => {
  const message =
    `"${text}" counts ${unit}, whose length depends on where they lie. ` +
    'Count days, for instance "30d".'
  expect(parseDuration(text)).toEqual({ message })
})

test.each([
  ['1mo', { months: 1 }],
  ['1y', { months: 12 }],
  ['1y6mo', { months: 18 }],
  ['90m', 5_400_000],
])('the period %s may count months', (text, period) => {
  expect(parsePeriod(text)).toEqual(period)
})

test.each([
  [{ months: 1 }, '1mo'],
  [{ months: 12 }, '1y'],
  [{ months: 18 }, '1y6mo'],
  [5_400_000, '1h30m'],
])('the period %j is written %s', (period, text) => {
  expect(periodText(period)).toBe(text)
  expect(parsePeriod(text)).toEqual(period)
})

test.each(['1mo15d', '2h1y'])('the period %s is refused, since its parts do not add up', (text) => {
  expect(parsePeriod(text)).toEqual({
    message: `"${text}" adds months to days or less, and there is no telling which come first. Write one of them alone, for instance "1mo" or "30d".`,
  })
})

test.each([
  [0, '0s'],
  [1, '1ms'],
  [90_000, '1m30s'],
  [86_400_000, '1d'],
  [-5_250, '-5s250ms'],
])('%i ms is written %s and read back', (durationMs, text) => {
  expect(durationText(durationMs)).toBe(text)
  expect(parseDuration(text)).toBe(durationMs)
})

test.each([
  ['1B', 1],
  ['16KB', 16_384],
  ['64MB', 67_108_864],
  ['1GB', 1_073_741_824],
  ['2TB', 2_199_023_255_552],
])('size %s is %i bytes and is written the same', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
  expect(sizeText(bytes)).toBe(text)
})

test.each([
  ['', 'is not a size.'],
  ['64 MB', 'is not a size.'],
  ['-1MB', 'is not a size.'],
  ['1.5GB', 'is not a size.'],
  ['64', 'has no unit.'],
])('size "%s" is refused', (text, fact) => {
  const how = 'Write a whole number and a unit, for instance "512B", "16KB", "64MB" or "1GB".'
  expect(parseSize(text)).toEqual({ message: `"${text}" ${fact} ${how}` })
})

test('a size of an unknown unit, or beyond exact numbers, is refused', () => {
  expect(parseSize('64mb')).toEqual({
    message: '"64mb" has the unknown unit "mb". Units are B, KB, MB, GB and TB.',
  })
  expect(parseSize('9999999TB')).toEqual({
    message: '"9999999TB" is more than 9007199254740991 bytes, the largest size.',
  })
})
