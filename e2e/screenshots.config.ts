/** `pnpm screenshot`: takes the pictures of the README again, in the browser of the tests. */

import { fileURLToPath } from 'node:url'
import { defineConfig } from '@playwright/test'
import tests from './playwright.config.ts'

export default defineConfig(tests, {
  testMatch: fileURLToPath(new URL('./screenshots.ts', import.meta.url)),
  workers: 1,
  timeout: 120_000,
  use: { viewport: { width: 1600, height: 1000 }, trace: 'off', screenshot: 'off' },
})
