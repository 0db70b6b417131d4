/** One test run for the whole workspace. */

import { defineConfig } from 'vitest/config'

/** For a machine ten times slower. More random streams, as MILLRACE_STREAMS asks, take more. */
const TIMEOUT_MS = 180_000 * Number(process.env.MILLRACE_STREAMS ?? 1)

const SHARED = {
  environment: 'node',
  testTimeout: TIMEOUT_MS,
  hookTimeout: TIMEOUT_MS,
  expect: { poll: { timeout: 60_000 } },
} as const

/** Of the runtime's tests, those that fill hosts, stall or kill them. */
const OF_HOSTS = [
  'apps/runtime/src/server/{hosts,large-records,quotas,stalled-sink}.test.ts',
  'apps/runtime/src/commands/serve-killed.test.ts',
]

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        // What these load leaves nothing behind: loaded once a worker, not once a file, it takes
        // half of the processor time.
        test: {
          ...SHARED,
          name: 'pure',
          isolate: false,
          include: ['packages/*/src/**/*.test.ts', 'apps/web/src/**/*.test.ts'],
        },
      },
      {
        // Drawn in a page. Between the others, each would end two workers and all they had loaded.
        test: {
          ...SHARED,
          name: 'page',
          environment: 'happy-dom',
          isolate: false,
          include: ['apps/web/src/**/*.test.tsx'],
        },
      },
      {
        // As above, but with servers and other processes.
        test: {
          ...SHARED,
          name: 'runtime',
          isolate: false,
          include: ['apps/runtime/src/**/*.test.ts'],
          exclude: OF_HOSTS,
        },
      },
      {
        test: {
          ...SHARED,
          name: 'processes',
          include: [
            ...OF_HOSTS,
            'apps/web/*.test.ts',
            'scripts/**/*.test.ts',
            'examples/*.test.ts',
            'proof/*.test.ts',
            'torture/**/*.test.ts',
          ],
        },
      },
    ],
  },
})
