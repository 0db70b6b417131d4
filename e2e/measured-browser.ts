/**
 * A browser for benchmarks. Playwright is loaded when it is asked for: it cannot be bundled, and a
 * benchmark is.
 */

import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from '@playwright/test'
import { BROWSER_ARGUMENTS } from './browser-options.ts'

export type { Browser, Page } from '@playwright/test'

/** `pnpm bench` runs in the root of the repository. */
export async function launchMeasuredBrowser(): Promise<Browser> {
  const { ensureChromium } = await loaded<typeof import('../scripts/ensure-chromium.mjs')>(
    path.resolve('scripts/ensure-chromium.mjs'),
  )
  const playwright = createRequire(path.resolve('e2e/package.json')).resolve('@playwright/test')
  const { chromium } = await loaded<typeof import('@playwright/test')>(playwright)
  return chromium.launch({ executablePath: ensureChromium(), args: [...BROWSER_ARGUMENTS] })
}

async function loaded<Module>(file: string): Promise<Module> {
  const { href } = pathToFileURL(file)
  const module = (await import(href)) as Module & { readonly default?: Module }
  // What is CommonJS is the default.
  return module.default ?? module
}
