/** Millrace as users start it: a process of its own, with folders of its own and any free port. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const SCRIPTS = fileURLToPath(new URL('../scripts', import.meta.url))
const FLAGS = ['--disallow-code-generation-from-strings', '--disable-proto=throw']
/** Each further process costs a second of a processor, and the page shows none of them. */
const ONE_HOST = { MILLRACE_ENGINE_HOSTS: '1' }
/** Jobs are drained for 10 s at most. */
const END_WITHIN_MS = 15_000
const ADDRESS = /http:\/\/127\.0\.0\.1:(\d+)/

export interface StartOptions {
  /** Builds the page first where a source of it has changed. */
  readonly build?: boolean
}

export class MillraceProcess {
  /** Where files of pipelines lie. */
  readonly root: string
  readonly #folder: string
  readonly #build: boolean
  #child: ChildProcess | undefined
  #port = 0

  private constructor(folder: string, build: boolean) {
    this.#folder = folder
    this.#build = build
    this.root = path.join(folder, 'files')
    mkdirSync(this.root)
  }

  static async start({ build = false }: StartOptions = {}): Promise<MillraceProcess> {
    const server = new MillraceProcess(mkdtempSync(path.join(tmpdir(), 'millrace-e2e-')), build)
    await server.startAgain()
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  /** On the same port and data as before. */
  async startAgain(): Promise<void> {
    this.#child = this.#spawn(this.#port)
    const printed = await printedUntil(this.#child, ADDRESS)
    const port = ADDRESS.exec(printed)?.[1]
    if (port === undefined) throw new Error(`Millrace ended before it served:\n${printed}`)
    this.#port = Number(port)
  }

  /** What a second server prints that is to take this one's port, and the code it ends with. */
  async startBeside(): Promise<{ readonly code: number | null; readonly printed: string }> {
    const child = this.#spawn(this.#port, 'beside')
    const ended = once(child, 'close')
    const printed = await printedUntil(child, /$never/)
    const [code] = await ended
    return { code: code as number | null, printed }
  }

  writeFile(name: string, text: string): void {
    const file = path.join(this.root, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  readFile(name: string): string {
    return readFileSync(path.join(this.root, name), 'utf8')
  }

  /** As a crash of the machine would: nothing is written or said any more. */
  async kill(): Promise<void> {
    await this.#signal('SIGKILL', 'with its children')
  }

  /** The ids of the jobs that have not ended. */
  async runningJobs(): Promise<ReadonlySet<string>> {
    const answer = await fetch(`${this.url}/api/v1/jobs`)
    const jobs = (await answer.json()) as readonly { jobId: string; endedAtMs: number | null }[]
    return new Set(jobs.filter(({ endedAtMs }) => endedAtMs === null).map(({ jobId }) => jobId))
  }

  /** Stops what runs besides the jobs in `kept`. What ends meanwhile has ended, too. */
  async stopJobs(kept: ReadonlySet<string>): Promise<void> {
    const started = [...(await this.runningJobs())].filter((jobId) => !kept.has(jobId))
    const stop = (jobId: string) => fetch(`${this.url}/api/v1/jobs/${jobId}`, { method: 'DELETE' })
    await Promise.all(started.map(stop))
  }

  /** Kills the processes that run jobs; the server itself goes on. */
  killEngineHosts(): void {
    const hosts = descendants(this.#child?.pid ?? 0).filter((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine-host.mjs'),
    )
    if (hosts.length === 0) throw new Error('The server has no process of an engine host.')
    for (const host of hosts) process.kill(host, 'SIGKILL')
  }

  /** Ends it gently and removes its folders. */
  async end(): Promise<void> {
    await this.#signal('SIGTERM')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #spawn(port: number, data = 'data'): ChildProcess {
    const script = path.join(SCRIPTS, this.#build ? 'serve.mjs' : 'millrace.mjs')
    const command = this.#build ? [] : ['serve']
    const options = ['--port', `${port}`, '--data', path.join(this.#folder, data)]
    const words = [...FLAGS, script, ...command, ...options, '--root', this.root]
    return spawn(process.execPath, words, {
      cwd: this.root,
      // A group of its own, so that it can be killed as a whole.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORCE_COLOR: '0', PORT: '', ...ONE_HOST },
    })
  }

  async #signal(signal: NodeJS.Signals, reach?: 'with its children'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close', { signal: AbortSignal.timeout(END_WITHIN_MS) })
    if (reach === undefined || child.pid === undefined) child.kill(signal)
    else process.kill(-child.pid, signal)
    await ended
  }
}

/** The children of a process, and theirs. */
export function descendants(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return (children.match(/\d+/g) ?? []).flatMap((child) => [
    Number(child),
    ...descendants(Number(child)),
  ])
}

/** What it has printed when `text` is there, or at its end. */
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
