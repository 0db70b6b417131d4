/**
 * Stops a process at its Nth call of the operating system, with strace: it is killed there, or the
 * call fails. Without strace the same is done inside the process, by a module that is loaded before
 * it (`kill/preload.ts`), which knows calls by what Node calls them.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'

export const CALLS = ['fsync', 'fdatasync', 'rename', 'write', 'ftruncate', 'unlink'] as const
export type Call = (typeof CALLS)[number]
export type Injected = 'kill' | 'EIO' | 'ENOSPC'

/** One call of one thread on a file of the job. */
export interface Site {
  readonly call: Call
  /** Of this thread, from 1. */
  readonly nth: number
  /** Below the job's folder. */
  readonly path: string
}

/** Files are worked on in one thread, so that the Nth call is the same one each time. */
export const ONE_THREAD = { ...process.env, UV_THREADPOOL_SIZE: '1' }

/** Undefined where processes can be traced here, otherwise why not. */
export function whyNoTrace(): string | undefined {
  try {
    const inject = ['-e', 'trace=fsync', '-e', 'inject=fsync:error=EIO:when=1']
    execFileSync('strace', ['-f', '-qq', '-o', '/dev/null', ...inject, 'true'], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return error instanceof Error
      ? (error.message.split('\n')[0] ?? 'It does not run.')
      : 'It fails.'
  }
}

/** Writes each call with the paths of its files to `log`. */
export function traced(command: readonly string[], log: string): readonly string[] {
  return ['strace', '-f', '-qq', '-y', '-o', log, '-e', `trace=${CALLS.join(',')}`, ...command]
}

export function injecting(
  command: readonly string[],
  log: string,
  { call, nth }: Pick<Site, 'call' | 'nth'>,
  what: Injected,
): readonly string[] {
  const effect = what === 'kill' ? 'signal=SIGKILL' : `error=${what}`
  const inject = `inject=${call}:${effect}:when=${nth}`
  return ['strace', '-f', '-qq', '-y', '-o', log, '-e', `trace=${call}`, '-e', inject, ...command]
}

/** The calls of a traced run on files below `folder`, in their order. */
export function sitesIn(log: string, folder: string): readonly Site[] {
  const counts = new Map<string, number>()
  const sites: Site[] = []
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const match = /^(\d+)\s+(\w+)\((.*)$/.exec(line)
    const [, thread = '', name = '', rest = ''] = match ?? []
    const call = CALLS.find((one) => one === name)
    if (call === undefined) continue
    const nth = (counts.get(`${thread} ${call}`) ?? 0) + 1
    counts.set(`${thread} ${call}`, nth)
    const file = fileOf(rest, folder)
    if (file !== undefined) sites.push({ call, nth, path: file })
  }
  return sites
}

/** The file of the job that stands in the arguments of a call. */
function fileOf(text: string, folder: string): string | undefined {
  const at = text.indexOf(folder)
  if (at < 0) return undefined
  const [found = ''] = /^[^">]*/.exec(text.slice(at + folder.length + 1)) ?? []
  return path.normalize(found)
}

/** Where it struck, of a run that something was injected into; undefined where it did not. */
export function struckAt(log: string, folder: string, what: Injected): string | undefined {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
  const calls = lines.filter((line) => /^\d+\s+\w+\(/.test(line))
  const struck = what === 'kill' ? calls.at(-1) : calls.find((line) => line.includes('(INJECTED)'))
  return struck === undefined ? undefined : fileOf(struck, folder)
}
