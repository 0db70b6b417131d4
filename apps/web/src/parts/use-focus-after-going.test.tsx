/** Checks where the focus is once the page that had it is gone. */

import { act, type ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { useFocusAfterGoing } from './use-focus-after-going.ts'

function Pages({ path, busy = false }: { readonly path: string; readonly busy?: boolean }) {
  useFocusAfterGoing(path)
  return PAGES[path]?.(busy)
}

const PAGES: Readonly<Record<string, (busy: boolean) => ReactNode>> = {
  '/list': (busy) => (
    <main aria-busy={busy}>
      <button type="button">Open</button>
    </main>
  ),
  '/canvas': () => (
    <main key="canvas">
      <div className="canvas" tabIndex={-1} />
    </main>
  ),
  '/field': () => (
    <main key="field">
      {/* biome-ignore lint/a11y/noAutofocus: as pages do that put the focus somewhere */}
      <input autoFocus />
    </main>
  ),
}

let root: Root

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  root = createRoot(document.body.appendChild(document.createElement('div')))
})

afterEach(() => {
  act(() => root.unmount())
  document.body.replaceChildren()
})

const show = (path: string, busy = false) => {
  act(() => root.render(<Pages path={path} busy={busy} />))
}
const focused = () => document.activeElement?.outerHTML.match(/^<[^>]*>/)?.[0]

test('a page that is opened by address leaves the focus where the browser puts it', () => {
  show('/list')
  expect(focused()).toBe('<body>')
})

test('who goes to the canvas is on it, and who goes to another page is at its beginning', () => {
  show('/list')
  document.querySelector('button')?.focus()
  show('/canvas')
  expect(focused()).toContain('class="canvas"')
  show('/list')
  expect(focused()).toContain('<main')
})

test('a page that is still being read takes the focus when it is there', async () => {
  show('/canvas')
  show('/list', true)
  expect(focused()).toBe('<body>')
  show('/list')
  await expect.poll(focused).toContain('<main')
})

test('a page that puts the focus somewhere keeps it there', () => {
  show('/list')
  show('/field')
  expect(focused()).toBe('<input>')
})
