/**
 * Goal: where the meanings coincide, our values are PostgreSQL's. Method: random typed
 * expressions over rows with NULLs and corner values, computed by both; PGlite is PostgreSQL
 * itself, in one query.
 */

import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Row, Value } from '../value.ts'
import { EvaluationError } from './errors.ts'
import { checkExpression, compileExpression } from './expression.ts'
import { columnsOf, TEST_CONTEXT } from './testing/evaluate.ts'
import { type Kind, type Pair, TypedGenerator } from './testing/typed-generator.ts'
import { parseTimestamp } from './timestamp.ts'
import { EMPTY_ROW } from './typed.ts'

const SCHEMA = {
  i: 'integer',
  j: 'integer',
  d: 'double',
  e: 'double',
  s: 'string',
  t: 'string',
  p: 'boolean',
  q: 'boolean',
  at: 'timestamp',
  til: 'timestamp',
}
const COLUMNS = columnsOf(SCHEMA)
const SCOPE = { relations: [{ columns: COLUMNS }] }

const ROWS: readonly Row[] = [
  [1, 2, 1.5, -2.25, 'abc', 'b', true, false, 1_772_895_845_678, 1_709_251_199_999],
  [0, -3, 0, 3.75, '', 'aXbX', false, null, -500, 0],
  [null, 7, null, 0.1, null, 'Hello', null, true, null, 951_782_400_000],
  [-7, 3, -1e10, 1e-5, 'Hello World 42', '%', true, true, 1_583_020_799_000, 1_583_020_799_000],
  [12_345, null, 0.3, null, 'x  ', null, false, false, 1_456_704_000_000, null],
  [4, 4, 2.5, 2.5, 'ab', 'ab', null, null, 1_798_761_599_123, -86_400_001],
]

const COUNT = 700
const SEED = 20_261_121

interface Case extends Pair {
  readonly kind: Kind
}

let answers: readonly (readonly (string | null)[])[] = []
let database: PGlite | undefined
const cases: Case[] = []

beforeAll(async () => {
  const generator = new TypedGenerator(SEED)
  for (let index = 0; index < COUNT; index++) {
    const kind = generator.kind()
    cases.push({ kind, ...generator.make(kind, 3) })
  }
  database = await PGlite.create()
  await database.exec(tableSql())
  const expressions = cases.map(({ kind, postgres }) =>
    kind === 'timestamp' ? `(${postgres})::timestamp(3)` : postgres,
  )
  const result = await database.query<{ answer: (string | null)[] }>(
    'SELECT answers(expression) AS answer FROM unnest($1::text[]) WITH ORDINALITY AS given(expression, place) ORDER BY place',
    [expressions],
  )
  answers = result.rows.map(({ answer }) => answer)
})

afterAll(async () => {
  await database?.close()
})

/**
 * The rows, and a function that gives the text of an expression for each, with ERROR where it has
 * none.
 */
function tableSql(): string {
  const columns = COLUMNS.map(({ name, type }) => `${name} ${SQL_TYPES[type.kind] ?? 'text'}`)
  const values = ROWS.map(
    (row, id) => `(${[id, ...row.map((value, index) => sqlValue(value, index))].join(', ')})`,
  )
  return `
    CREATE TABLE rows (id int, ${columns.join(', ')});
    INSERT INTO rows VALUES ${values.join(', ')};
    CREATE FUNCTION answers(expression text) RETURNS text[] LANGUAGE plpgsql AS $$
    DECLARE found text[]; one text; place int;
    BEGIN
      BEGIN
        EXECUTE 'SELECT array_agg((' || expression || ')::text ORDER BY id) FROM rows' INTO found;
        RETURN found;
      EXCEPTION WHEN data_exception THEN found := ARRAY[]::text[];
      END;
      FOR place IN 0..${ROWS.length - 1} LOOP
        BEGIN
          EXECUTE 'SELECT (' || expression || ')::text FROM rows WHERE id = ' || place INTO one;
        EXCEPTION WHEN data_exception THEN one := 'ERROR';
        END;
        found := array_append(found, one);
      END LOOP;
      RETURN found;
    END $$;`
}

const SQL_TYPES: Readonly<Record<string, string>> = {
  integer: 'bigint',
  double: 'float8',
  string: 'text COLLATE "C"',
  boolean: 'boolean',
  timestamp: 'timestamp',
}

function sqlValue(value: Value, index: number): string {
  if (value === null) return 'NULL'
  if (COLUMNS[index]?.type.kind === 'timestamp')
    return `'epoch'::timestamp + ${String(value)} * interval '1 ms'`
  return typeof value === 'string' ? `'${value}'` : String(value)
}

type Answer = { readonly value: Value } | { readonly error: string }

function ours({ ours: text }: Case): readonly Answer[] {
  const { evaluate } = compileExpression(text, SCOPE, TEST_CONTEXT)
  return ROWS.map((row) => {
    try {
      return { value: evaluate(row, EMPTY_ROW) }
    } catch (error) {
      if (error instanceof EvaluationError) return { error: error.message }
      throw error
    }
  })
}

function theirs(text: string | null, kind: Kind): Value {
  if (text === null || kind === 'string') return text
  if (kind === 'boolean') return text === 'true'
  return kind === 'timestamp' ? parseTimestamp(text) : Number(text)
}

/** Functions such as LN may differ in the last digit, which is the C library's. */
function isClose(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a !== 'number' || typeof b !== 'number') return false
  return Math.abs(a - b) <= 1e-11 * Math.max(Math.abs(a), Math.abs(b))
}

describe(`${COUNT} random expressions, seed ${SEED}`, () => {
  test('have no problem', () => {
    const problems = cases.flatMap(({ ours: text }) =>
      checkExpression(text, SCOPE).problems.map(({ message }) => `${text}: ${message}`),
    )
    expect(problems).toEqual([])
  })

  test('have the values that PostgreSQL computes', () => {
    const differences: string[] = []
    let compared = 0
    for (const [index, each] of cases.entries()) {
      const found = ours(each)
      for (const [place, row] of ROWS.entries()) {
        const text = answers[index]?.[place] ?? null
        const answer = found[place] ?? { error: 'no answer' }
        if (text === 'ERROR' || 'error' in answer) continue
        compared++
        const value = theirs(text, each.kind)
        if (isClose(answer.value, value)) continue
        differences.push(
          `${each.ours} over ${JSON.stringify(row)}: ${JSON.stringify(answer.value)}, PostgreSQL ${JSON.stringify(value)}`,
        )
      }
    }
    expect(differences).toEqual([])
    expect(compared).toBeGreaterThan(COUNT * ROWS.length * 0.8)
  })

  // PostgreSQL may evaluate in another order and at another time where a part can be skipped.
  test('are refused where PostgreSQL refuses them, unless a part may be skipped', () => {
    const differences: string[] = []
    let refused = 0
    for (const [index, each] of cases.entries()) {
      if (/\b(?:AND|OR|CASE|COALESCE|IN|NULLIF)\b/.test(each.ours)) continue
      const found = ours(each)
      for (const [place, row] of ROWS.entries()) {
        const answer = found[place] ?? { error: 'no answer' }
        const refusedThere = answers[index]?.[place] === 'ERROR'
        if ('error' in answer && refusedThere) refused++
        if ('error' in answer === refusedThere) continue
        if ('error' in answer && answer.error.includes('beyond')) continue
        if ('value' in answer && !Number.isFinite(answer.value)) continue
        differences.push(
          `${each.ours} over ${JSON.stringify(row)}: ${JSON.stringify(answer)}, PostgreSQL ${answers[index]?.[place]}`,
        )
      }
    }
    expect(differences).toEqual([])
    expect(refused).toBeGreaterThan(10)
  })
})
