/** For benchmarks: Millrace as users start it, and what its processes cost, as Linux counts it. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/
/** Of `/proc/<pid>/stat`: always so on Linux, whatever the kernel's own clock. */
const TICK_MS = 10
/** Who asks oftener takes from the server what it needs to start. */
const READY_EVERY_MS = 25

export interface Command {
  readonly program: string
  readonly words: readonly string[]
  readonly folder?: string
  readonly environment?: NodeJS.ProcessEnv
}

/** The server alone, as `pnpm serve` runs it. */
export function serveCommand(dataFolder: string): Command {
  const flags = [
    '--disallow-code-generation-from-strings',
    '--disable-proto=throw',
    '--max-semi-space-size=4',
  ]
  const script = path.resolve('scripts/serve.mjs')
  const options = ['--port', '0', '--data', dataFolder, '--root', dataFolder]
  return { program: process.execPath, words: [...flags, script, ...options] }
}

export class MeasuredServer {
  readonly url: string
  /** From the start of the command until `/readyz` said yes. */
  readonly startMs: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string, startMs: number) {
    this.#child = child
    this.url = url
    this.startMs = startMs
  }

  static async start({ program, words, folder, environment }: Command): Promise<MeasuredServer> {
    const beganMs = performance.now()
    const child = spawn(program, words, {
      cwd: folder ?? process.cwd(),
      env: { ...process.env, ...environment },
      // A group of its own, so that what npm starts is ended with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const url = await printedAddress(child)
    while (!(await isReady(url))) await wait(READY_EVERY_MS)
    return new MeasuredServer(child, url, performance.now() - beganMs)
  }

  /** Waits where the server takes no more requests for some seconds. */
  async ask<Reply>(method: string, place: string, body?: object): Promise<Reply> {
    const reply = await this.#fetch(method, place, body)
    if (reply.status === 429) {
      await wait(1000 * Number(reply.headers.get('retry-after') ?? 1))
      return this.ask(method, place, body)
    }
    if (!reply.ok) throw new Error(`${method} ${place}: ${reply.status} ${await reply.text()}`)
    return (await reply.json()) as Reply
  }

  #fetch(method: string, place: string, body: object | undefined): Promise<Response> {
    return fetch(`${this.url}/api/v1${place}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
  }

  /** Saves a document and runs it; gives the id of the job. */
  async runDocument(document: object): Promise<string> {
    const { id } = await this.ask<{ readonly id: string }>('POST', '/pipelines', { document })
    const job = await this.ask<{ readonly jobId: string }>('POST', '/jobs', { pipelineId: id })
    return job.jobId
  }

  async stopAllJobs(): Promise<void> {
    const jobs = await this.ask<readonly { readonly jobId: string }[]>('GET', '/jobs')
    for (const { jobId } of jobs) await this.ask('DELETE', `/jobs/${jobId}`)
  }

  /** Web server and engine hosts; what only waits for them, such as npm, is left out. */
  get processes(): { readonly server: number; readonly hosts: readonly number[] } {
    const all = groupOf(this.#child.pid ?? 0)
    const hosts = all.filter((pid) => commandOf(pid).includes('engine-host.mjs'))
    const server = hosts.map(parentOf)[0]
    if (server === undefined) throw new Error('There is no engine host to measure.')
    return { server, hosts }
  }

  /** What the process holds of the machine's memory, in bytes. */
  residentBytes(pid: number): number {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readProcess(pid, 'status')) ?? []
    return Number(kilobytes ?? Number.NaN) * 1024
  }

  /** Of all processors, by program and kernel, since the process began. */
  cpuMs(pid: number): number {
    // The name of the program, in brackets, may hold spaces.
    const [, rest = ''] = /\) (.*)/s.exec(readProcess(pid, 'stat')) ?? []
    const fields = rest.split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  }

  /** One value of `/metrics`. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text()
    const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? []
    return Number(value ?? Number.NaN)
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Ends server and hosts as a power cut would. */
  async kill(): Promise<void> {
    const { pid } = this.#child
    if (pid === undefined || this.#hasEnded) return
    const ended = once(this.#child, 'close')
    process.kill(-pid, 'SIGKILL')
    await ended
  }

  async end(): Promise<void> {
    const { pid } = this.#child
    if (pid === undefined || this.#hasEnded) return
    const { server } = this.processes
    const ended = once(this.#child, 'close')
    process.kill(server, 'SIGTERM')
    await ended
  }
}

/** Runs `work` with a folder that is gone afterwards. */
export async function withFolder<Value>(work: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-host-'))
  try {
    return await work(folder)
  } finally {
    // Processes that a failed measurement has left may still write.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
  }
}

async function printedAddress(child: ChildProcess): Promise<string> {
  let printed = ''
  const url = await new Promise<string | undefined>((resolve) => {
    const take = (chunk: Buffer): void => {
      printed += chunk.toString('utf8')
      const [found] = ADDRESS.exec(printed) ?? []
      if (found !== undefined) resolve(found)
    }
    // Read to their ends, so that they never stand full.
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.on('close', () => resolve(undefined))
  })
  if (url === undefined) throw new Error(`The server ended before it said where it is:\n${printed}`)
  return url
}

async function isReady(url: string): Promise<boolean> {
  const reply = await fetch(`${url}/readyz`).catch(() => undefined)
  await reply?.arrayBuffer()
  return reply?.ok ?? false
}

/** All processes of a group; some may be gone before they are asked. */
function groupOf(group: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => Number(statFields(pid)[2]) === group)
}

function parentOf(pid: number): number {
  return Number(statFields(pid)[1])
}

/** From the state on: state, parent, group. */
function statFields(pid: number): readonly string[] {
  return (/\) (.*)/s.exec(readProcess(pid, 'stat'))?.[1] ?? '').split(' ')
}

function commandOf(pid: number): string {
  return readProcess(pid, 'cmdline')
}

function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
