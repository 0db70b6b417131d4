/**
 * The designer as somebody in front of it sees it: what can be done there is a verb, and everything
 * is found by role and label.
 */

import { readFile } from 'node:fs/promises'
import { expect, type Locator, type Page } from '@playwright/test'

export type Drawer =
  | 'Records'
  | 'Event time'
  | 'Ledger'
  | 'State'
  | 'Problems'
  | 'Logs'
  | 'Checkpoints'
  | 'Recordings'

export class Designer {
  readonly page: Page
  readonly url: string
  readonly canvas: Locator
  readonly inspector: Locator
  readonly drawer: Locator
  readonly #palette: Locator

  constructor(page: Page, url: string) {
    this.page = page
    this.url = url
    this.canvas = page.getByRole('region', { name: 'Canvas' })
    this.inspector = page.getByRole('region', { name: 'Inspector' })
    this.drawer = page.getByRole('tabpanel')
    this.#palette = page.getByRole('navigation', { name: 'Palette' })
  }

  // Pages and documents

  async openList(): Promise<void> {
    await this.page.goto(`${this.url}/pipelines`)
    await expect(this.page.getByRole('heading', { name: 'Examples' })).toBeVisible()
  }

  async openEmpty(): Promise<void> {
    await this.openList()
    await this.page.getByRole('button', { name: 'New pipeline' }).click()
    await expect(this.canvas).toContainText('Begin with a source')
  }

  async openExample(title: string): Promise<void> {
    await this.openList()
    const gallery = this.page.getByRole('list', { name: 'Examples' })
    await gallery.getByRole('button', { name: startingWith(title) }).click()
    await expect(this.canvas).toBeVisible()
  }

  /** Opens an example that is listed in a group. */
  async openExampleOf(group: string, title: string): Promise<void> {
    await this.openList()
    await this.page.locator('summary').filter({ hasText: group }).click()
    const members = this.page.getByRole('list', { name: group })
    await members.getByRole('button').filter({ hasText: title }).click()
    await expect(this.canvas).toBeVisible()
  }

  /** Of an example that was opened before. */
  async copyExample(title: string): Promise<void> {
    await this.openList()
    const gallery = this.page.getByRole('list', { name: 'Examples' })
    await gallery.getByRole('button', { name: startingWith(`Make a copy of ${title}`) }).click()
    await expect(this.canvas).toBeVisible()
  }

  /** Puts a document on the server as its API does, and opens it; gives its id. */
  async openDocument(document: object): Promise<string> {
    const answer = await this.page.request.post(`${this.url}/api/v1/pipelines`, {
      data: { document },
    })
    expect(answer.ok(), await answer.text()).toBe(true)
    const { id } = (await answer.json()) as { readonly id: string }
    await this.page.goto(`${this.url}/pipelines/${id}`)
    await expect(this.canvas).toBeVisible()
    return id
  }

  async rename(name: string): Promise<void> {
    const field = this.page.getByRole('textbox', { name: 'Name of the pipeline' })
    await field.fill(name)
    await field.press('Enter')
  }

  // Drawing

  node(title: string): Locator {
    return this.canvas.getByRole('article', { name: startingWith(title) })
  }

  /** The ends are the titles of nodes. */
  edge(from: string, to: string): Locator {
    return this.canvas.getByRole('button', { name: startingWith(`Records from ${from} to ${to}`) })
  }

  /** Adds an operator from the palette; it is then selected. */
  async add(operator: string): Promise<void> {
    const name = this.page.getByText(operator, { exact: true })
    await this.#palette.getByRole('button').filter({ has: name }).click()
    await this.#expectInspected(operator)
    await expect(this.node(operator)).toBeVisible()
  }

  /** Until then the inspector shows the node that was selected before. */
  async #expectInspected(title: string): Promise<void> {
    const field = this.inspector.getByRole('textbox', { name: 'Title of the node' })
    const shown = async () =>
      (await field.inputValue()) || (await field.getAttribute('placeholder'))
    await expect.poll(shown).toBe(title)
  }

  /** Drags an operator from the palette to the left half of the canvas, where others fit beside. */
  async dragIn(operator: string): Promise<void> {
    const name = this.page.getByText(operator, { exact: true })
    const entry = this.#palette.getByRole('button').filter({ has: name })
    await entry.dragTo(this.canvas, { targetPosition: { x: 140, y: 300 } })
    await expect(this.node(operator)).toBeVisible()
  }

  async select(title: string): Promise<void> {
    await this.node(title).getByText(title, { exact: true }).click()
    await this.#expectInspected(title)
  }

  /** Draws an edge from an output to an input, as with the pointer. */
  async connect(from: string, to: string, ports: { output?: string; input?: string } = {}) {
    const output = this.node(from).getByTitle(`output ${ports.output ?? 'out'}`)
    const input = this.node(to).getByTitle(`input ${ports.input ?? 'in'}`)
    await output.dragTo(input)
  }

  /** Lets go of an edge over the empty canvas, and chooses what it shall lead to. */
  async dropEdge(from: string, output: string, operator: string): Promise<void> {
    const dot = this.node(from).getByTitle(new RegExp(`^(?:output )?${escaped(output)}(?![\\w-])`))
    const place = await dot.boundingBox()
    if (place === null) throw new Error(`The output "${output}" of "${from}" is not on the canvas.`)
    const [x, y] = [place.x + place.width / 2, place.y + place.height / 2]
    // Far enough that the new node lies free, lower for an output that has one above it.
    const down = output === 'out' ? 0 : 140
    await this.page.mouse.move(x, y)
    await this.page.mouse.down()
    await this.page.mouse.move(x + 40, y + down / 2, { steps: 5 })
    await this.page.mouse.move(x + 90, y + down, { steps: 5 })
    await this.page.mouse.up()
    const list = this.page.getByRole('listbox', { name: 'Operators' })
    const name = this.page.getByText(operator, { exact: true })
    await list.getByRole('option').filter({ has: name }).click()
    await expect(list).toBeHidden()
  }

  /** Names the node that is selected. */
  async retitle(title: string): Promise<void> {
    const field = this.inspector.getByRole('textbox', { name: 'Title of the node' })
    await field.fill(title)
    await field.press('Enter')
    await expect(this.node(title)).toBeVisible()
  }

  /** An edge as it is drawn, whether records flow or not; the ends are the titles of nodes. */
  line(from: string, to: string): Locator {
    return this.canvas.getByLabel(`Edge from ${from} to ${to}`, { exact: true })
  }

  /** Takes an edge off the input that it ends at, and lets it go at another input. */
  async moveEnd(edge: { from: string; to: string }, to: string): Promise<void> {
    await this.#dragEnd(edge, await middleOf(this.node(to).getByTitle('input in')))
  }

  /** Takes an edge off the input that it ends at, and lets it go where nothing is. */
  async detach(edge: { from: string; to: string }): Promise<void> {
    await this.#dragEnd(edge, await this.#emptyPlace())
  }

  async #dragEnd({ from, to }: { from: string; to: string }, place: Point): Promise<void> {
    await expect(this.line(from, to)).toBeAttached()
    const { x, y } = await middleOf(this.node(to).getByTitle('input in'))
    // Beside the port, which begins an edge of its own.
    await this.#drag({ x: x - 12, y }, place)
  }

  /** Drags an operator out of the palette onto an edge. */
  async dropInto(operator: string, edge: { from: string; to: string }): Promise<void> {
    const name = this.page.getByText(operator, { exact: true })
    const row = this.#palette.getByRole('button').filter({ has: name })
    await row.dragTo(this.line(edge.from, edge.to))
  }

  async #drag(from: Point, to: Point): Promise<void> {
    const { mouse } = this.page
    await mouse.move(from.x, from.y)
    await mouse.down()
    await mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2)
    await mouse.move(to.x, to.y, { steps: 4 })
    await mouse.up()
  }

  async #emptyPlace(): Promise<Point> {
    const { x, y, width, height } = await boxOf(this.canvas)
    return { x: x + width / 2, y: y + height - 60 }
  }

  // By keyboard

  /** Adds the first operator that a search finds. */
  async addByKeys(search: string): Promise<void> {
    await this.page.keyboard.press('Escape')
    await this.page.keyboard.press('Tab')
    const field = this.page.getByRole('combobox', { name: 'Add an operator' })
    await expect(field).toBeFocused()
    await this.page.keyboard.type(search)
    await this.page.keyboard.press('Enter')
    await expect(field).toBeHidden()
  }

  /** Selects a node, or does what an action says. */
  async findByKeys(title: string): Promise<void> {
    await this.page.keyboard.press('ControlOrMeta+k')
    const dialog = this.page.getByRole('dialog', { name: 'Find an action or a node' })
    await expect(dialog.getByRole('combobox')).toBeFocused()
    await this.page.keyboard.type(title)
    await this.page.keyboard.press('Enter')
    await expect(dialog).toBeHidden()
  }

  async selectByKeys(title: string): Promise<void> {
    await this.findByKeys(title)
    await expect(this.node(title)).toBeFocused()
  }

  /** Goes on from field to field until one has the focus. */
  async tabTo(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    // More than there are fields in any form.
    for (let step = 0; step < 60; step++) {
      if (await target.evaluate((element) => element.matches(':focus'))) return
      await this.page.keyboard.press(key)
    }
    await expect(target).toBeFocused()
  }

  async tidyUp(): Promise<void> {
    await this.#act('Tidy up the layout')
    // Until then nodes move.
    await expect(this.page.getByText('The layout is tidied up.')).toBeAttached()
  }

  field(label: string): Locator {
    // Behind its title a field may say its unit.
    return this.inspector.getByLabel(new RegExp(`^${escaped(label)}(?: [\\w%/]+)?$`))
  }

  async setField(label: string, value: string): Promise<void> {
    await this.field(label).fill(value)
    await this.field(label).press('Tab')
  }

  async choose(label: string, option: string): Promise<void> {
    await this.field(label).selectOption(option)
  }

  /** Adds a column to a field that holds several. */
  async pickColumn(label: string, column: string): Promise<void> {
    await this.field(label).fill(column)
    await this.field(label).press('Enter')
    const remove = this.inspector.getByRole('button', { name: `Remove column ${column}` })
    await expect(remove).toBeVisible()
  }

  /** Adds a row to a field that holds several, such as a column. */
  async addEntry(field: string, what: string): Promise<void> {
    const group = this.inspector.getByRole('group', { name: field, exact: true })
    await group.getByRole('button', { name: what, exact: true }).click()
  }

  /** Replaces an expression whole. */
  async setExpression(label: string, text: string): Promise<void> {
    const editor = await this.expressionEditor(label)
    await editor.fill(text)
    await editor.blur()
  }

  /** Once it has come: before, a plain field stands in its place. */
  async expressionEditor(label: string): Promise<Locator> {
    const editor = this.inspector.getByRole('textbox', { name: label, exact: true })
    await expect(editor).toHaveAttribute('contenteditable', 'true')
    return editor
  }

  async expectExpression(label: string, text: string): Promise<void> {
    await expect(this.inspector.getByRole('textbox', { name: label, exact: true })).toHaveText(text)
  }

  async searchPalette(text: string): Promise<void> {
    await this.#palette.getByRole('searchbox', { name: 'Search operators' }).fill(text)
  }

  /** How the operator of the selected node works. */
  async openGuide(): Promise<Locator> {
    await this.inspector.getByText('How it works, with examples').click()
    return this.inspector.locator('.guide')
  }

  /** A stage of the pattern that is selected, or a group of stages. */
  stage(name: string): Locator {
    return this.inspector.getByRole('group', { name: `Stage ${name}`, exact: true })
  }

  async renameStage(name: string, to: string): Promise<void> {
    await this.stage(name).getByRole('textbox', { name: 'Name' }).fill(to)
    await expect(this.stage(to)).toBeVisible()
  }

  /** How a stage stands to the one above. */
  async linkStage(name: string, link: string): Promise<void> {
    await this.inspector.getByRole('combobox', { name: `Link to ${name}` }).selectOption(link)
  }

  async stageMenu(name: string, item: string): Promise<void> {
    await this.stage(name)
      .getByRole('button', { name: `More for stage ${name}` })
      .click()
    await this.page.getByRole('menuitem', { name: item }).click()
  }

  /** The names of the stages in the order in which they stand. */
  async expectStages(names: readonly string[]): Promise<void> {
    const stages = this.inspector.getByRole('group', { name: /^Stage / })
    await expect(stages).toHaveCount(names.length)
    for (const [index, name] of names.entries()) {
      await expect(stages.nth(index)).toHaveAccessibleName(`Stage ${name}`)
    }
  }

  async undo(): Promise<void> {
    await this.page.getByRole('button', { name: 'Undo', exact: true }).click()
  }

  async redo(): Promise<void> {
    await this.page.getByRole('button', { name: 'Redo', exact: true }).click()
  }

  // Files

  /** The text of the document that the page gives. */
  async export(): Promise<string> {
    const download = this.page.waitForEvent('download')
    await this.page.getByRole('button', { name: 'Export' }).click()
    return readFile(await (await download).path(), 'utf8')
  }

  async import(name: string, text: string): Promise<void> {
    let opened = false
    const chooser = this.page.waitForEvent('filechooser').then((one) => {
      opened = true
      return one
    })
    // A page that has only been drawn may not listen to its keys yet.
    const open = async () => {
      if (!opened) await this.page.keyboard.press('ControlOrMeta+i')
      return opened
    }
    await expect.poll(open, { intervals: [300, 1_000] }).toBe(true)
    const file = { name, mimeType: 'application/json', buffer: Buffer.from(text) }
    await (await chooser).setFiles(file)
  }

  /** Lets go of a file over a part of the page. */
  async dropFile(over: Locator, name: string, text: string): Promise<void> {
    const parts = [JSON.stringify(text), JSON.stringify(name)]
    // As text: nothing here knows the classes of a page.
    const dataTransfer = await this.page.evaluateHandle(`(() => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([${parts[0]}], ${parts[1]}, { type: 'application/json' }))
      return transfer
    })()`)
    await over.dispatchEvent('dragover', { dataTransfer })
    await over.dispatchEvent('drop', { dataTransfer })
  }

  // Running

  async run(): Promise<void> {
    await this.page.getByRole('button', { name: /^(?:Start(?: again)?|Continue)$/ }).click()
  }

  async pause(): Promise<void> {
    await this.page.getByRole('button', { name: 'Pause', exact: true }).first().click()
    await this.expectState('Paused')
  }

  async resume(): Promise<void> {
    await this.page.getByRole('button', { name: 'Resume', exact: true }).first().click()
    await this.expectState('Running')
  }

  async step(): Promise<void> {
    await this.page.getByRole('button', { name: 'Step', exact: true }).click()
  }

  async setPace(pace: string): Promise<void> {
    await this.page.getByRole('button', { name: /^Pace/ }).click()
    await this.page.getByRole('menuitemradio', { name: pace }).click()
  }

  async stop(): Promise<void> {
    await this.page.getByRole('button', { name: 'Stop', exact: true }).click()
    await this.expectState('Stopped')
  }

  async expectState(state: string | RegExp): Promise<void> {
    await expect(this.page.getByRole('banner')).toContainText(state)
  }

  // Saving

  /** Nothing reaches the server from this tab, as with a network that is away. */
  async goOffline(): Promise<void> {
    await this.page.route('**/api/v1/**', (route) => route.abort())
  }

  async goOnline(): Promise<void> {
    await this.page.unroute('**/api/v1/**')
  }

  /** Ends a conflict with the version of another tab in favour of this one. */
  async keepMine(theirs: number): Promise<void> {
    const dialog = this.page.getByRole('dialog', { name: 'Somebody else has saved meanwhile' })
    await dialog.getByRole('button', { name: `Keep mine as version ${theirs + 1}` }).click()
    await expect(dialog).toBeHidden()
  }

  /** Brings an older version back. */
  async takeVersion(version: number): Promise<void> {
    await this.page.getByRole('button', { name: /^Saved, version/ }).click()
    const dialog = this.page.getByRole('dialog', { name: 'Versions' })
    const named = this.page.getByText(`Version ${version}`, { exact: true })
    const row = dialog.getByRole('listitem').filter({ has: named })
    await row.getByRole('button', { name: 'Take this version' }).click()
  }

  // Watching

  /** Opens a tab of the drawer, if another one or none is open. */
  async openDrawer(tab: Drawer): Promise<void> {
    const button = this.page.getByRole('tab', { name: startingWith(tab) })
    if ((await button.getAttribute('aria-selected')) !== 'true') await button.click()
    await expect(button).toHaveAttribute('aria-selected', 'true')
  }

  /** Shows the records that flow along an edge. */
  async tapEdge(from: string, to: string): Promise<void> {
    await this.edge(from, to).click()
    await expect(this.page.getByRole('tab', { name: 'Records' })).toHaveAttribute(
      'aria-selected',
      'true',
    )
  }

  async expectRecords(columns: readonly string[]): Promise<void> {
    const table = this.drawer.getByRole('table')
    for (const column of columns) {
      await expect(table.getByRole('columnheader', { name: startingWith(column) })).toBeVisible()
    }
    // The first row is the head.
    await expect(table.getByRole('row').nth(1)).toBeVisible()
  }

  /** How many records have passed where the page looks, once that does not change any more. */
  async settledRecords(): Promise<number> {
    let seen = -1
    const change = async () => {
      const before = seen
      const text = (await this.drawer.getByText(/^[\d,]+ seen$/).textContent()) ?? ''
      seen = Number(text.replaceAll(/\D/g, ''))
      return seen - before
    }
    // Longer than the page is without news of a job that has some.
    await expect.poll(change, { intervals: [1_000] }).toBe(0)
    return seen
  }

  /** The lines of the chart of a sink, by their names. */
  async chartLines(): Promise<readonly string[]> {
    const lines = this.drawer
      .getByRole('list', { name: 'Lines of the chart' })
      .getByRole('listitem')
    await expect(lines.first()).toBeVisible()
    const texts = await lines.allTextContents()
    return texts.map((text) => text.replace(/\s+\S+$/, '').trim())
  }

  /** The windows of the selected node as the table in place of their picture has them. */
  async windowRows(): Promise<readonly (readonly string[])[]> {
    const table = this.drawer.getByRole('table', { name: 'Windows' })
    const columns = await table.getByRole('columnheader').count()
    // In one look, since the table changes meanwhile.
    const cells = await table.getByRole('cell').allTextContents()
    const starts = cells.map((_, index) => index).filter((index) => index % columns === 0)
    return starts.map((start) => cells.slice(start, start + columns))
  }

  /** What the page says above the canvas of the job or the server. */
  async expectStrip(words: string | RegExp): Promise<void> {
    await expect(this.page.locator('.job-strip')).toContainText(words)
  }

  /** The rows that a sink shows, as texts of their cells. */
  async results(sink: string): Promise<readonly (readonly string[])[]> {
    await this.select(sink)
    await this.openDrawer('Records')
    const rows = this.drawer.getByRole('table').getByRole('row')
    await expect(rows.nth(1)).toBeVisible()
    const all = await rows.all()
    return Promise.all(all.slice(1).map((row) => row.getByRole('cell').allTextContents()))
  }

  /** Waits until a node shows that records come in or go out. */
  async expectFlow(title: string, way: 'in' | 'out'): Promise<void> {
    await expect(this.node(title)).toContainText(new RegExp(`[1-9][\\d.]*k?\\s*${way}/s`))
  }

  /** The watermark as the node's tide line says it. */
  async watermark(title: string): Promise<string> {
    const text = (await this.node(title).textContent()) ?? ''
    return /[\d-]* ?\d{2}:\d{2}(?::\d{2})? UTC/.exec(text)?.[0] ?? ''
  }

  // What the page says

  async expectSaved(version = 'version'): Promise<void> {
    const name = startingWith(`Saved, ${version}`)
    await expect(this.page.getByRole('button', { name })).toBeVisible()
  }

  /** In the list of problems, by the node it belongs to. */
  async expectProblem(title: string, message: string | RegExp): Promise<void> {
    await this.openDrawer('Problems')
    const list = this.page.getByRole('list', { name: 'Problems' })
    const row = list.getByRole('button').filter({ hasText: title })
    await expect(row.filter({ hasText: message })).toBeVisible()
  }

  async expectNoProblemOf(message: string): Promise<void> {
    await this.openDrawer('Problems')
    await expect(this.drawer).not.toContainText(message)
  }

  /** Goes from the list of problems to where the first one of a node is mended. */
  async openProblem(title: string): Promise<void> {
    await this.openDrawer('Problems')
    const list = this.page.getByRole('list', { name: 'Problems' })
    await list.getByRole('button').filter({ hasText: title }).first().click()
  }

  async expectNoProblems(): Promise<void> {
    await this.openDrawer('Problems')
    await expect(this.drawer).toContainText('No problems.')
  }

  async expectNotice(title: string | RegExp): Promise<Locator> {
    const notice = this.page.getByRole('region', { name: title })
    await expect(notice).toBeVisible()
    return notice
  }

  async #act(title: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Menu' }).click()
    await this.page.getByRole('menuitem', { name: startingWith(title) }).click()
  }
}

interface Point {
  readonly x: number
  readonly y: number
}

async function boxOf(part: Locator) {
  const box = await part.boundingBox()
  if (box === null) throw new Error('What is dragged from or to is not on the page.')
  return box
}

async function middleOf(part: Locator): Promise<Point> {
  const { x, y, width, height } = await boxOf(part)
  return { x: x + width / 2, y: y + height / 2 }
}

/** A name that begins so and goes on with something else, or not at all. */
function startingWith(text: string): RegExp {
  return new RegExp(`^${escaped(text)}(?![\\w-])`)
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
