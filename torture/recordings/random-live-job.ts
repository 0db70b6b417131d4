/**
 * Random pipelines whose sources are live: records come in groups now and then, from partitions
 * that fall silent, and many nodes go by the clock.
 */

import type {
  OperatorDefinition,
  SourceChunk,
  SourceReader,
  Timers,
} from '../../packages/engine/src/index.ts'
import { type SeededRandom, seededRandom } from '../../packages/engine/src/testing/index.ts'
import { CATALOGUE } from '../jobs/catalogue.ts'
import {
  type Checked,
  check,
  type PipelineDocument,
  type RandomPipeline,
  randomPipeline,
} from '../jobs/random-pipeline.ts'
import type { Catalogue } from '../jobs/simulate.ts'

/** The usual operators, but file sources may be live. */
export function liveCatalogue(seed: number): Catalogue {
  const file = CATALOGUE.get('file-source')
  if (file === undefined) throw new Error('There is a file source.')
  const live: OperatorDefinition = {
    ...file,
    read: (config, context) => {
      const random = seededRandom(seed * 31 + context.nodeId.length + context.nodeId.charCodeAt(7))
      const reader = file.read?.(config, context)
      if (reader === undefined) throw new Error('A file source reads.')
      return random.chance(0.8) ? liveReader(reader, random, context.env.timers) : reader
    },
  }
  return new Map([...CATALOGUE, ['file-source', live]])
}

function liveReader(reader: SourceReader, random: SeededRandom, timers: Timers): SourceReader {
  const { watermark } = reader
  const partitions = random.integer(1, 3)
  const idleTimeoutMs = random.pick([0, 20, 200])
  const gapMs = random.pick([0, 5, 60, 500])
  const later = (chunk: SourceChunk | undefined) =>
    new Promise<SourceChunk | undefined>((resolve) => {
      const dealt = chunk && { ...chunk, partition: random.integer(0, partitions - 1) }
      timers.after(random.integer(0, gapMs), () => resolve(dealt))
    })
  return {
    bounded: false,
    ...(watermark === undefined
      ? {}
      : { watermark: { ...watermark, ...(idleTimeoutMs > 0 ? { idleTimeoutMs } : {}) } }),
    partitions,
    read: async (rowsMax) => {
      const chunk = await reader.read(Math.min(rowsMax, random.integer(1, 6)))
      if (chunk === undefined) return undefined
      const { next: _, ...records } = chunk
      return later(records)
    },
    close: () => reader.close(),
  }
}

export interface LiveJob {
  readonly pipeline: RandomPipeline
  readonly checked: Checked
  readonly catalogue: Catalogue
}

export function randomLiveJob(seed: number): LiveJob {
  const random = seededRandom(seed)
  const catalogue = liveCatalogue(seed)
  let pipeline = randomPipeline(random, catalogue)
  // Here is nothing but files: no log, and nobody to send to.
  while (usesMore(pipeline.document)) pipeline = randomPipeline(random, catalogue)
  const document = byTheClock(random, pipeline.document, catalogue)
  const checked = check(document, catalogue)
  if (checked === undefined) throw new Error(`The checker refuses the pipeline of seed ${seed}.`)
  return { pipeline: { ...pipeline, document }, checked, catalogue }
}

function usesMore({ nodes }: PipelineDocument): boolean {
  return Object.values(nodes).some(({ operator }) => /^(topic|http)-/.test(operator))
}

/** Some windows go by the clock, or give early results by it, where the checker lets them. */
function byTheClock(
  random: SeededRandom,
  document: PipelineDocument,
  catalogue: Catalogue,
): PipelineDocument {
  let changed = document
  for (const [id, node] of Object.entries(document.nodes)) {
    if (!node.operator.endsWith('-window') || random.chance(0.3)) continue
    const { early: _, allowedLateness: __, accumulation: ___, ...config } = node.config
    const clocked = random.chance(0.5)
      ? { ...config, time: 'processing' }
      : { ...config, early: { every: random.pick(['20ms', '300ms']) } }
    const tried = { ...changed, nodes: { ...changed.nodes, [id]: { ...node, config: clocked } } }
    if (check(tried, catalogue) !== undefined) changed = tried
  }
  return changed
}
