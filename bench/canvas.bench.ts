/**
 * Measures the designer in Chromium against a real server: what a cold load transfers and takes
 * until the canvas stands, the work of a frame while a node of 200 is dragged at 5 updates a
 * second, and how long a pipeline of 600 nodes lets an edit or the start of an edge wait.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, launchMeasuredBrowser, type Page } from '../e2e/measured-browser.ts'
import { frameWork, longestTask, percentile, TRACE_CATEGORIES } from './frame-work.ts'
import {
  MIDDLE_NODE,
  NEXT_FRAME,
  NEXT_IDLE,
  type Painted,
  type Point,
  WAIT_FOR_CANVAS,
} from './in-page.ts'
import { largePipeline } from './large-pipeline.ts'
import { median } from './memory-job.ts'

export const name = 'Canvas'

const SCRIPT = path.join(process.cwd(), 'scripts/serve.mjs')
const FLAGS = ['--disallow-code-generation-from-strings', '--disable-proto=throw']
const WINDOW = { width: 1440, height: 900 }
const LOADS = 5
const MOVES = 180
const EDITS = 9

export async function run() {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-canvas-'))
  const { server, url } = await serve(folder)
  const browser = await launchMeasuredBrowser()
  try {
    return [
      ...(await measureLoads(browser, url)),
      ...(await measureDrag(browser, url)),
      ...(await measureEdits(browser, url)),
    ]
  } finally {
    await browser.close()
    const ended = once(server, 'close')
    server.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}

async function serve(folder: string): Promise<{ server: ChildProcess; url: string }> {
  const words = [...FLAGS, SCRIPT, '--port', '0', '--data', folder, '--root', folder]
  const server = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  for await (const chunk of server.stdout ?? []) {
    printed += String(chunk)
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0]
    if (url !== undefined) {
      // What it says later is of no interest, and must not fill the pipe.
      server.stdout?.resume()
      return { server, url }
    }
  }
  throw new Error(`The server ended before it said where it is:\n${printed}`)
}

async function post<Reply>(url: string, resource: string, body: object): Promise<Reply> {
  const reply = await fetch(`${url}/api/v1/${resource}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!reply.ok) throw new Error(`${resource}: ${reply.status} ${await reply.text()}`)
  return (await reply.json()) as Reply
}

async function save(url: string, nodeCount: number): Promise<string> {
  const document = largePipeline(nodeCount)
  return (await post<{ readonly id: string }>(url, 'pipelines', { document })).id
}

/** Each in a browser context of its own, which has nothing cached. */
async function measureLoads(browser: Browser, url: string) {
  const id = await save(url, 10)
  const canvasMs: number[] = []
  const idleMs: number[] = []
  let before = 0
  let all = 0
  for (let load = 0; load < LOADS; load++) {
    const context = await browser.newContext({ viewport: WINDOW })
    const page = await context.newPage()
    const arrivals: { readonly bytes: number; readonly endMs: number; readonly path: string }[] = []
    const waiting: Promise<void>[] = []
    page.on('requestfinished', (request) => {
      const { startTime, responseEnd } = request.timing()
      const take = async () => {
        const body = await (await request.response())?.body()
        const bytes = body === undefined ? 0 : transferred(request.url(), body)
        arrivals.push({ bytes, endMs: startTime + responseEnd, path: request.url() })
      }
      waiting.push(take())
    })
    await page.goto(`${url}/pipelines/${id}`, { waitUntil: 'commit' })
    const paint = await page.evaluate<Painted>(WAIT_FOR_CANVAS)
    canvasMs.push(paint.canvasMs)
    idleMs.push(paint.interactiveMs)
    await page.waitForLoadState('networkidle')
    await Promise.all(waiting)
    const own = arrivals.filter((one) => !/\/(?:api|socket\.io)\//.test(one.path))
    const paintedAtMs = paint.originMs + paint.canvasMs
    before = sum(own.filter(({ endMs }) => endMs <= paintedAtMs).map(({ bytes }) => bytes))
    all = sum(own.map(({ bytes }) => bytes))
    await context.close()
  }
  return [
    { name: 'cold load, until the canvas is painted', value: median(canvasMs), unit: 'ms' },
    { name: 'cold load, until the page answers', value: median(idleMs), unit: 'ms' },
    { name: 'gzipped, until the canvas is painted', value: before / 1000, unit: 'kB' },
    { name: 'gzipped, whole page at rest', value: all / 1000, unit: 'kB' },
  ]
}

/** Fonts and pictures are packed as they are. */
function transferred(url: string, body: Buffer): number {
  return /\.(?:woff2|png)$/.test(url) ? body.length : gzipSync(body, { level: 9 }).length
}

async function openLarge(browser: Browser, url: string, id: string): Promise<Page> {
  const page = await browser.newPage({ viewport: WINDOW })
  await page.goto(`${url}/pipelines/${id}`)
  await page.evaluate<Painted>(WAIT_FOR_CANVAS)
  return page
}

async function measureDrag(browser: Browser, url: string) {
  const id = await save(url, 200)
  const page = await openLarge(browser, url, id)
  const { id: jobId } = await post<{ readonly id: string }>(url, 'jobs', { pipelineId: id })
  await page.getByRole('banner').getByText('Running').waitFor()
  const rows = []
  for (const [title, key] of [
    ['all 200 in view', '1'],
    ['at 100 %', '0'],
  ] as const) {
    await page.keyboard.press(key)
    await page.locator('.canvas .face[data-active="true"]').first().waitFor({ state: 'attached' })
    // A first time, by which what the page does is compiled and loaded.
    await dragWork(browser, page)
    const work = await dragWork(browser, page)
    rows.push(
      { name: `work a frame, ${title}, p50`, value: percentile(work, 0.5), unit: 'ms' },
      { name: `work a frame, ${title}, p95`, value: percentile(work, 0.95), unit: 'ms' },
      { name: `work a frame, ${title}, most`, value: Math.max(...work), unit: 'ms' },
      { name: `frames, ${title}`, value: work.length, unit: 'frames' },
    )
  }
  await fetch(`${url}/api/v1/jobs/${jobId}`, { method: 'DELETE' })
  await page.close()
  return rows
}

/** Drags the node in the middle around in circles, a move each frame, and traces that. */
async function dragWork(browser: Browser, page: Page): Promise<readonly number[]> {
  const at = await page.evaluate<Point>(MIDDLE_NODE)
  await page.mouse.move(at.x, at.y)
  await page.mouse.down()
  await browser.startTracing(page, { categories: [...TRACE_CATEGORIES] })
  await page.evaluate("performance.mark('drag begins')")
  for (let move = 0; move < MOVES; move++) {
    const turn = (move / 60) * Math.PI
    await page.mouse.move(at.x + Math.sin(turn) * 120, at.y + (1 - Math.cos(turn)) * 60)
    await page.evaluate(NEXT_FRAME)
  }
  await page.evaluate("performance.mark('drag ends')")
  const trace = await browser.stopTracing()
  await page.mouse.up()
  return frameWork(trace.toString('utf8'), 'drag begins', 'drag ends')
}

/** In a pipeline of 600 nodes: how long the thread is held by a letter, a move, and an edge. */
async function measureEdits(browser: Browser, url: string) {
  const page = await openLarge(browser, url, await save(url, 600))
  await page.keyboard.press('0')
  const node = page.getByRole('article', { name: /^Node 30\.5/ })
  await node.locator('.node-head').click()
  const where = page.getByRole('textbox', { name: 'Where', exact: true })
  await where.click()
  const letters: number[] = []
  const moves: number[] = []
  const edges: number[] = []
  for (let edit = 0; edit < EDITS; edit++) {
    letters.push(await heldMs(browser, page, () => page.keyboard.type('1')))
  }
  await node.focus()
  for (let edit = 0; edit < EDITS; edit++) {
    moves.push(await heldMs(browser, page, () => page.keyboard.press('Alt+ArrowDown')))
  }
  const port = node.getByTitle('output out')
  for (let edit = 0; edit < EDITS; edit++) {
    const box = await port.boundingBox()
    if (box === null) throw new Error('The output is not in view.')
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    edges.push(
      await heldMs(browser, page, async () => {
        await page.mouse.down()
        await page.mouse.move(box.x + 12, box.y + 3)
      }),
    )
    await page.keyboard.press('Escape')
    await page.mouse.up()
    await page.keyboard.press('Escape')
  }
  await page.close()
  return [
    { name: '600 nodes, a letter in an expression', value: median(letters), unit: 'ms' },
    { name: '600 nodes, a node moved by a key', value: median(moves), unit: 'ms' },
    { name: '600 nodes, an edge begun', value: median(edges), unit: 'ms' },
  ]
}

/** The longest time for which the page could not answer while something was done. */
async function heldMs(browser: Browser, page: Page, act: () => Promise<void>): Promise<number> {
  await browser.startTracing(page, { categories: [...TRACE_CATEGORIES] })
  await page.evaluate("performance.mark('act begins')")
  await act()
  await page.evaluate(NEXT_IDLE)
  await page.evaluate("performance.mark('act ends')")
  const trace = await browser.stopTracing()
  return longestTask(trace.toString('utf8'), 'act begins', 'act ends')
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
