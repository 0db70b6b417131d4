/**
 * Builds the designer into `dist`, which the host serves; `vite` alone serves it for development.
 */

import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { operatorsAsShown } from './operators-as-shown.ts'

const HOST = 'http://127.0.0.1:4000'

/** Loaded when it is first needed, in place of the one that is there from the start. */
const LATE_PATTERNS = '../../packages/pipeline/src/expressions/late-pattern-engine.ts'

const ENTRY = fileURLToPath(new URL('src/main.tsx', import.meta.url))

/** What Rolldown tells of modules when it puts them together. */
interface Graph {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null
}

/** Tells of a module whether the page loads it from its start: the entry, and all that it needs. */
function neededFromStart(): (id: string, graph: Graph) => boolean {
  const needed = new Set<string>()
  return (id, graph) => {
    if (needed.size === 0) {
      needed.add(ENTRY)
      for (const one of needed) {
        for (const imported of graph.getModuleInfo(one)?.importedIds ?? []) needed.add(imported)
      }
    }
    return needed.has(id)
  }
}

const isNeeded = neededFromStart()

/** Of a package that the page needs, what only parts use that are loaded later. */
const USED_LATE = /\/pipeline\/src\/document\/(?:setting-)?difference(?:-[a-z]+)?\.ts$/

export default defineConfig({
  plugins: [react(), operatorsAsShown()],
  resolve: {
    alias: [
      {
        find: /^\.\/pattern-engine\.ts$|^.*\/expressions\/pattern-engine\.ts$/,
        replacement: fileURLToPath(new URL(LATE_PATTERNS, import.meta.url)),
      },
    ],
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': HOST, '/socket.io': { target: HOST, ws: true } },
  },
  // The host puts a new one into each page it serves; it writes this word for it.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'es2022',
    sourcemap: true,
    // What counts is what is sent, which a test of its own holds.
    chunkSizeWarningLimit: 1_000,
    // A data: URL for a font or a worker would not pass the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // A chunk runs before those that import it: so zod is told to make no code before any
        // schema is made, whichever chunk the schema lies in.
        codeSplitting: {
          groups: [
            { name: 'zod', test: /[\\/]zod[\\/]|zod-without-code/ },
            // In one piece: by which parts share what, it would be twenty, which pack worse.
            { name: (id, graph) => (isNeeded(id, graph) && !USED_LATE.test(id) ? 'page' : null) },
          ],
        },
      },
    },
  },
})
