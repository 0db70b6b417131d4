/** The log of a simulated run: opened for each life, and read when all is over. */

import type { Env } from '../../packages/engine/src/index.ts'
import { type EmbeddedLog, openLog } from '../../packages/storage/src/index.ts'
import type { Files } from '../checks/output-files.ts'
import type { RandomPipeline } from './random-pipeline.ts'

export function usesTopics({ document }: RandomPipeline): boolean {
  return Object.values(document.nodes).some(({ operator }) => operator === 'topic-sink')
}

export function openSimulatedLog(env: Env): Promise<EmbeddedLog> {
  return openLog({ env, folder: '/data/log', limits: { reserveBytes: 0 } })
}

/** Each partition as a file of lines: key and value of each record. Times may be of writing. */
export async function readTopics(env: Env): Promise<Files> {
  const log = await openSimulatedLog(env)
  const found = new Map<string, string>()
  for (const { topic, partitions } of await log.list()) {
    for (const [partition, { startOffset, endOffset }] of partitions.entries()) {
      const lines: string[] = []
      for (let at = startOffset; at < endOffset; ) {
        const batch = await log.read(topic, partition, at, 100_000)
        for (const { key, value } of batch.records) lines.push(`${text(key)} ${text(value)}`)
        at = batch.nextOffset
      }
      found.set(`${topic}/${partition}`, lines.join('\n'))
    }
  }
  await log.close()
  return found
}

function text(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes).toString()
}
