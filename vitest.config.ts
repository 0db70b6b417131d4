/** One test run for the whole workspace. */

import { defineConfig } from 'vitest/config'

/** More random streams, as MILLRACE_STREAMS asks, take more time. */
const TIMEOUT_MS = 60_000 * Number(process.env.MILLRACE_STREAMS ?? 1)

export default defineConfig({
  test: {
    include: [
      '{apps,packages}/*/src/**/*.test.{ts,tsx}',
      'apps/web/*.test.ts',
      'scripts/**/*.test.ts',
      'examples/*.test.ts',
      'proof/*.test.ts',
      'torture/**/*.test.ts',
    ],
    environment: 'node',
    maxWorkers: 2,
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
  },
})
