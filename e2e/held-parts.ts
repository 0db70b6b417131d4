/** What comes late, as over a slow network: parts of the page, and answers. */

import type { Page } from '@playwright/test'

/** Lets a part of the page come only when what is returned is called. */
export async function holdBack(page: Page, part: string): Promise<() => void> {
  let letGo = (): void => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  await page.route(`**/assets/${part}-*.js`, async (route) => {
    await held
    await route.continue()
  })
  return letGo
}

/** Lets the next start of a job reach the server only when what is returned is called. */
export async function holdStart(page: Page): Promise<() => void> {
  let letGo = (): void => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  await page.route(
    '**/api/v1/jobs',
    async (route) => {
      await held
      await route.continue()
    },
    { times: 1 },
  )
  return letGo
}
