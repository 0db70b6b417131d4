/**
 * Random expressions that mean the same in our language and in PostgreSQL's, each in both
 * spellings.
 *
 * Left out is what differs by design: Flink's GREATEST is NULL beside a NULL, its CAST to integer
 * cuts off, its week begins on Sunday, its LIKE has no escape character, and so on.
 */

import { Dice } from './random.ts'

export type Kind = 'integer' | 'double' | 'string' | 'boolean' | 'timestamp'

export interface Pair {
  readonly ours: string
  readonly postgres: string
}

const COLUMNS: Readonly<Record<Kind, readonly string[]>> = {
  integer: ['i', 'j'],
  double: ['d', 'e'],
  string: ['s', 't'],
  boolean: ['p', 'q'],
  timestamp: ['at', 'til'],
}

const TEXTS = ['', 'a', 'b', 'ab', 'abc', 'Hello', 'x y', 'aXbX', '%', '1', '-7', '42']
const TIMES = [
  '2024-02-29 23:59:59.999',
  '2026-03-07 15:04:05.678',
  '1969-12-31 23:59:59.500',
  '2000-01-01 00:00:00',
]
const UNITS = [
  'YEAR',
  'QUARTER',
  'MONTH',
  'WEEK',
  'DAY',
  'HOUR',
  'MINUTE',
  'DOY',
  'ISODOW',
  'ISOYEAR',
  'DECADE',
  'CENTURY',
]

type Make = (depth: number) => Pair

export class TypedGenerator {
  readonly #dice: Dice

  constructor(seed: number) {
    this.#dice = new Dice(seed)
  }

  kind(): Kind {
    return this.#dice.pick([
      'integer',
      'double',
      'string',
      'boolean',
      'boolean',
      'timestamp',
    ] as const)
  }

  make(kind: Kind, depth: number): Pair {
    if (depth <= 0 || this.#dice.chance(0.1)) return this.#leaf(kind)
    return this.#dice.pick([...this.#forms[kind], ...this.#anyForms(kind)])(depth - 1)
  }

  #leaf(kind: Kind): Pair {
    if (this.#dice.chance(0.6)) return same(this.#dice.pick(COLUMNS[kind]))
    if (this.#dice.chance(0.06))
      return { ours: `CAST(NULL AS ${kind})`, postgres: `CAST(NULL AS ${POSTGRES_TYPES[kind]})` }
    return this.#literal(kind)
  }

  #literal(kind: Kind): Pair {
    switch (kind) {
      case 'integer': {
        const value = this.#dice.pick([0, 1, 2, 3, 7, 10, 100, 12345])
        return { ours: `${value}`, postgres: `${value}::bigint` }
      }
      case 'double': {
        const value = this.#dice.pick(['0.0', '0.5', '1.5', '2.25', '100.125', '1e3'])
        return { ours: value, postgres: `${value}::float8` }
      }
      case 'string': {
        const text = quoted(this.#dice.pick(TEXTS))
        return { ours: text, postgres: `(${text} COLLATE "C")` }
      }
      case 'boolean':
        return same(this.#dice.pick(['TRUE', 'FALSE']))
      case 'timestamp':
        return same(`TIMESTAMP '${this.#dice.pick(TIMES)}'`)
    }
  }

  /** Forms that every type has. */
  #anyForms(kind: Kind): Make[] {
    const of: Make = (depth) => this.make(kind, depth)
    const condition: Make = (depth) => this.make('boolean', depth)
    return [
      (depth) => form`CASE WHEN ${condition(depth)} THEN ${of(depth)} ELSE ${of(depth)} END`,
      (depth) => form`CASE WHEN ${condition(depth)} THEN ${of(depth)} END`,
      (depth) => form`COALESCE(${of(depth)}, ${of(depth)})`,
      (depth) => form`NULLIF(${of(depth)}, ${of(depth)})`,
    ]
  }

  readonly #integer: Make = (depth) => this.make('integer', depth)
  readonly #double: Make = (depth) => this.make('double', depth)
  readonly #string: Make = (depth) => this.make('string', depth)
  readonly #boolean: Make = (depth) => this.make('boolean', depth)
  readonly #timestamp: Make = (depth) => this.make('timestamp', depth)
  readonly #number: Make = (depth) =>
    this.make(this.#dice.pick(['integer', 'double'] as const), depth)
  readonly #small = (): Pair => same(String(this.#dice.below(6)))

  readonly #forms: Readonly<Record<Kind, readonly Make[]>> = {
    integer: [
      (depth) => form`(${this.#integer(depth)} + ${this.#integer(depth)})`,
      (depth) => form`(${this.#integer(depth)} - ${this.#integer(depth)})`,
      (depth) => form`(${this.#integer(depth)} * ${this.#integer(depth)})`,
      (depth) => form`(${this.#integer(depth)} / ${this.#integer(depth)})`,
      (depth) => form`(${this.#integer(depth)} % ${this.#integer(depth)})`,
      (depth) => form`(- ${this.#integer(depth)})`,
      (depth) => form`ABS(${this.#integer(depth)})`,
      (depth) => form`MOD(${this.#integer(depth)}, ${this.#integer(depth)})`,
      (depth) => form`CHAR_LENGTH(${this.#string(depth)})`,
      (depth) => form`POSITION(${this.#string(depth)} IN ${this.#string(depth)})`,
      (depth) => form`ASCII(${this.#string(depth)})`,
      (depth) => cast(this.#boolean(depth), 'INTEGER', 'int::bigint'),
      (depth) =>
        form`CAST(${same(quoted(this.#dice.pick(['12', '-3', ' 7 '])))} AS ${{ ours: 'BIGINT', postgres: 'BIGINT' }}) + ${this.#integer(depth)}`,
      (depth) => {
        const unit = this.#dice.pick(UNITS)
        const at = this.#timestamp(depth)
        return {
          ours: `EXTRACT(${unit} FROM ${at.ours})`,
          postgres: `EXTRACT(${unit} FROM ${at.postgres})::bigint`,
        }
      },
      (depth) => {
        const at = this.#timestamp(depth)
        return {
          ours: `EXTRACT(SECOND FROM ${at.ours})`,
          postgres: `floor(EXTRACT(SECOND FROM ${at.postgres}))::bigint`,
        }
      },
      (depth) => {
        const at = this.#timestamp(depth)
        return {
          ours: `DAYOFWEEK(${at.ours})`,
          postgres: `(EXTRACT(DOW FROM ${at.postgres})::bigint + 1)`,
        }
      },
      (depth) => form`CARDINALITY(ARRAY[${this.#integer(depth)}, ${this.#integer(depth)}])`,
      (depth) => {
        const [a, b, index] = [this.#integer(depth), this.#integer(depth), this.#dice.below(3) + 1]
        return {
          ours: `ARRAY[${a.ours}, ${b.ours}][${index}]`,
          postgres: `(ARRAY[${a.postgres}, ${b.postgres}])[${index}]`,
        }
      },
    ],
    double: [
      (depth) => form`(${this.#double(depth)} + ${this.#number(depth)})`,
      (depth) => form`(${this.#number(depth)} - ${this.#double(depth)})`,
      (depth) => form`(${this.#double(depth)} * ${this.#number(depth)})`,
      (depth) => form`(${this.#number(depth)} / ${this.#double(depth)})`,
      (depth) => form`(- ${this.#double(depth)})`,
      (depth) => form`FLOOR(${this.#double(depth)})`,
      (depth) => form`CEIL(${this.#double(depth)})`,
      (depth) => form`SQRT(ABS(${this.#double(depth)}))`,
      (depth) => form`SIGN(${this.#double(depth)})`,
      (depth) => form`POWER(${this.#double(depth)}, ${same('2')})`,
      (depth) => form`LN(ABS(${this.#double(depth)}) + ${same('1')})`,
      (depth) => form`DEGREES(${this.#double(depth)})`,
      (depth) => form`ATAN2(${this.#double(depth)}, ${this.#double(depth)})`,
      (depth) => cast(this.#integer(depth), 'DOUBLE', 'float8'),
    ],
    string: [
      (depth) => form`(${this.#string(depth)} || ${this.#string(depth)})`,
      (depth) => form`UPPER(${this.#string(depth)})`,
      (depth) => form`LOWER(${this.#string(depth)})`,
      (depth) => form`INITCAP(${this.#string(depth)})`,
      (depth) => form`REVERSE(${this.#string(depth)})`,
      (depth) => form`TRIM(${this.#string(depth)})`,
      (depth) => form`TRIM(BOTH ${this.#literal('string')} FROM ${this.#string(depth)})`,
      (depth) => form`LTRIM(${this.#string(depth)}, ${same("'a'")})`,
      (depth) => form`RTRIM(${this.#string(depth)}, ${same("'Xb'")})`,
      (depth) =>
        form`SUBSTRING(${this.#string(depth)} FROM ${same(String(this.#dice.below(5) + 1))} FOR ${this.#small()})`,
      (depth) => form`LEFT(${this.#string(depth)}, ${this.#small()})`,
      (depth) => form`RIGHT(${this.#string(depth)}, ${this.#small()})`,
      (depth) => form`LPAD(${this.#string(depth)}, ${this.#small()}, ${same("'xy'")})`,
      (depth) => form`RPAD(${this.#string(depth)}, ${this.#small()}, ${same("'xy'")})`,
      (depth) => form`REPEAT(${this.#string(depth)}, ${this.#small()})`,
      (depth) =>
        form`REPLACE(${this.#string(depth)}, ${this.#literal('string')}, ${this.#string(depth)})`,
      (depth) => form`TRANSLATE(${this.#string(depth)}, ${same("'abX'")}, ${same("'xy'")})`,
      (depth) => form`CONCAT_WS(${same("'-'")}, ${this.#string(depth)}, ${this.#string(depth)})`,
      (depth) => form`MD5(${this.#string(depth)})`,
      (depth) => cast(this.#integer(depth), 'STRING', 'text'),
      (depth) => {
        const text = this.#string(depth)
        return {
          ours: `SHA256(${text.ours})`,
          postgres: `encode(sha256(convert_to(${text.postgres}, 'UTF8')), 'hex')`,
        }
      },
      (depth) => {
        const text = this.#string(depth)
        return {
          ours: `REGEXP_REPLACE(${text.ours}, '[a-b]+', '_')`,
          postgres: `regexp_replace(${text.postgres}, '[a-b]+', '_', 'g')`,
        }
      },
      (depth) => {
        const at = this.#timestamp(depth)
        return {
          ours: `DATE_FORMAT(${at.ours}, 'yyyy/MM/dd HH:mm:ss.SSS')`,
          postgres: `to_char(${at.postgres}, 'YYYY/MM/DD HH24:MI:SS.MS')`,
        }
      },
    ],
    boolean: [
      (depth) => form`(${this.#boolean(depth)} AND ${this.#boolean(depth)})`,
      (depth) => form`(${this.#boolean(depth)} OR ${this.#boolean(depth)})`,
      (depth) => form`(NOT ${this.#boolean(depth)})`,
      (depth) => this.#compared(depth),
      (depth) => this.#compared(depth),
      (depth) => this.#tested(depth),
      (depth) =>
        form`(${this.#boolean(depth)} IS ${same(this.#dice.pick(['TRUE', 'NOT TRUE', 'FALSE', 'NOT FALSE', 'UNKNOWN', 'NOT UNKNOWN']))})`,
      (depth) => this.#ranged(depth),
      (depth) => this.#listed(depth),
      (depth) =>
        form`(${this.#string(depth)} ${same(this.#dice.pick(['LIKE', 'NOT LIKE']))} ${same(quoted(this.#dice.pick(['a%', '%b%', '_b%', '%', 'H_llo', '%a%X', 'abc'])))})`,
      (depth) => {
        const text = this.#string(depth)
        return {
          ours: `REGEXP(${text.ours}, '^[A-Z]|b$')`,
          postgres: `(${text.postgres} ~ '^[A-Z]|b$')`,
        }
      },
      (depth) => {
        const [text, start] = [this.#string(depth), this.#string(depth)]
        return {
          ours: `STARTSWITH(${text.ours}, ${start.ours})`,
          postgres: `starts_with(${text.postgres}, ${start.postgres})`,
        }
      },
      (depth) =>
        form`((${this.#timestamp(depth)} - ${this.#timestamp(depth)}) > INTERVAL '5' HOUR)`,
    ],
    timestamp: [
      (depth) => form`(${this.#timestamp(depth)} + INTERVAL ${this.#interval()})`,
      (depth) => form`(${this.#timestamp(depth)} - INTERVAL ${this.#interval()})`,
      (depth) => {
        const unit = this.#dice.pick([
          'SECOND',
          'MINUTE',
          'HOUR',
          'DAY',
          'MONTH',
          'QUARTER',
          'YEAR',
        ])
        const at = this.#timestamp(depth)
        return {
          ours: `FLOOR(${at.ours} TO ${unit})`,
          postgres: `date_trunc('${unit}', ${at.postgres})`,
        }
      },
    ],
  }

  #interval(): Pair {
    return same(
      this.#dice.pick([
        "'1' DAY",
        "'90' MINUTE",
        "'1 02:03:04' DAY TO SECOND",
        "'2' MONTH",
        "'1-1' YEAR TO MONTH",
        "'1:30' HOUR TO MINUTE",
        "'1' YEAR",
      ]),
    )
  }

  #comparable(): Kind {
    return this.#dice.pick(['integer', 'double', 'string', 'boolean', 'timestamp'] as const)
  }

  #compared(depth: number): Pair {
    const kind = this.#comparable()
    const other = kind === 'integer' && this.#dice.chance(0.3) ? 'double' : kind
    const operator = this.#dice.pick([
      '=',
      '<>',
      '<',
      '<=',
      '>',
      '>=',
      'IS DISTINCT FROM',
      'IS NOT DISTINCT FROM',
    ])
    return form`(${this.make(kind, depth)} ${same(operator)} ${this.make(other, depth)})`
  }

  #tested(depth: number): Pair {
    return form`(${this.make(this.#comparable(), depth)} IS ${same(this.#dice.pick(['NULL', 'NOT NULL']))})`
  }

  #ranged(depth: number): Pair {
    const kind = this.#comparable()
    const word = this.#dice.pick([
      'BETWEEN',
      'NOT BETWEEN',
      'BETWEEN SYMMETRIC',
      'NOT BETWEEN SYMMETRIC',
    ])
    return form`(${this.make(kind, depth)} ${same(word)} ${this.make(kind, depth)} AND ${this.make(kind, depth)})`
  }

  #listed(depth: number): Pair {
    const kind = this.#comparable()
    const word = this.#dice.pick(['IN', 'NOT IN'])
    return form`(${this.make(kind, depth)} ${same(word)} (${this.make(kind, 0)}, ${this.make(kind, depth)}))`
  }
}

const POSTGRES_TYPES: Readonly<Record<Kind, string>> = {
  integer: 'bigint',
  double: 'float8',
  string: 'text',
  boolean: 'boolean',
  timestamp: 'timestamp',
}

function cast(of: Pair, ours: string, postgres: string): Pair {
  return { ours: `CAST(${of.ours} AS ${ours})`, postgres: `((${of.postgres})::${postgres})` }
}

function same(text: string): Pair {
  return { ours: text, postgres: text }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Puts parts into one text in both spellings. */
function form(texts: TemplateStringsArray, ...parts: readonly Pair[]): Pair {
  let ours = ''
  let postgres = ''
  for (const [index, text] of texts.entries()) {
    ours += text + (parts[index]?.ours ?? '')
    postgres += text + (parts[index]?.postgres ?? '')
  }
  return { ours, postgres }
}
