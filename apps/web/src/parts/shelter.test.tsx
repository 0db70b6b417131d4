/** Checks that a fault stays where it is. */

import { act, type ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Shelter } from './shelter.tsx'

let root: Root
let page: HTMLElement
let caught: unknown[]

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  page = document.createElement('div')
  document.body.append(page)
  caught = []
  root = createRoot(page, { onCaughtError: (error) => caught.push(error) })
})

afterEach(() => {
  act(() => root.unmount())
  page.remove()
})

let broken = true

function Part({ name }: { readonly name: string }): ReactNode {
  if (broken && name === 'first') throw new RangeError('The list has no element 7.')
  return <p>Here is the {name} part.</p>
}

async function show(name: string): Promise<void> {
  await act(async () => {
    root.render(
      <>
        <h1>The page</h1>
        <Shelter what="The drawer" shows={name}>
          <Part name={name} />
        </Shelter>
      </>,
    )
  })
}

test('what stands beside goes on, and the fault is named', async () => {
  broken = true
  await show('first')
  expect(page.querySelector('h1')?.textContent).toBe('The page')
  const alert = page.querySelector('[role="alert"]')
  expect(alert?.textContent).toContain('The drawer has stopped working')
  expect(alert?.textContent).toContain('The list has no element 7.')
  expect(caught).toHaveLength(1)
})

test('another thing that is shown there is tried', async () => {
  broken = true
  await show('first')
  await show('second')
  expect(page.textContent).toContain('Here is the second part.')
})

test('it is tried again when the user asks for it', async () => {
  broken = true
  await show('first')
  broken = false
  const again = [...page.querySelectorAll('button')].find((b) => b.textContent === 'Try again')
  await act(async () => again?.click())
  expect(page.textContent).toContain('Here is the first part.')
})
