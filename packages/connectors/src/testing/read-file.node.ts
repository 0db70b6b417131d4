/** Reads a file in memory by a file source, for tests. */

import type { Reject, RunContext, Saved } from '@millrace/engine'
import { decodeState, encodeState } from '@millrace/engine'
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

/** Behind a chunk: where reading goes on, and what has been read by then. */
export interface ReadStop {
  readonly next: Saved
  readonly rows: number
  readonly rejects: number
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
  const { read } = await readFileFrom(undefined, content, config, readBytes, rowsMax)
  return read
}

/** As `readFile`, from a position on, with all at which it could be stopped. */
export async function readFileFrom(
  position: Saved,
  content: string | Uint8Array,
  config: { readonly [field: string]: unknown },
  readBytes: number | undefined,
  rowsMax: number,
): Promise<{ readonly read: ReadFile; readonly stops: readonly ReadStop[] }> {
  const env = new VirtualEnv()
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const parsed = fileSource.config.parse({ path: PATH, format: 'jsonl', ...config })
  env.disk.files.set(`/${parsed.path}`, bytes)
  const resolvePath = (path: string) => (path === '.' ? '/' : `/${path}`)
  const context: Pick<RunContext, 'env' | 'resolvePath' | 'position'> = {
    env,
    resolvePath,
    position,
  }
  const reader = createFileReader(parsed, context, readBytes)
  const rows: Row[] = []
  const times: number[] = []
  const rejects: Reject[] = []
  const stops: ReadStop[] = []
  let skippedLines = 0
  try {
    for (;;) {
      const chunk = await reader.read(rowsMax)
      if (chunk === undefined) return { read: { rows, times, rejects, skippedLines }, stops }
      rejects.push(...chunk.rejects.map((reject) => ({ ...reject, at: reject.at + rows.length })))
      rows.push(...chunk.rows)
      times.push(...(chunk.times ?? []))
      skippedLines += chunk.skippedLines ?? 0
      const counts = { rows: rows.length, rejects: rejects.length, skippedLines }
      stops.push({ next: decodeState(encodeState(chunk.next)), ...counts })
    }
  } finally {
    await reader.close()
  }
}
