/** Where the focus goes when the control that has it goes away. */

import { afterEach, expect, test } from 'vitest'
import { keepFocus } from './use-kept-focus.ts'

afterEach(() => {
  document.body.innerHTML = ''
})

function show() {
  document.body.innerHTML =
    '<button id="other"></button><div id="part" tabindex="-1"><button id="start"></button></div>'
  const find = (id: string): HTMLElement => {
    const found = document.getElementById(id)
    if (found === null) throw new Error(`There is no ${id}.`)
    return found
  }
  const stop = keepFocus(find('part'))
  const focused = () => document.activeElement?.id ?? ''
  /** As a page that draws itself anew, and what watches it. */
  const become = async (html: string) => {
    const had = document.activeElement
    find('part').innerHTML = html
    // A browser takes the focus off what is gone.
    if (had?.isConnected === false && had instanceof HTMLElement) had.blur()
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  return { find, stop, focused, become }
}

test('the part takes the focus that its control had, and what is marked takes it from there', async () => {
  const { find, focused, become } = show()
  find('start').focus()
  await become('<button id="stop"></button>')
  expect(focused()).toBe('part')
  await become('<button id="stop"></button><button id="next" data-takes-focus></button>')
  expect(focused()).toBe('next')
})

test('who is elsewhere stays there', async () => {
  const { find, focused, become } = show()
  find('start').focus()
  find('other').focus()
  await become('<button id="next" data-takes-focus></button>')
  expect(focused()).toBe('other')
})

test('who has pressed beside it has left, also where nothing takes the focus', async () => {
  const { find, focused, become } = show()
  find('start').focus()
  document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }))
  find('start').blur()
  await become('<button id="next" data-takes-focus></button>')
  expect(focused()).toBe('')
})
