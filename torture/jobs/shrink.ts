/** Makes a run that fails smaller: first without some of its faults, then without some nodes. */

import type { PipelineDocument, RandomPipeline } from './random-pipeline.ts'
import { type Catalogue, type Scenario, Simulator } from './simulate.ts'
import type { Variant } from './twist.ts'

const TRIES_MAX = 150

export interface ShrinkOptions {
  readonly triesMax?: number
  readonly variant?: Variant | undefined
}

/** The smallest that it finds; it fails, though not always in the same way. */
export async function shrink(
  scenario: Scenario,
  catalogue: Catalogue,
  { triesMax = TRIES_MAX, variant }: ShrinkOptions = {},
): Promise<Scenario> {
  const simulator = new Simulator(catalogue, variant)
  let tries = 0
  let smallest = scenario
  const fails = async (smaller: Scenario) => {
    if (tries++ > triesMax) return false
    if ((await simulator.runScenario(smaller)).faults.length === 0) return false
    smallest = smaller
    return true
  }
  for (let again = true; again; ) {
    again = false
    for (const smaller of smallerScenarios(smallest, catalogue)) {
      if (!(await fails(smaller))) continue
      again = true
      break
    }
  }
  return smallest
}

function* smallerScenarios(scenario: Scenario, catalogue: Catalogue): IterableIterator<Scenario> {
  const { faults, pipeline } = scenario
  for (const index of faults.keys()) yield { ...scenario, faults: faults.toSpliced(index, 1) }
  for (const id of Object.keys(pipeline.document.nodes)) {
    const document = without(pipeline.document, new Set([id]))
    const smaller: RandomPipeline = { ...pipeline, document }
    if (isWhole(document, catalogue)) yield { ...scenario, pipeline: smaller }
  }
  for (const [path, text] of pipeline.files) {
    const lines = text.split('\n')
    for (const half of [lines.slice(lines.length >> 1), lines.slice(0, lines.length >> 1)]) {
      const files = new Map(pipeline.files).set(path, half.join('\n'))
      if (lines.length > 2) yield { ...scenario, pipeline: { ...pipeline, files } }
    }
  }
}

/** Without these nodes and all that stands below them. */
function without(document: PipelineDocument, gone: Set<string>): PipelineDocument {
  const nodeOf = (end: string) => end.split('.')[0] ?? end
  for (let size = 0; size < gone.size; ) {
    size = gone.size
    for (const { from, to } of document.edges) if (gone.has(nodeOf(from))) gone.add(nodeOf(to))
  }
  const nodes = Object.entries(document.nodes).filter(([id]) => !gone.has(id))
  const edges = document.edges.filter(({ to }) => !gone.has(nodeOf(to)))
  return { ...document, nodes: Object.fromEntries(nodes), edges }
}

function isWhole({ nodes }: PipelineDocument, catalogue: Catalogue): boolean {
  const operators = Object.values(nodes).map(({ operator }) => catalogue.get(operator)?.category)
  return operators.includes('source') && operators.includes('sink')
}
