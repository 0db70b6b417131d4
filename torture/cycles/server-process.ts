/** `millrace serve` as a process group that can be killed as a whole, and its API. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--max-semi-space-size=4',
]
const ADDRESS = /http:\/\/127\.0\.0\.1:(\d+)/
/** Far more than a loaded machine takes. */
const END_WITHIN_MS = 120_000

/** An answer that says no. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

interface HostInUse {
  readonly pid: number | null
  readonly jobs: readonly { readonly jobId: string; readonly ended: boolean }[]
}

export class ServerProcess {
  readonly files: string
  readonly data: string
  /** Where both lie, and all that it has written. */
  readonly folder: string
  readonly #root: string
  #child: ChildProcess | undefined
  /** Resolves when it has ended, and all that write where it wrote. */
  #ended: Promise<unknown> = Promise.resolve()
  #port = 0
  readonly #env: NodeJS.ProcessEnv

  /** `root` is that of the repository; `env` goes to the server and its engine hosts. */
  constructor(root: string, env: (folder: string) => NodeJS.ProcessEnv = () => ({})) {
    this.#root = root
    this.folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'millrace-server-')))
    this.#env = env(this.folder)
    this.files = path.join(this.folder, 'files')
    this.data = path.join(this.folder, 'data')
    mkdirSync(this.files)
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** On the same data, and on the same port once there is one. Resolves when it serves. */
  async start(): Promise<void> {
    const script = path.join(this.#root, 'scripts/millrace.mjs')
    const words = ['serve', '--port', `${this.#port}`, '--data', this.data, '--root', this.files]
    const child = spawn(process.execPath, [...FLAGS, script, ...words], {
      cwd: this.files,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORCE_COLOR: '0', PORT: '', ...this.#env },
    })
    this.#child = child
    this.#ended = once(child, 'close')
    const printed = await printedUntil(child, ADDRESS)
    const port = ADDRESS.exec(printed)?.[1]
    if (port === undefined) throw new Error(`The server has ended before it served:\n${printed}`)
    this.#port = Number(port)
  }

  /** The server with all its engine hosts. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child?.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // All of them have ended already.
    }
    await this.#ended
  }

  /** The engine host that runs the job; false where there is none at the moment. */
  async killHost(jobId: string): Promise<boolean> {
    const { hosts } = await this.ask<{ readonly hosts: readonly HostInUse[] }>('GET', '/hosts')
    const runs = (job: HostInUse['jobs'][number]) => job.jobId === jobId && !job.ended
    const pid = hosts.find(({ jobs }) => jobs.some(runs))?.pid ?? undefined
    try {
      return pid !== undefined && process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
      return false
    }
  }

  async end(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close', { signal: AbortSignal.timeout(END_WITHIN_MS) })
    child.kill('SIGTERM')
    await ended
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  async ask<T>(method: string, place: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${place}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const { ok, status } = response
    if (!ok) throw new Refused(status, `${method} ${place}: ${status} ${text}`)
    return JSON.parse(text) as T
  }

  /** What stands in the files of a sink that makes one for each checkpoint. */
  linesOf(name: string): readonly string[] {
    const isWhole = (one: string) => one.startsWith(`${name}-`) && one.endsWith('.jsonl')
    const names = readdirSync(this.files).filter(isWhole)
    const text = names.map((one) => readFileSync(path.join(this.files, one), 'utf8')).join('')
    return text.split('\n').filter((line) => line !== '')
  }
}

function printedUntil(child: ChildProcess, text: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let printed = ''
    const take = (chunk: Buffer): void => {
      printed += chunk.toString('utf8')
      if (text.test(printed)) resolve(printed)
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.on('close', () => resolve(printed))
  })
}
