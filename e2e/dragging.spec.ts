/** Nodes that are dragged: they take their edges with them, and come back in one step. */

import type { Page } from '@playwright/test'
import type { Designer } from './designer.ts'
import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

interface Drawn {
  readonly places: readonly (readonly [x: number, y: number])[]
  readonly lines: readonly (string | null)[]
}

const TITLES = ['Visits', 'Slow', 'Per page', 'Results'] as const

/** Where nodes and lines are, as they are seen. */
async function drawn(designer: Designer): Promise<Drawn> {
  const places = TITLES.map(async (title) => {
    const box = await designer.node(title).boundingBox()
    return [Math.round(box?.x ?? 0), Math.round(box?.y ?? 0)] as const
  })
  const lines = TITLES.slice(1).map((title, index) =>
    designer
      .line(TITLES[index] ?? '', title)
      .locator('.react-flow__edge-path')
      .getAttribute('d'),
  )
  return { places: await Promise.all(places), lines: await Promise.all(lines) }
}

/** The pointer stays down. */
async function dragBy(page: Page, designer: Designer, title: string, x: number, y: number) {
  const box = await designer.node(title).locator('.node-head').boundingBox()
  if (box === null) throw new Error(`"${title}" is not on the canvas.`)
  const [left, top] = [box.x + 20, box.y + 10]
  await page.mouse.move(left, top)
  await page.mouse.down()
  await page.mouse.move(left + x, top + y, { steps: 12 })
}

test('a node takes its edges along, stays where it is dropped, and goes back in one step', async ({
  page,
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Dragged'))
  const before = await drawn(designer)
  await dragBy(page, designer, 'Slow', 40, 120)
  const held = await drawn(designer)
  expect(held.places[1]?.[1]).toBeGreaterThan((before.places[1]?.[1] ?? 0) + 80)
  expect(held.places[2]).toEqual(before.places[2])
  expect(held.lines[0]).not.toBe(before.lines[0])
  expect(held.lines[1]).not.toBe(before.lines[1])
  expect(held.lines[2]).toBe(before.lines[2])
  await page.mouse.up()
  await expect(designer.node('Slow')).not.toHaveClass(/dragging/)
  expect(await drawn(designer)).toEqual(held)
  await designer.undo()
  await expect.poll(() => drawn(designer)).toEqual(before)
  await designer.redo()
  await expect.poll(() => drawn(designer)).toEqual(held)

  await dragBy(page, designer, 'Slow', -40, -80)
  const again = await drawn(designer)
  expect(again.lines[0]).not.toBe(held.lines[0])
  await page.mouse.up()
  await expect(designer.node('Slow')).not.toHaveClass(/dragging/)
  expect(await drawn(designer)).toEqual(again)
})

test('nodes that are selected are dragged together, and go back together', async ({
  page,
  designer,
}) => {
  await designer.openDocument(pagesPerSecond('Together'))
  await designer.select('Slow')
  await designer
    .node('Per page')
    .locator('.node-head')
    .click({ modifiers: ['ControlOrMeta'] })
  const before = await drawn(designer)
  await dragBy(page, designer, 'Slow', 0, 120)
  const held = await drawn(designer)
  const down = (index: number) => (held.places[index]?.[1] ?? 0) - (before.places[index]?.[1] ?? 0)
  expect(down(1)).toBeGreaterThan(80)
  expect([down(0), down(2), down(3)]).toEqual([0, down(1), 0])
  await page.mouse.up()
  await expect(designer.node('Slow')).not.toHaveClass(/dragging/)
  expect(await drawn(designer)).toEqual(held)
  await designer.undo()
  await expect.poll(() => drawn(designer)).toEqual(before)
})
