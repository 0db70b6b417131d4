/** One test run for the whole workspace. */

import { defineConfig } from 'vitest/config'

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
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
