/**
 * Leaves out of the page how operators run, read and keep state, and their long descriptions and
 * examples: it shows and checks operators, an engine host runs them, and the API tells the rest
 * (`/api/v1/operators`).
 *
 * In every `defineOperator({ … })` these properties are blanked out; what only they used then falls
 * away with the tree's other dead wood. Blanks keep every other character in its place, so that
 * source maps stay right.
 */

import type { Plugin } from 'vite'

const LEFT_OUT: ReadonlySet<string | undefined> = new Set([
  ...['run', 'read', 'topicPlaces', 'startAt', 'firesByClock'],
  ...['stateVersion', 'stateUpgrades', 'configBesideState', 'carriedSettings'],
  ...['inspectWindows', 'inspectRows', 'writtenSince'],
  ...['details', 'examples'],
])
const PACKAGES = /\/packages\/[a-z]+\/src\/.*\.ts$/

export function operatorsAsShown(): Plugin {
  return {
    name: 'operators-as-shown',
    apply: 'build',
    transform: {
      filter: { id: PACKAGES },
      handler(code) {
        let text = code
        for (const { start, end } of leftOutOf(this.parse(code))) {
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

/** Wherever in a module an operator is defined. */
function leftOutOf(tree: unknown): readonly Place[] {
  if (Array.isArray(tree)) return tree.flatMap(leftOutOf)
  if (typeof tree !== 'object' || tree === null) return []
  const {
    type,
    callee,
    arguments: given,
  } = tree as {
    readonly type?: string
    readonly callee?: { readonly name?: string }
    readonly arguments?: readonly { readonly properties?: readonly Property[] }[]
  }
  if (type === 'CallExpression' && callee?.name === 'defineOperator') {
    const properties = given?.[0]?.properties ?? []
    return properties.filter(({ key }) => LEFT_OUT.has(key?.name))
  }
  return Object.values(tree).flatMap(leftOutOf)
}

interface Property extends Place {
  readonly key?: { readonly name?: string }
}
