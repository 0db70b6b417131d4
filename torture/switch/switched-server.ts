/**
 * A real server with one job whose pipeline is edited again and again: each new version computes
 * other sums, so that each row says which version has made it. Records are in order and in one
 * partition, so what must stand in every sink can be recomputed from what was sent.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { ServerProcess } from '../cycles/server-process.ts'

const POLL_MS = 40
/** Far more than a loaded machine takes; who waits so long has found a fault. */
const WITHIN_MS = 240_000
const BEGIN_MS = Date.UTC(2026, 0, 1)
const MINUTE_MS = 60_000
const WINDOW_MS = 10 * MINUTE_MS
const USERS = ['ada', 'bob']

/** One step of a process, the `nth` of its kind while a switch is watched. */
export interface Step {
  readonly step: string
  readonly nth: number
}

export interface Wish extends Step {
  /** The server with all its engine hosts, or the process alone that makes the step. */
  readonly whom: 'all' | 'one'
}

interface Click {
  readonly id: number
  readonly at: number
  readonly user: string
  readonly n: number
}

interface JobStatus {
  readonly jobId: string
  readonly pipelineId: string
  readonly version: number
  readonly state: string
  readonly endedAtMs: number | null
  readonly failure: { readonly message: string } | null
}

interface BackfillStatus {
  readonly state: string
  readonly caughtUp: boolean
  readonly message: string | null
}

interface Sum {
  readonly user: string
  readonly window: number
  readonly sum: number
}

export class SwitchedServer {
  readonly #server: ServerProcess
  #steps = ''
  readonly #clicks: Click[] = []
  #minute = 0
  #pipelineId = ''
  #jobId = ''
  #latest = 1
  /** The version that runs, as far as is known. */
  #runs = 1

  constructor(root: string) {
    const preload = pathToFileURL(path.join(root, 'torture/switch/preload.mjs')).href
    this.#server = new ServerProcess(root, (folder) => {
      this.#steps = path.join(folder, 'steps')
      return { MILLRACE_STEPS: this.#steps, NODE_OPTIONS: `--import=${preload}` }
    })
    mkdirSync(this.#steps)
  }

  async begin(): Promise<void> {
    const server = this.#server
    await server.start()
    for (const topic of ['clicks', 'sums']) await server.ask('POST', '/topics', { topic })
    const { id } = await server.ask<{ id: string }>('POST', '/pipelines', { document: sums(1) })
    this.#pipelineId = id
    this.#jobId = (await server.ask<JobStatus>('POST', '/jobs', { pipelineId: id })).jobId
    await this.#running()
  }

  /** The steps of a switch that nothing happens to. Rejects where it does not come to its end. */
  async watch(): Promise<readonly string[]> {
    const faults = await this.strike({ step: '', nth: 0, whom: 'one' })
    if (faults.length > 0 || this.#runs !== this.#latest) {
      throw new Error(`A switch does not work even when nothing happens: ${faults.join(' ')}`)
    }
    return this.#noted()
  }

  /** Switches to a new version, is struck there, and looks what has come of it. */
  async strike(wish: Wish): Promise<readonly string[]> {
    await this.#produce(12)
    const before = this.#runs
    await this.#save()
    await this.#startBackfill()
    await this.#produce(5)
    await this.#switch(wish)
    const faults = await this.#settled(before)
    if (faults.length > 0) return faults
    await this.#produce(9)
    await this.#closeWindows()
    return this.#judge(before)
  }

  /** What the last one came to: undefined where it was not struck. */
  get struck(): 'old' | 'new' | undefined {
    if (!existsSync(path.join(this.#steps, 'struck'))) return undefined
    return this.#runs === this.#latest ? 'new' : 'old'
  }

  /** Where what it has written lies until it is removed. */
  get folder(): string {
    return this.#server.folder
  }

  async kill(): Promise<void> {
    await this.#server.kill().catch(() => undefined)
  }

  async remove(): Promise<void> {
    await this.kill()
    this.#server.remove()
  }

  async #save(): Promise<void> {
    const document = sums(this.#latest + 1)
    const body = { document, baseVersion: this.#latest }
    await this.#server.ask('PUT', `/pipelines/${this.#pipelineId}`, body)
    this.#latest++
  }

  async #startBackfill(): Promise<void> {
    await this.#server.ask('POST', `/pipelines/${this.#pipelineId}/backfills`, {})
    await this.#until('the backfill catches up', async () => {
      const backfill = await this.#backfill()
      if (backfill?.state === 'failed') throw new Error(backfill.message ?? '')
      return backfill?.caughtUp === true
    })
  }

  /** Returns when the switch has ended, or whoever makes it has. */
  async #switch(wish: Wish): Promise<void> {
    for (const name of ['steps', 'struck']) rmSync(path.join(this.#steps, name), { force: true })
    writeFileSync(path.join(this.#steps, 'wish.json'), JSON.stringify(wish))
    await this.#server
      .ask('POST', `/pipelines/${this.#pipelineId}/backfill/switch`, {})
      .catch(() => undefined)
    rmSync(path.join(this.#steps, 'wish.json'))
    const struck = existsSync(path.join(this.#steps, 'struck'))
    const isServer = wish.whom === 'all' || wish.step.startsWith('server')
    if (!struck || !isServer) return
    // Where it was killed alone, its engine hosts end by themselves; here they need not.
    await this.#server.kill()
    await this.#server.start()
  }

  #noted(): readonly string[] {
    return readFileSync(path.join(this.#steps, 'steps'), 'utf8').trimEnd().split('\n')
  }

  /** Either version runs, as the same job, and it is the only one. */
  async #settled(before: number): Promise<readonly string[]> {
    await this.#until('the switch is over', async () => {
      return (await this.#backfill())?.state !== 'switching'
    })
    const { version } = await this.#running()
    const all = await this.#server.ask<readonly JobStatus[]>('GET', '/jobs')
    const own = all.filter(({ pipelineId }) => pipelineId === this.#pipelineId)
    const running = own.filter(({ endedAtMs }) => endedAtMs === null)
    const named = running.map(({ jobId, version, state }) => `${jobId} (${version}, ${state})`)
    const faults = running.length === 1 ? [] : [`${running.length} jobs: ${named.join(', ')}.`]
    if (![before, this.#latest].includes(version)) faults.push(`Version ${version} runs.`)
    this.#runs = version
    return faults
  }

  async #judge(before: number): Promise<readonly string[]> {
    const { version } = await this.#running()
    if (version !== this.#runs) return [`First version ${this.#runs} runs, then ${version}.`]
    const expected = naiveSums(this.#clicks.slice(0, -1))
    const faults: string[] = []
    const both = { 'the topic': () => this.#topicSums(), 'the files': () => this.#fileSums() }
    for (const [place, read] of Object.entries(both)) {
      await this.#untilOrLate(async () => (await read()).length >= expected.size)
      faults.push(...sumFaults(place, await read(), expected, [before, this.#runs]))
    }
    const ids = () => this.#server.linesOf('ids').map((line) => (JSON.parse(line) as Click).id)
    await this.#untilOrLate(async () => ids().length >= this.#clicks.length)
    faults.push(...idFaults(ids(), this.#clicks))
    const totals = JSON.stringify(naiveTotals(this.#clicks, this.#runs))
    let shown = ''
    await this.#untilOrLate(async () => {
      shown = JSON.stringify(await this.#view())
      return shown === totals
    })
    if (shown !== totals) faults.push(`The view shows ${shown}, and should show ${totals}.`)
    return faults
  }

  async #produce(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      this.#minute += 3
      await this.#send(USERS[this.#minute % USERS.length] ?? '')
    }
  }

  /** One more record, so much later that all windows before it close. */
  async #closeWindows(): Promise<void> {
    this.#minute += 60
    await this.#send('ada')
  }

  async #send(user: string): Promise<void> {
    const id = this.#clicks.length
    const click = { id, at: BEGIN_MS + this.#minute * MINUTE_MS, user, n: (id % 7) + 1 }
    const record = { key: null, value: { text: JSON.stringify(click) } }
    await this.#server.ask('POST', '/topics/clicks/records', record)
    this.#clicks.push(click)
  }

  async #backfill(): Promise<BackfillStatus | null> {
    const place = `/pipelines/${this.#pipelineId}/backfill`
    const { backfill } = await this.#server.ask<{ backfill: BackfillStatus | null }>('GET', place)
    return backfill
  }

  async #running(): Promise<JobStatus> {
    let status: JobStatus | undefined
    await this.#until('the job runs', async () => {
      status = await this.#server.ask<JobStatus>('GET', `/jobs/${this.#jobId}`)
      if (status.endedAtMs !== null) {
        throw new Error(`The job is ${status.state}: ${status.failure?.message ?? 'by itself'}`)
      }
      return status.state === 'running'
    })
    if (status === undefined) throw new Error('There is a status where the job runs.')
    return status
  }

  async #topicSums(): Promise<readonly Sum[]> {
    const place = '/topics/sums/records?limit=1000'
    let from = 0
    const found: Sum[] = []
    for (;;) {
      type Page = { records: { offset: number; value: { text: string } }[] }
      const { records } = await this.#server.ask<Page>('GET', `${place}&offset=${from}`)
      if (records.length === 0) return found
      found.push(...records.map(({ value }) => toSum(value.text)))
      from = (records.at(-1)?.offset ?? from) + 1
    }
  }

  async #fileSums(): Promise<readonly Sum[]> {
    return this.#server.linesOf('sums').map(toSum)
  }

  /** Undefined while the job is started again. */
  async #view(): Promise<Readonly<Record<string, number>> | undefined> {
    type View = { readonly rows: readonly { user: string; sum: number }[] }
    try {
      const { rows } = await this.#server.ask<View>('GET', `/jobs/${this.#jobId}/views/view`)
      return Object.fromEntries(
        rows.map(({ user, sum }) => [user, sum] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
      )
    } catch {
      return undefined
    }
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    if (!(await this.#untilOrLate(isSo))) throw new Error(`It takes too long until ${what}.`)
  }

  /** False where it does not become so. */
  async #untilOrLate(isSo: () => Promise<boolean>): Promise<boolean> {
    const untilMs = performance.now() + WITHIN_MS
    while (!(await isSo())) {
      if (performance.now() > untilMs) return false
      await sleep(POLL_MS)
    }
    return true
  }
}

function toSum(text: string): Sum {
  const row = JSON.parse(text) as { user: string; window_start: string; sum: number }
  return { user: row.user, window: Date.parse(row.window_start), sum: row.sum }
}

/** By user and window, as the first version gives them. */
function naiveSums(clicks: readonly Click[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { user, at, n } of clicks) {
    const key = `${user} ${Math.floor(at / WINDOW_MS) * WINDOW_MS}`
    found.set(key, (found.get(key) ?? 0) + n)
  }
  return found
}

function naiveTotals(clicks: readonly Click[], version: number): Readonly<Record<string, number>> {
  const of = (user: string) =>
    clicks.filter((one) => one.user === user).reduce((sum, { n }) => sum + n * version, 0)
  return Object.fromEntries(USERS.map((user) => [user, of(user)]))
}

/** Each window once, and of those that this switch has to do with each by one of both versions. */
function sumFaults(
  place: string,
  rows: readonly Sum[],
  expected: ReadonlyMap<string, number>,
  [before, now]: readonly [number, number],
): readonly string[] {
  const faults: string[] = []
  const seen = new Set<string>()
  let newest = 0
  for (const { user, window, sum } of rows) {
    const key = `${user} ${window}`
    if (seen.has(key)) faults.push(`In ${place} ${key} stands twice.`)
    seen.add(key)
    const by = sum / (expected.get(key) ?? Number.NaN)
    if (!(Number.isInteger(by) && by <= now)) faults.push(`In ${place} ${key} is ${sum}.`)
    if (by < newest) faults.push(`In ${place} version ${by} goes on behind version ${newest}.`)
    newest = Math.max(newest, by)
  }
  const lost = [...expected.keys()].filter((key) => !seen.has(key))
  if (lost.length > 0) faults.push(`In ${place} there is no ${lost.join(', ')}.`)
  const last = rows.at(-1)
  const wanted = (expected.get(`${last?.user} ${last?.window}`) ?? 0) * now
  if (last?.sum !== wanted) {
    faults.push(`In ${place} version ${now} has not made the last row (before: ${before}).`)
  }
  return faults
}

function idFaults(ids: readonly number[], clicks: readonly Click[]): readonly string[] {
  const [once, lost] = [new Set(ids), clicks.filter(({ id }) => !ids.includes(id))]
  return [
    ...(once.size === ids.length ? [] : [`${ids.length - once.size} records stand twice.`]),
    ...(lost.length === 0 ? [] : [`${lost.length} records are lost.`]),
  ]
}

function sums(version: number): object {
  const schema = { id: 'integer', at: 'timestamp', user: 'string', n: 'integer' }
  const watermark = { maxOutOfOrderness: '0s', interval: '1ms' }
  const by = { groupBy: ['user'], aggregates: { sum: `SUM(n * ${version})` } }
  return {
    ...{ format: 'millrace/1', name: 'Sums', settings: { checkpointInterval: '300ms' } },
    nodes: {
      in: {
        operator: 'topic-source',
        config: { topic: 'clicks', schema, eventTime: 'at', watermark },
      },
      windows: { operator: 'tumbling-window', config: { size: '10m', ...by } },
      topic: { operator: 'topic-sink', config: { topic: 'sums' } },
      file: { operator: 'file-sink', config: { path: 'sums.jsonl', format: 'jsonl' } },
      totals: { operator: 'group-aggregate', config: by },
      view: { operator: 'view-sink', config: {} },
      ids: { operator: 'file-sink', config: { path: 'ids.jsonl', format: 'jsonl' } },
    },
    edges: [
      { from: 'in', to: 'windows' },
      { from: 'windows', to: 'topic' },
      { from: 'windows', to: 'file' },
      { from: 'in', to: 'totals' },
      { from: 'totals', to: 'view' },
      { from: 'in', to: 'ids' },
    ],
  }
}
