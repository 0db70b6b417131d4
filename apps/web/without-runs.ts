/**
 * Leaves out of the page how operators run: it shows and checks them, and an engine host runs them.
 *
 * In every `defineOperator({ … })` the property `run` is blanked out; what only it used then falls
 * away with the tree's other dead wood. Blanks keep every other character in its place, so that
 * source maps stay right.
 */

import type { Plugin } from 'vite'

const PACKAGES = /\/packages\/[a-z]+\/src\/.*\.ts$/

export function withoutRuns(): Plugin {
  return {
    name: 'without-runs',
    apply: 'build',
    transform: {
      filter: { id: PACKAGES },
      handler(code) {
        let text = code
        for (const { start, end } of runsIn(this.parse(code))) {
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
function runsIn(tree: unknown): readonly Place[] {
  if (Array.isArray(tree)) return tree.flatMap(runsIn)
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
    return properties.filter(({ key }) => key?.name === 'run')
  }
  return Object.values(tree).flatMap(runsIn)
}

interface Property extends Place {
  readonly key?: { readonly name?: string }
}
