/**
 * Goes the way of the README's first pipeline, and knows no more than stands there: what is
 * pressed, written and expected are the words that the README sets in bold or in code, in their
 * order.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Designer } from './designer.ts'
import { expect, test } from './fixtures.ts'

const README = fileURLToPath(new URL('../README.md', import.meta.url))
const CLICKS = fileURLToPath(new URL('../examples/clicks.jsonl', import.meta.url))
const HEADING = '## Your first pipeline in five minutes'

/** Of each numbered step, the words in bold or in code. */
function readSteps(): readonly (readonly string[])[] {
  const [, section = ''] = readFileSync(README, 'utf8').split(HEADING)
  const steps = section.match(/^\d\. .*(?:\n {3}.*)*/gm) ?? []
  return steps.map((step) =>
    [...step.replaceAll(/\s+/g, ' ').matchAll(/\*\*(.+?)\*\*|`(.+?)`/g)].map(
      ([, bold, code]) => bold ?? code ?? '',
    ),
  )
}

/** The words of one step, one after the other. */
class Words {
  readonly #words: readonly string[]
  #index = 0

  constructor(words: readonly string[]) {
    this.#words = words
  }

  get next(): string {
    const word = this.#words[this.#index]
    this.#index++
    if (word === undefined) throw new Error(`The step says no more than ${this.#words.join(', ')}.`)
    return word
  }

  end(): void {
    expect(this.#words.slice(this.#index), 'words that nothing was done with').toEqual([])
  }
}

test.use({ viewport: { width: 1920, height: 1080 } })

test('the first pipeline of the README is drawn, run and taken away by following its words', async ({
  page,
  ownServer,
}) => {
  // Five minutes of clicks pass in half a minute.
  const designer = new Designer(page, ownServer.url)
  const steps = readSteps()
  const follow = async (act: (words: Words) => Promise<void>): Promise<void> => {
    const number = followed + 1
    const words = new Words(steps[followed] ?? [])
    followed++
    await test.step(`step ${number}`, () => act(words))
    words.end()
  }
  let followed = 0
  // `npm start` runs in the repository, whose examples lie below it.
  ownServer.writeFile('examples/clicks.jsonl', readFileSync(CLICKS, 'utf8'))
  await page.goto(ownServer.url)

  await follow(async (words) => {
    await page.getByRole('link', { name: words.next }).click()
    await page.getByRole('button', { name: words.next, exact: true }).click()
  })
  await follow(async (words) => {
    await designer.dragIn(words.next)
    const path = words.next
    await designer.setField(words.next, path)
    await designer.inspector.getByRole('button', { name: words.next, exact: true }).click()
    // What is read fills fields in, which nobody would write into before they see it.
    const said = designer.inspector.getByRole('status').filter({ hasText: /\w/ })
    await expect(said.first()).toBeVisible()
  })
  await follow(async (words) => {
    await designer.setField(words.next, words.next)
    const pace = words.next
    await designer.choose(words.next, pace)
    const speed = words.next
    await designer.setField(words.next, speed)
  })
  await follow((words) => designer.dropEdge(words.next, 'out', words.next))
  await follow(async (words) => {
    const size = words.next
    await designer.setField(words.next, size)
    const column = words.next
    await designer.pickColumn(words.next, column)
    await designer.addEntry('Aggregates', words.next)
    await designer.setExpression(`Value of ${words.next}`, words.next)
  })
  await follow(async (words) => {
    const window = words.next
    await designer.dropEdge(window, 'out', words.next)
    await designer.dropEdge(window, words.next, words.next)
    await designer.retitle(words.next)
  })
  await designer.expectNoProblems()
  await follow(async (words) => {
    await page.getByRole('button', { name: words.next, exact: true }).click()
    await designer.select(words.next)
    await page.getByRole('tab', { name: words.next }).click()
    await expect(designer.drawer.getByRole('img')).toBeVisible()
    await expect(page.getByRole('banner')).toContainText('Finished', { timeout: 60_000 })
  })
  await follow(async (words) => {
    await designer.select(words.next)
    await page.getByRole('tab', { name: words.next }).click()
    const [path, views] = [words.next, words.next]
    const rows = designer.drawer.getByRole('table').getByRole('row')
    const first = rows.filter({ hasText: path }).filter({ hasText: '12:00:00' }).first()
    // What was counted stands before the bounds of its window.
    await expect(first.getByRole('cell').nth(1)).toHaveText(views)
    await designer.select(words.next)
    const late = designer.drawer.getByRole('table').getByRole('row').filter({ hasText: words.next })
    await expect(late).toHaveCount(2)
  })
  await follow(async (words) => {
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: words.next, exact: true }).click()
    const document = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as object
    expect(document).toMatchObject({ format: 'millrace/1' })
  })
  expect(followed).toBe(steps.length)
})
