/** The page of dead letters as somebody in front of it sees it. */

import type { Locator, Page } from '@playwright/test'
import { expect } from '@playwright/test'

export class LetterPages {
  readonly page: Page
  readonly url: string

  constructor(page: Page, url: string) {
    this.page = page
    this.url = url
  }

  async makeTopic(topic: string): Promise<void> {
    const answer = await this.page.request.post(`${this.url}/api/v1/topics`, { data: { topic } })
    expect(answer.ok(), await answer.text()).toBe(true)
  }

  /** As other programs write it: a value that is no record is written as it is. */
  async produce(topic: string, values: readonly (object | string | Uint8Array)[]): Promise<void> {
    for (const value of values) {
      const data = { key: null, value: toTopicText(value) }
      const path = `${this.url}/api/v1/topics/${topic}/records`
      const answer = await this.page.request.post(path, { data, maxRetries: 2 })
      expect(answer.ok(), await answer.text()).toBe(true)
    }
  }

  get region(): Locator {
    return this.page.getByRole('region', { name: 'Dead letters' })
  }

  get causes(): Locator {
    return this.region.getByRole('navigation', { name: 'Causes' })
  }

  get letters(): Locator {
    return this.region.getByRole('region', { name: 'Letters' })
  }

  get letter(): Locator {
    return this.region.getByRole('region', { name: 'Letter', exact: true })
  }

  button(name: string | RegExp): Locator {
    return this.region.getByRole('button', { name })
  }

  /** What the head of the page says of them all. */
  figure(title: string): Locator {
    return this.region.locator('dl').first().locator('div', { hasText: title }).locator('dd')
  }
}

function toTopicText(value: object | string | Uint8Array): object {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  return { text: typeof value === 'string' ? value : JSON.stringify(value) }
}
