/** What a topic may be called. */

import { expect, test } from 'vitest'
import { isOwnTopic, topicNameRefusal } from './topic-name.ts'

const RULE =
  'A name has 1 to 100 letters, digits, dots, hyphens and underscores, and begins with a letter or a digit.'

for (const name of ['orders', '7', 'made.by-hand_2', 'A'.repeat(100)]) {
  test(`a topic may be called ${JSON.stringify(name.slice(0, 20))}`, () => {
    expect(topicNameRefusal(name)).toBeUndefined()
  })
}

for (const name of ['', 'Orders für alle', '.hidden', '-x', '../etc', 'a\n', 'a/b']) {
  test(`no topic can be called ${JSON.stringify(name)}`, () => {
    expect(topicNameRefusal(name)).toBe(`A topic cannot be called "${name}". ${RULE}`)
  })
}

test('a name that is too long is not repeated whole', () => {
  const refusal = topicNameRefusal('n'.repeat(101))
  expect(refusal).toBe(`A topic cannot be called "${'n'.repeat(100)}…". ${RULE}`)
})

test('the topics of the server itself are known whatever the case of their letters', () => {
  expect(['millrace.letters', 'Millrace.x', 'millrace', 'my.millrace.'].map(isOwnTopic)).toEqual([
    ...[true, true, false, false],
  ])
})
