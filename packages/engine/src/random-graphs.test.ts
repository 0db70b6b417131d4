/**
 * Random graphs against a naive model. The model knows no batches, turns or queues: each node is a
 * function from the whole list of what comes in to the whole list of what goes out, every element
 * tagged with the position of the source element that it stems from, and inputs that meet are
 * sorted by (position, input).
 */

import { expect, test } from 'vitest'
import { record, type TestElement, watermark } from './testing/elements.ts'
import { seededRandom } from './testing/random.ts'
import { type GraphNode, graphDocument, portsOf, randomGraph } from './testing/random-graph.ts'
import { runPipeline } from './testing/run-pipeline.ts'
import { smallOperators } from './testing/small-operators.ts'
import { VirtualEnv } from './testing/virtual-env.ts'

type Tagged = { readonly position: number } & (
  | { readonly row: number; readonly at: number }
  | { readonly mark: number }
)

const END = Number.POSITIVE_INFINITY

/** All source elements in the order in which they are read: lowest watermark first, ties by id. */
function readAll(nodes: readonly GraphNode[]): ReadonlyMap<string, readonly Tagged[]> {
  const sources = nodes
    .filter((node) => node.from.length === 0)
    .map((node) => ({
      node,
      rows: [...(node.config.rows as [number, number][])],
      out: [] as Tagged[],
      latest: -END,
      sent: -END,
      ended: false,
    }))
  let position = 0
  for (;;) {
    const open = sources.filter((source) => !source.ended)
    open.sort((a, b) => (a.sent === b.sent ? (a.node.id < b.node.id ? -1 : 1) : a.sent - b.sent))
    const [source] = open
    if (source === undefined) return new Map(sources.map(({ node, out }) => [node.id, out]))
    const { delayMs, intervalMs } = source.node.config as { delayMs: number; intervalMs: number }
    const row = source.rows.shift()
    if (row === undefined) {
      source.ended = true
      source.out.push({ position: position++, mark: END })
      continue
    }
    source.out.push({ position: position++, at: row[0], row: row[1] })
    source.latest = Math.max(source.latest, row[0])
    const next = source.latest - delayMs - 1
    const entered = Math.floor((next + 1) / intervalMs) > Math.floor((source.sent + 1) / intervalMs)
    if (!entered) continue
    source.sent = next
    source.out.push({ position: position++, mark: next })
  }
}

function model(nodes: readonly GraphNode[]): ReadonlyMap<string, readonly Tagged[]> {
  const outputs = new Map(readAll(nodes))
  for (const { id, operator } of nodes) {
    if (operator !== 'dealing-source') continue
    const all = outputs.get(id) ?? []
    const dealt = (remainder: number) =>
      all.filter((element) => !('row' in element) || element.row % 2 === remainder)
    outputs.delete(id)
    outputs.set(`${id}.even`, dealt(0)).set(`${id}.odd`, dealt(1))
  }
  for (const node of nodes) {
    if (node.from.length === 0) continue
    const inputs = [...node.from].sort().map((id) => outputs.get(id) ?? [])
    outputs.set(node.id, runModel(node, merge(inputs)))
  }
  return outputs
}

/**
 * Sorted by (position, input), with marks replaced by their minimum over the inputs where it rises.
 */
function merge(inputs: readonly (readonly Tagged[])[]): readonly Tagged[] {
  const all = inputs.flatMap((elements, input) => elements.map((element) => ({ element, input })))
  all.sort((a, b) => a.element.position - b.element.position || a.input - b.input)
  const marks = inputs.map(() => -END)
  let low = -END
  return all.flatMap(({ element, input }): readonly Tagged[] => {
    if ('row' in element) return [element]
    marks[input] = element.mark
    const minimum = Math.min(...marks)
    if (minimum <= low) return []
    low = minimum
    return [{ position: element.position, mark: minimum }]
  })
}

function runModel({ operator, config }: GraphNode, elements: readonly Tagged[]): readonly Tagged[] {
  const { copies = 1, divisor = 1, remainder = 0 } = config as { [field: string]: number }
  const times = <T>(item: T) => Array.from({ length: copies }, () => item)
  let held = 0
  return elements.flatMap((element): readonly Tagged[] => {
    if (operator === 'meet') return [element]
    if (operator === 'keep') {
      if (!('row' in element)) return [element]
      return element.row % divisor === remainder ? times(element) : []
    }
    if ('row' in element) {
      held++
      return []
    }
    const fired = held === 0 ? [] : times({ ...element, row: held, at: element.mark })
    held = 0
    return [...fired, element]
  })
}

function toTestElements(elements: readonly Tagged[]): readonly TestElement[] {
  return elements.flatMap((element) => {
    if ('row' in element) return [record({ n: element.row }, element.at)]
    return element.mark === END ? [] : [watermark(element.mark)]
  })
}

test('300 random graphs do what the model does, whatever the batch size and the slices', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed)
    const nodes = randomGraph(random)
    const expected = new Map(
      [...model(nodes)].map(([id, elements]) => [id, toTestElements(elements)]),
    )
    const env = new VirtualEnv()
    env.tickMs = random.pick([0, 0, 0.3, 5])
    const batchRowsMax = random.pick([1, 3, 7, 1000])
    const tap = nodes.flatMap(portsOf)
    const result = await runPipeline(graphDocument(nodes), {
      operators: smallOperators,
      tap,
      env,
      batchRowsMax,
    })
    expect(result.failure, `seed ${seed}`).toBeUndefined()
    expect(result.taps, `seed ${seed}, batches of ${batchRowsMax}`).toEqual(expected)
  }
})
