/** The pages of topics as somebody in front of them sees them. */

import { expect, type Locator, type Page } from '@playwright/test'

export class TopicPages {
  readonly page: Page
  readonly url: string

  constructor(page: Page, url: string) {
    this.page = page
    this.url = url
  }

  async openList(): Promise<void> {
    await this.page.goto(`${this.url}/topics`)
    await expect(this.page.getByRole('heading', { name: 'Topics', exact: true })).toBeVisible()
  }

  async open(topic: string): Promise<void> {
    await this.page.goto(`${this.url}/topics/${topic}`)
    await expect(this.page.getByRole('heading', { name: topic, exact: true })).toBeVisible()
  }

  async make(topic: string, settings: object): Promise<void> {
    const data = { topic, ...settings }
    const answer = await this.page.request.post(`${this.url}/api/v1/topics`, { data })
    expect(answer.ok(), await answer.text()).toBe(true)
  }

  /** In the list. */
  row(topic: string): Locator {
    const link = this.page.getByRole('link', { name: topic, exact: true })
    return this.page.getByRole('row').filter({ has: link })
  }

  /** Of a topic, without the head of the table. */
  get records(): Locator {
    return this.page
      .getByRole('region', { name: 'Records', exact: true })
      .getByRole('row')
      .filter({ has: this.page.getByRole('cell') })
  }

  /** The button that shows a record; any of the partition without an offset. */
  record(partition: number, offset: number | undefined): Locator {
    const place = `Partition ${partition}, offset `
    return offset === undefined
      ? this.page.getByRole('button', { name: new RegExp(`^${place}`) })
      : this.page.getByRole('button', { name: `${place}${offset}`, exact: true })
  }
}
