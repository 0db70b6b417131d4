/** The docs page and the listing for completion are complete, and say what the limits are. */

import { describe, expect, test } from 'vitest'
import { AGGREGATES, FUNCTIONS, functionsMarkdown } from './documentation.ts'
import { COST_MAX, LIST_MAX, NESTING_MAX, NODES_MAX, STRING_MAX, TEXT_MAX } from './limits.ts'

describe('the docs page', () => {
  const page = functionsMarkdown()

  test('has every function and aggregate with its description', () => {
    for (const { name, description } of [...FUNCTIONS, ...AGGREGATES]) {
      expect(page).toContain(`### ${name}\n`)
      expect(page).toContain(description)
    }
  })

  test('names the limits as they are', () => {
    for (const limit of [TEXT_MAX, NODES_MAX, STRING_MAX, LIST_MAX, COST_MAX]) {
      expect(page).toContain(limit.toString().replace(/\B(?=(?:\d{3})+$)/g, ','))
    }
    expect(page).toContain(`${NESTING_MAX} levels`)
  })

  test('ends with one line break', () => {
    expect(page).toMatch(/[^\n]\n$/)
  })
})

test('completion lists more than 150 names, each once', () => {
  const names = [...FUNCTIONS, ...AGGREGATES].flatMap(({ name, aliases }) => [name, ...aliases])
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThanOrEqual(150)
})
