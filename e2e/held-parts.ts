/** Parts of the page that come late, as over a slow network. */

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
