/** Reads a file in memory by a file source, for tests. */

import type { Reject, RunContext } from '@millrace/engine'
import { VirtualEnv } from '@millrace/engine/testing'
import type { Row } from '@millrace/pipeline'
import { createFileReader } from '../file-source.node.ts'
import { fileSource } from '../file-source.ts'

export interface ReadFile {
  readonly rows: readonly Row[]
  readonly times: readonly number[]
  readonly rejects: readonly Reject[]
  readonly skippedLines: number
}

export const PATH = 'in.jsonl'

/**
 * `config` completes path and format; `readBytes` is how much is read at once, `rowsMax` how many
 * rows.
 */
export async function readFile(
  content: string | Uint8Array,
  config: { readonly [field: string]: unknown },
  readBytes?: number,
  rowsMax = 1000,
): Promise<ReadFile> {
  const env = new VirtualEnv()
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const parsed = fileSource.config.parse({ path: PATH, format: 'jsonl', ...config })
  env.disk.files.set(`/${parsed.path}`, bytes)
  const resolvePath = (path: string) => (path === '.' ? '/' : `/${path}`)
  const context: Pick<RunContext, 'env' | 'resolvePath'> = { env, resolvePath }
  const reader = createFileReader(parsed, context, readBytes)
  const rows: Row[] = []
  const times: number[] = []
  const rejects: Reject[] = []
  let skippedLines = 0
  try {
    for (;;) {
      const chunk = await reader.read(rowsMax)
      if (chunk === undefined) return { rows, times, rejects, skippedLines }
      rejects.push(...chunk.rejects.map((reject) => ({ ...reject, at: reject.at + rows.length })))
      rows.push(...chunk.rows)
      times.push(...(chunk.times ?? []))
      skippedLines += chunk.skippedLines ?? 0
    }
  } finally {
    await reader.close()
  }
}
