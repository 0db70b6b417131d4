/**
 * What the editor's completion lists and the docs page says: generated from the tables of
 * functions.
 */

import { AGGREGATES as KNOWN_AGGREGATES, type KnownAggregate } from './aggregates/table.ts'
import {
  FUNCTIONS as KNOWN_FUNCTIONS,
  type KnownFunction,
  UNAVAILABLE_FUNCTIONS,
} from './functions/index.ts'

export interface FunctionEntry {
  readonly name: string
  /** Other names for the same. */
  readonly aliases: readonly string[]
  readonly category: string
  /** How it is written, with the types of its arguments and its result where the grammar allows. */
  readonly usage: readonly string[]
  /** Full sentences, in Markdown. */
  readonly description: string
}

/** Scalar functions, in the order of the docs. */
export const FUNCTIONS: readonly FunctionEntry[] = KNOWN_FUNCTIONS.map(functionEntry)

/** Aggregates, in the order of the docs. */
export const AGGREGATES: readonly FunctionEntry[] = KNOWN_AGGREGATES.map(aggregateEntry)

function functionEntry({ definition, category }: KnownFunction): FunctionEntry {
  const { name, aliases = [], usage, signatures, description } = definition
  return {
    name,
    aliases,
    category,
    usage: usage === undefined ? signatures : [usage],
    description,
  }
}

function aggregateEntry({ definition }: KnownAggregate): FunctionEntry {
  const { name, usage, signatures, description } = definition
  return {
    name,
    aliases: [],
    category: 'Aggregates',
    usage: usage === undefined ? signatures : [usage],
    description,
  }
}

/** `docs/expressions.md`. */
export function functionsMarkdown(): string {
  const categories = [...new Set(FUNCTIONS.map(({ category }) => category))]
  const sections = categories.map((category) => {
    const known = KNOWN_FUNCTIONS.filter((one) => one.category === category)
    return section(
      category,
      known.map((one) => entryText(functionEntry(one), functionExamples(one))),
    )
  })
  const aggregates = KNOWN_AGGREGATES.map((one) => {
    return entryText(aggregateEntry(one), aggregateExamples(one))
  })
  const unavailable = [...UNAVAILABLE_FUNCTIONS].map(
    ([name, reason]) => `- \`${name}\`: ${reason}.`,
  )
  return [
    LANGUAGE,
    ...sections,
    section('Aggregates', aggregates),
    `## Not available\n\n${unavailable.join('\n')}`,
  ]
    .join('\n\n')
    .concat('\n')
}

function functionExamples({ definition }: KnownFunction): readonly string[] {
  return definition.examples.map(([expression, result]) => `${expression}  -- ${result}`)
}

function aggregateExamples({ definition }: KnownAggregate): readonly string[] {
  return definition.examples.map(({ aggregate, values, result }) => {
    return `${aggregate} over ${values.join(', ')}  -- ${result}`
  })
}

function section(title: string, entries: readonly string[]): string {
  return [`## ${title}`, ...entries].join('\n\n')
}

function entryText(
  { name, aliases, usage, description }: FunctionEntry,
  examples: readonly string[],
): string {
  const also =
    aliases.length === 0
      ? ''
      : ` Also written ${aliases.map((alias) => `\`${alias}\``).join(', ')}.`
  const written = usage.map((text) => `\`${text}\``).join('<br>')
  const shown = examples.length === 0 ? [] : [['```sql', ...examples, '```'].join('\n')]
  return [`### ${name}`, written, `${description}${also}`, ...shown].join('\n\n')
}

const LANGUAGE = `# Expressions

Expressions are SQL scalar expressions with the meaning that Flink SQL gives them. Each is checked against the columns it
may read while it is typed. This page is generated from the tables that the checker and the compiler use; every example
on it is a test.

## Language

| what | how it is written |
|---|---|
| numbers | \`1\` is an integer, exact up to 2^53 - 1; \`1.5\`, \`.5\` and \`1e3\` are doubles |
| texts | \`'it''s'\` |
| constants | \`TRUE\`, \`FALSE\`, \`NULL\` |
| times | \`TIMESTAMP '2026-01-31 12:00:00.000'\`, in UTC unless the text names an offset |
| intervals | \`INTERVAL '1' DAY\`, \`INTERVAL '1:30' HOUR TO MINUTE\`, \`INTERVAL '1-6' YEAR TO MONTH\` |
| lists and records | \`ARRAY[1, 2]\`, \`ROW(1, 'a')\` |
| columns | \`page\`, \`left.page\` in a join, \`a.page\` of the last record of stage a in a pattern; odd names in backquotes: \`\` \`odd name\` \`\`. No name is reserved; one that the grammar takes for a keyword at its place needs backquotes |
| paths | \`a.b[1].c\`, counting from 1, into records, lists and values of type any; \`doc['odd name']\` into JSON objects |
| arithmetic | \`+ - * / %\`, unary \`-\`; texts are joined with \`\\|\\|\` |
| comparison | \`= <> != < <= > >=\`, \`IS [NOT] DISTINCT FROM\`, \`[NOT] BETWEEN [SYMMETRIC] a AND b\`, \`[NOT] IN (a, b)\`, \`(start, end) OVERLAPS (start, end)\` |
| patterns | \`[NOT] LIKE pattern [ESCAPE character]\`, \`[NOT] SIMILAR TO pattern [ESCAPE character]\` |
| logic | \`AND\`, \`OR\`, \`NOT\`, \`IS [NOT] NULL\`, \`IS [NOT] TRUE\`, \`FALSE\`, \`UNKNOWN\` |
| choice | \`CASE WHEN a THEN b ELSE c END\`, \`CASE x WHEN 1, 2 THEN a END\` |
| types | \`CAST(x AS type)\`; \`TRY_CAST\` gives NULL where CAST refuses the record. Types are those of schemas, or Flink's: \`ARRAY<STRING>\`, \`ROW<a INTEGER>\` |
| JSON | \`x IS [NOT] JSON [VALUE, SCALAR, ARRAY or OBJECT]\` |
| comments | \`-- to the end of the line\`, \`/* between */\` |

From weak to strong: \`OR\`, \`AND\`, \`NOT\`, \`IS\`, comparison, \`BETWEEN IN LIKE SIMILAR\`, \`+ -\`, \`* / % ||\`, sign, \`.\` and \`[]\`.
Comparisons cannot be chained.

- **NULL is unknown.** A comparison with NULL is NULL, \`FALSE AND NULL\` is FALSE, \`TRUE OR NULL\` is TRUE, and a condition holds
  only where it is TRUE. \`AND\`, \`OR\`, \`CASE\`, \`IF\` and \`COALESCE\` stop as soon as the result is known.
- **Integers stay integers.** \`7 / 2\` is 3 and \`-7 / 2\` is -3. An integer beyond 2^53 - 1 refuses the record.
- **Division by zero refuses the record**, for doubles too, which differs from Flink: neither JSON nor a user has a use for infinity.
- **Types are not converted silently**, but for an integer beside a double. A value of type any must be CAST before it is calculated
  with or compared.
- **Values of type any are JSON**, whose numbers are doubles: a whole number beyond 2^53 - 1 in one is rounded when it is read. A column of
  type integer refuses such a record instead. Where every digit counts, write it as a text, and declare a column of type string.
- **Characters are code points**; texts are compared by UTF-16 code unit, as everywhere in Millrace.
- **A CAST to integer** cuts off digits after the point; a CAST of a double to a string writes \`1.0\` and \`1.0E7\`, as in Flink.
- **Regular expressions** are RE2's: as Java's, without back-references and look-around, in linear time.

Limits: 16,384 characters and 2,000 parts an expression, 64 levels of nesting, texts of 1,048,576 characters, lists of 100,000
elements, and 67,108,864 characters and elements read and made for one record.

An aggregate text combines calls of aggregates and the group columns: \`ROUND(SUM(ms) / COUNT(*), 2)\`. NULL is ignored by every
aggregate. \`FILTER (WHERE condition)\` after a call counts only the records for which the condition holds.
FIRST_VALUE, LAST_VALUE, LISTAGG and COLLECT go by event time, ties by arrival. Over a table without event time all are ties, and a
value that is taken back is looked for among all that came before it in its group: about 1 ms where there are 100,000.`
