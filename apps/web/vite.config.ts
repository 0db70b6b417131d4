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

/** What every page loads, of `packages/pipeline`, of libraries and of the page itself. */
const NEEDED_EVERYWHERE = new RegExp(
  [
    '[\\\\/]pipeline[\\\\/]src[\\\\/](?:(?:config|wire)[\\\\/])?[\\w-]+\\.ts$',
    '[\\\\/]document[\\\\/](?:format|migrate|parse|read-json|write)\\.ts$',
    '[\\\\/]expressions[\\\\/]timestamp\\.ts$',
    '[\\\\/]node_modules[\\\\/](?:jsonc-parser|react|zustand|use-sync-external-store)[\\\\/]',
    '[\\\\/]lucide-react[\\\\/]dist[\\\\/]esm[\\\\/](?:shared[\\\\/].*|[\\w]+)\\.mjs$',
    '[\\\\/]web[\\\\/]src[\\\\/](?:env|parts)[\\\\/][\\w-]+\\.ts$',
    '[\\\\/](?:session\\.tsx|formats\\.ts)$',
  ].join('|'),
)

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
            // What nearly every page needs: in pieces of its own it packs worse by a tenth.
            { name: 'shared', test: NEEDED_EVERYWHERE },
          ],
        },
      },
    },
  },
})
