/** What axe finds on a page that keeps somebody from using it. */

import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'

const SERIOUS = new Set<string | null | undefined>(['serious', 'critical'])

export async function seriousViolations(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page })
    // Of what is right, nobody wants to know where it is; that took longer than to look.
    .options({ resultTypes: ['violations'] })
    // There are no frames: what is found need not be put together in a page of its own.
    .setLegacyMode()
    .analyze()
  return violations
    .filter(({ impact }) => SERIOUS.has(impact))
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help} ${target} ${failureSummary}`),
    )
}
