/** How the designer is tried end to end: in the system's Chromium, and without second tries. */

import { defineConfig, devices } from '@playwright/test'
import { ensureChromium } from '../scripts/ensure-chromium.mjs'
import { BROWSER_ARGUMENTS } from './browser-options.ts'

// Workers read this file again, and get the environment from the process that starts them.
const run = process.env.MILLRACE_E2E_RUN ?? String(process.pid)
process.env.MILLRACE_E2E_RUN = run

export default defineConfig({
  testDir: '.',
  // Of this run alone: two at once would clear away each other's traces.
  outputDir: `./test-results/${run}`,
  globalSetup: './build-once.ts',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  // For a machine that has ten times as much to do.
  timeout: 180_000,
  expect: { timeout: 45_000 },
  forbidOnly: true,
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    // Without a picture of each frame and a copy of the page at each step, which take a quarter of
    // all processor time: the trace has the steps and the console, and what failed has a picture
    // and an outline of the page. `--trace on` records all, requests among it.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false },
    screenshot: 'only-on-failure',
    // Needs a program that Playwright would have to download.
    video: 'off',
    launchOptions: {
      executablePath: ensureChromium(),
      args: [...BROWSER_ARGUMENTS],
    },
  },
})
