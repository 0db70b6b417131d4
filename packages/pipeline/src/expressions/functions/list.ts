/** Functions of lists. Positions count from 1. */

import { typeText } from '../../type.ts'
import { canonicalText, compareValues, isJsonObject, type Value } from '../../value.ts'
import { EvaluationError } from '../errors.ts'
import { checkListLength, checkStringLength, sizeOf } from '../limits.ts'
import type { CompileContext, Evaluate, Typed } from '../typed.ts'
import type { FunctionDefinition } from './definition.ts'

type List = readonly Value[]

export const LIST_FUNCTIONS: readonly FunctionDefinition[] = [
  {
    name: 'CARDINALITY',
    signatures: ['CARDINALITY(list: list<T>): integer', 'CARDINALITY(json: any): integer'],
    description:
      'The number of elements of a list, or of a JSON array or object; NULL for another JSON value.',
    examples: [
      ['CARDINALITY(ARRAY[1, 2, NULL])', '3'],
      ['CARDINALITY(PARSE_JSON(\'{"a": 1}\'))', '1'],
      ["CARDINALITY(PARSE_JSON('5'))", 'NULL'],
    ],
    apply: (value: Value) =>
      Array.isArray(value) ? value.length : isJsonObject(value) ? Object.keys(value).length : null,
  },
  {
    name: 'ELEMENT',
    signatures: ['ELEMENT(list: list<T>): T'],
    description: 'The only element of a list; NULL where it is empty. A longer list is refused.',
    examples: [
      ['ELEMENT(ARRAY[5])', '5'],
      ['ELEMENT(CAST(NULL AS ARRAY<INTEGER>))', 'NULL'],
    ],
    apply: (list: List) => {
      if (list.length > 1)
        throw new EvaluationError(
          `ELEMENT takes a list of one element, but it has ${list.length}. Write list[1] for the first.`,
          'not-one-element',
        )
      return list[0] ?? null
    },
  },
  {
    name: 'ARRAY_CONTAINS',
    signatures: ['ARRAY_CONTAINS(list: list<T>, element: T): boolean'],
    description: 'Whether an element is in the list. NULL is looked for like any value.',
    examples: [
      ['ARRAY_CONTAINS(ARRAY[1, 2], 2)', 'TRUE'],
      ['ARRAY_CONTAINS(ARRAY[1, NULL], NULL)', 'TRUE'],
      ["ARRAY_CONTAINS(ARRAY['a'], 'b')", 'FALSE'],
    ],
    compile: (args, context) =>
      withElement(args, context, (list, element) => list.some((item) => same(item, element))),
  },
  {
    name: 'ARRAY_POSITION',
    signatures: ['ARRAY_POSITION(list: list<T>, element: T): integer'],
    description: 'Where an element first stands; 0 where it does not.',
    examples: [
      ["ARRAY_POSITION(ARRAY['a', 'b'], 'b')", '2'],
      ['ARRAY_POSITION(ARRAY[1], 5)', '0'],
    ],
    weight: 1,
    apply: (list: List, element: Value) => list.findIndex((item) => same(item, element)) + 1,
  },
  {
    name: 'ARRAY_REMOVE',
    signatures: ['ARRAY_REMOVE(list: list<T>, element: T): list<T>'],
    description: 'The list without the elements that are equal to this one.',
    examples: [
      ['ARRAY_REMOVE(ARRAY[1, 2, 1], 1)', 'ARRAY[2]'],
      ['ARRAY_REMOVE(ARRAY[1, NULL], NULL)', 'ARRAY[1]'],
    ],
    compile: (args, context) =>
      withElement(args, context, (list, element) => list.filter((item) => !same(item, element))),
  },
  {
    name: 'ARRAY_APPEND',
    signatures: ['ARRAY_APPEND(list: list<T>, element: T): list<T>'],
    description: 'The list with an element more at its end.',
    examples: [
      ['ARRAY_APPEND(ARRAY[1], 2)', 'ARRAY[1, 2]'],
      ['ARRAY_APPEND(ARRAY[1], NULL)', 'ARRAY[1, NULL]'],
    ],
    compile: (args, context) =>
      withElement(args, context, (list, element) => bounded([...list, element])),
  },
  {
    name: 'ARRAY_PREPEND',
    signatures: ['ARRAY_PREPEND(list: list<T>, element: T): list<T>'],
    description: 'The list with an element more at its beginning.',
    examples: [['ARRAY_PREPEND(ARRAY[1], 2)', 'ARRAY[2, 1]']],
    compile: (args, context) =>
      withElement(args, context, (list, element) => bounded([element, ...list])),
  },
  {
    name: 'ARRAY_CONCAT',
    signatures: ['ARRAY_CONCAT(...lists: list<T>): list<T>'],
    description: 'The lists one after another.',
    examples: [
      ['ARRAY_CONCAT(ARRAY[1], ARRAY[2, 3])', 'ARRAY[1, 2, 3]'],
      ['ARRAY_CONCAT(ARRAY[1], NULL)', 'NULL'],
    ],
    weight: 1,
    apply: (...lists: List[]) => {
      let length = 0
      for (const list of lists) length += list.length
      checkListLength(length)
      return lists.flat()
    },
  },
  {
    name: 'ARRAY_DISTINCT',
    signatures: ['ARRAY_DISTINCT(list: list<T>): list<T>'],
    description: 'Each different element once, in the order of the first ones.',
    examples: [['ARRAY_DISTINCT(ARRAY[1, 2, 1, NULL, NULL])', 'ARRAY[1, 2, NULL]']],
    weight: 4,
    apply: distinct,
  },
  {
    name: 'ARRAY_UNION',
    signatures: ['ARRAY_UNION(list: list<T>, other: list<T>): list<T>'],
    description: 'Each different element of both lists once.',
    examples: [['ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3])', 'ARRAY[1, 2, 3]']],
    weight: 4,
    apply: (list: List, other: List) => distinct(bounded([...list, ...other])),
  },
  {
    name: 'ARRAY_INTERSECT',
    signatures: ['ARRAY_INTERSECT(list: list<T>, other: list<T>): list<T>'],
    description: 'Each different element that is in both lists, once.',
    examples: [['ARRAY_INTERSECT(ARRAY[1, 2, 2], ARRAY[2, 3])', 'ARRAY[2]']],
    weight: 4,
    apply: (list: List, other: List) => {
      const keys = new Set(other.map(canonicalText))
      return distinct(list.filter((item) => keys.has(canonicalText(item))))
    },
  },
  {
    name: 'ARRAY_EXCEPT',
    signatures: ['ARRAY_EXCEPT(list: list<T>, other: list<T>): list<T>'],
    description: 'Each different element of the first list that is not in the second, once.',
    examples: [['ARRAY_EXCEPT(ARRAY[1, 2, 3], ARRAY[2])', 'ARRAY[1, 3]']],
    weight: 4,
    apply: (list: List, other: List) => {
      const keys = new Set(other.map(canonicalText))
      return distinct(list.filter((item) => !keys.has(canonicalText(item))))
    },
  },
  {
    name: 'ARRAY_REVERSE',
    signatures: ['ARRAY_REVERSE(list: list<T>): list<T>'],
    description: 'The elements from last to first.',
    examples: [['ARRAY_REVERSE(ARRAY[1, 2, 3])', 'ARRAY[3, 2, 1]']],
    weight: 1,
    apply: (list: List) => list.toReversed(),
  },
  {
    name: 'ARRAY_SORT',
    signatures: ['ARRAY_SORT(list: list<C>, ascending?: boolean, nullsFirst?: boolean): list<C>'],
    description:
      'The elements in ascending order, or descending. NULL stands first when ascending and last when descending, unless the third argument says otherwise.',
    examples: [
      ['ARRAY_SORT(ARRAY[3, NULL, 1])', 'ARRAY[NULL, 1, 3]'],
      ['ARRAY_SORT(ARRAY[1, 3, 2], FALSE)', 'ARRAY[3, 2, 1]'],
      ['ARRAY_SORT(ARRAY[2, NULL, 1], TRUE, FALSE)', 'ARRAY[1, 2, NULL]'],
    ],
    weight: 8,
    apply: sorted,
  },
  {
    name: 'ARRAY_SLICE',
    signatures: ['ARRAY_SLICE(list: list<T>, start: integer, end?: integer): list<T>'],
    description:
      'The elements from one position to another, both included. Positions below 0 count from the end.',
    examples: [
      ['ARRAY_SLICE(ARRAY[1, 2, 3, 4], 2, 3)', 'ARRAY[2, 3]'],
      ['ARRAY_SLICE(ARRAY[1, 2, 3, 4], -2)', 'ARRAY[3, 4]'],
      ['ARRAY_SLICE(ARRAY[1, 2, 3], 1, -2)', 'ARRAY[1, 2]'],
    ],
    weight: 1,
    apply: slice,
  },
  {
    name: 'ARRAY_MAX',
    signatures: ['ARRAY_MAX(list: list<C>): C'],
    description: 'The largest element that is not NULL.',
    examples: [
      ['ARRAY_MAX(ARRAY[1, NULL, 3])', '3'],
      ['ARRAY_MAX(CAST(ARRAY[NULL] AS ARRAY<INTEGER>))', 'NULL'],
    ],
    weight: 1,
    apply: (list: List) => extreme(list, 1),
  },
  {
    name: 'ARRAY_MIN',
    signatures: ['ARRAY_MIN(list: list<C>): C'],
    description: 'The smallest element that is not NULL.',
    examples: [
      ['ARRAY_MIN(ARRAY[2, NULL, 1])', '1'],
      ["ARRAY_MIN(ARRAY['b', 'a'])", "'a'"],
    ],
    weight: 1,
    apply: (list: List) => extreme(list, -1),
  },
  {
    name: 'ARRAY_JOIN',
    signatures: ['ARRAY_JOIN(list: list<string>, separator: string, nullText?: string): string'],
    description:
      'The elements with a separator between them. NULL is left out, or written as the third argument says.',
    examples: [
      ["ARRAY_JOIN(ARRAY['a', NULL, 'b'], '-')", "'a-b'"],
      ["ARRAY_JOIN(ARRAY['a', NULL], '-', '?')", "'a-?'"],
    ],
    weight: 1,
    apply: (list: List, separator: string, nullText?: string) => {
      const parts =
        nullText === undefined
          ? list.filter((item) => item !== null)
          : list.map((item) => item ?? nullText)
      let length = 0
      for (const part of parts) length += sizeOf(part) + separator.length
      checkStringLength(length)
      return parts.join(separator)
    },
  },
  {
    name: 'TYPEOF',
    signatures: ['TYPEOF(value: T): string'],
    description: 'The name of the type, as in a schema.',
    examples: [
      ['TYPEOF(1)', "'integer'"],
      ["TYPEOF(ARRAY['a'])", "'list<string>'"],
      ['TYPEOF(NULL)', "'null'"],
    ],
    compile: (args) => {
      const name = typeName(args[0])
      return () => name
    },
  },
]

function typeName(arg: Typed | undefined): string {
  return arg === undefined ? 'null' : typeText(arg.type)
}

/** NULL where the list is, but the element may be NULL. */
function withElement(
  args: readonly Typed[],
  context: CompileContext,
  apply: (list: List, element: Value) => Value,
): Evaluate {
  const [list, element] = args.map((arg) => arg.compile(context))
  return (row, other) => {
    const values = list?.(row, other) ?? null
    if (values === null) return null
    context.meter.charge(sizeOf(values))
    return apply(values as List, element?.(row, other) ?? null)
  }
}

function same(a: Value, b: Value): boolean {
  return a === b || (typeof a === 'object' && compareValues(a, b) === 0)
}

function bounded(list: List): List {
  checkListLength(list.length)
  return list
}

function distinct(list: List): List {
  const seen = new Set<string>()
  return list.filter((item) => {
    const key = canonicalText(item)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function sorted(list: List, ascending = true, nullsFirst = ascending): List {
  const nulls = list.filter((item) => item === null)
  const values = list
    .filter((item) => item !== null)
    .sort((a, b) => (ascending ? compareValues(a, b) : compareValues(b, a)))
  return nullsFirst ? [...nulls, ...values] : [...values, ...nulls]
}

function slice(list: List, start: number, end = list.length): List {
  const from = start < 0 ? Math.max(list.length + start, 0) : Math.max(start - 1, 0)
  const to = end < 0 ? list.length + end + 1 : end
  return to <= from ? [] : list.slice(from, to)
}

function extreme(list: List, sign: number): Value {
  let best: Value = null
  for (const item of list) {
    if (item !== null && (best === null || compareValues(item, best) * sign > 0)) best = item
  }
  return best
}
