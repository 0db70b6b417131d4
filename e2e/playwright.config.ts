/** How the designer is tried end to end: in the system's Chromium, and without second tries. */

import { defineConfig, devices } from '@playwright/test'
import { ensureChromium } from '../scripts/ensure-chromium.mjs'
import { BROWSER_ARGUMENTS } from './browser-options.ts'

export default defineConfig({
  testDir: '.',
  outputDir: './test-results',
  globalSetup: './build-once.ts',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    // Needs a program that Playwright would have to download.
    video: 'off',
    launchOptions: {
      executablePath: ensureChromium(),
      args: [...BROWSER_ARGUMENTS],
    },
  },
})
