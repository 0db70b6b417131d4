/** The heap gives what a sort gives. */

import { expect, test } from 'vitest'
import { Heap } from './heap.ts'
import { seededRandom } from './testing/random.ts'

const byNumber = (a: number, b: number) => a - b

test('items come out in order, whatever goes in and out in between', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = seededRandom(seed)
    const heap = new Heap<number>(byNumber)
    let model: number[] = []
    for (let step = 0; step < 200; step++) {
      const item = random.integer(0, 30)
      const action = random.integer(0, 3)
      if (action === 0) expect(heap.pop(), `seed ${seed}`).toBe(model.shift())
      else if (action === 1 && model.length > 0) {
        heap.replaceFirst(item)
        model = [...model.slice(1), item].sort(byNumber)
      } else {
        heap.push(item)
        model = [...model, item].sort(byNumber)
      }
      expect([heap.size, heap.peek()], `seed ${seed}`).toEqual([model.length, model[0]])
    }
  }
})

test('an empty heap has nothing to replace', () => {
  expect(() => new Heap<number>(byNumber).replaceFirst(1)).toThrow('The heap is empty.')
})
