/**
 * Leaves out of the page how operators run, read and keep state, and their long descriptions and
 * examples: it shows and checks operators, an engine host runs them, and the API tells the rest
 * (`/api/v1/operators`). So too with expressions: the page checks them, and has no use for the
 * examples of functions, for what aggregates keep, nor for how a host writes JavaScript for them.
 *
 * In every `defineOperator({ … })` and in the tables of functions these properties are blanked out;
 * what only they used then falls away with the tree's other dead wood. Blanks keep every other
 * character in its place, so that source maps stay right.
 */

import type { Plugin } from 'vite'

type Names = ReadonlySet<string | undefined>

const OF_OPERATORS: Names = new Set([
  ...['run', 'read', 'topicPlaces', 'startAt', 'firesByClock'],
  ...['stateVersion', 'stateUpgrades', 'configBesideState', 'carriedSettings'],
  ...['inspectWindows', 'nextWindowEnd', 'inspectRows', 'writtenSince'],
  ...['details', 'examples'],
])
/** Of what has signatures: functions and aggregates. */
const OF_FUNCTIONS: Names = new Set(['examples', 'state', 'retractableState'])
/** Constants are computed by closures. */
const OF_EXPRESSIONS: Names = new Set(['generate'])

const PACKAGES = /\/packages\/[a-z]+\/src\/.*\.ts$/
const EXPRESSIONS = /\/packages\/pipeline\/src\/expressions\//

export function operatorsAsShown(): Plugin {
  return {
    name: 'operators-as-shown',
    apply: 'build',
    transform: {
      filter: { id: PACKAGES },
      handler(code, id) {
        let text = code
        const found = EXPRESSIONS.test(id) ? leftOutOfTables : leftOutOfOperators
        for (const { start, end } of leftOut(this.parse(code), found)) {
          const after = /^\s*,/.exec(text.slice(end))?.[0].length ?? 0
          const blank = text.slice(start, end + after).replace(/\S/g, ' ')
          text = text.slice(0, start) + blank + text.slice(end + after)
        }
        // Nothing in these packages happens by being imported, so that what is unused may go.
        return { code: text, map: null, moduleSideEffects: false }
      },
    },
  }
}

interface Place {
  readonly start: number
  readonly end: number
}

interface Property extends Place {
  readonly key?: { readonly name?: string }
}

interface Part {
  readonly type?: string
  readonly callee?: { readonly name?: string }
  readonly arguments?: readonly { readonly properties?: readonly Property[] }[]
  readonly properties?: readonly Property[]
}

/** What is left out of one part of a module; undefined where it may lie deeper. */
type Find = (part: Part) => readonly Property[] | undefined

/** In the order of the text, none within another. */
function leftOut(tree: unknown, find: Find): readonly Place[] {
  if (Array.isArray(tree)) return tree.flatMap((part) => leftOut(part, find))
  if (typeof tree !== 'object' || tree === null) return []
  const found = find(tree)
  if (found === undefined) return Object.values(tree).flatMap((part) => leftOut(part, find))
  return found
}

function leftOutOfOperators(part: Part): readonly Property[] | undefined {
  if (part.type !== 'CallExpression' || part.callee?.name !== 'defineOperator') return undefined
  return named(part.arguments?.[0]?.properties, OF_OPERATORS)
}

function leftOutOfTables({ type, properties }: Part): readonly Property[] | undefined {
  if (type !== 'ObjectExpression') return undefined
  const isFunction = properties?.some(({ key }) => key?.name === 'signatures') === true
  const found = named(properties, isFunction ? OF_FUNCTIONS : OF_EXPRESSIONS)
  return found.length === 0 ? undefined : found
}

function named(properties: readonly Property[] = [], names: Names): readonly Property[] {
  return properties.filter(({ key }) => names.has(key?.name))
}
