/** Keeping jobs running, in virtual time and with stand-ins for engine hosts. */

import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { VirtualEnv } from '@millrace/engine/testing'
import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import type { NotedTurn } from '../env/turn-note.ts'
import { YIELDING } from './host-priorities.ts'
import type { HostMessage, HostVitals } from './messages.ts'
import { STRIKES_MAX } from './supervised-job.ts'
import { Supervisor } from './supervisor.ts'

const MB = 2 ** 20
const VITALS: HostVitals = {
  ...{ residentBytes: 100 * MB, residentBytesMax: 1024 * MB, threadShare: 0.1 },
  ...{ heapBytes: 50 * MB, heapBytesMax: 768 * MB },
}
const LIMITS = {
  ...{ hostsMax: 3, jobsMax: 10, crowdedShare: 0.75, settleMs: 10_000, newMs: 10_000 },
  spareAfterMs: Number.POSITIVE_INFINITY,
}
const FIRST_MS = 1_000

/** Answers as an engine host does, and dies when it is told to. */
class StandIn extends EventEmitter {
  connected = true
  exitedWith: string | undefined
  noted: NotedTurn = { slot: 0, verdict: undefined }
  readonly jobs = new Map<string, number>()
  readonly asked: string[] = []
  /** Those whose turns may take as long among others as alone. */
  readonly patient = new Set<string>()
  /** Those that were started standing still. */
  readonly paused = new Set<string>()
  /** How long they may take less than others for a turn. */
  readonly probationMs = new Map<string, number>()
  /** Where it is told to suspend a job, it dies instead. */
  diesSuspending = false
  /** One that is suspended has stored its last checkpoint, and lets go of files for a while. */
  endsLate = false
  /** A job that is to be released has very much state. */
  storesLong = false
  /** What a job cannot be released for. */
  tie: string | undefined
  readonly pid: number

  constructor(pid: number) {
    super()
    this.pid = pid
  }

  send({ number, name, body }: { number: number; name: string; body: Record<string, unknown> }) {
    this.asked.push(name)
    const jobId = String(body.jobId)
    if (name === 'releaseJob' && this.storesLong) return true
    if (name === 'releaseJob' && this.tie !== undefined) {
      this.#say({
        ...{ kind: 'refusal', number, refused: 'conflict' },
        ...{ code: 'job-stays', message: this.tie },
      })
      return true
    }
    if (name === 'suspendJob' && this.diesSuspending) return this.kill()
    if (name === 'startJob') this.jobs.set(jobId, Number(body.slot))
    if (name === 'startJob') this.says(jobId, 'running')
    if (body.patient === true) this.patient.add(jobId)
    if (body.paused === true) this.paused.add(jobId)
    if (name === 'startJob') this.probationMs.set(jobId, Number(body.probationMs))
    if (name === 'suspendJob' && this.endsLate) this.says(jobId, 'finishing')
    else if (name === 'releaseJob' || name === 'suspendJob') this.says(jobId, 'stopped')
    if (name === 'forgetJob' || name === 'releaseJob') this.jobs.delete(jobId)
    const reply = name === 'suspendJob' ? { checkpointId: 7 } : {}
    this.#say({ kind: 'reply', number, ok: true, body: reply })
    return true
  }

  says(jobId: string, state: wire.WireJobState, breakpoint?: wire.BreakpointHit): void {
    const endedAtMs = state === 'stopped' ? 1 : null
    const books = { deadLetters: 0, breakpoint }
    const said = { jobId, state, endedAtMs, pace: null, failure: null, ...books }
    this.#say({ kind: 'jobChanged', ...said, checkpoints: null })
  }

  beat(
    shares: Readonly<Record<string, number>> = {},
    vitals: Partial<HostVitals> = {},
    stateBytes = 0,
  ): void {
    const loads = Object.entries(shares).map(([jobId, share]) => ({ jobId, share, stateBytes }))
    this.#say({ kind: 'heartbeat', vitals: { ...VITALS, ...vitals }, loads })
  }

  /** It ends in the turn of this job, or in nobody's. */
  dies(jobId?: string, verdict?: NotedTurn['verdict']): void {
    this.noted = { slot: jobId === undefined ? 0 : (this.jobs.get(jobId) ?? 0), verdict }
    this.kill()
  }

  kill(): boolean {
    if (this.exitedWith !== undefined) return false
    this.exitedWith = 'SIGKILL'
    this.emit('exit', null, 'SIGKILL')
    return true
  }

  disconnect(): void {
    this.kill()
  }

  #say(message: HostMessage): void {
    void Promise.resolve().then(() => {
      if (this.exitedWith === undefined) this.emit('message', message)
    })
  }
}

function supervised(limits: Partial<typeof LIMITS> = {}) {
  const env = new VirtualEnv()
  const hosts: StandIn[] = []
  const news: string[] = []
  const states: string[] = []
  const machine = { freeBytes: 4_096 * MB, mayTakeBack: true }
  const niceness = new Map<number, number>()
  const supervisor = new Supervisor({
    ...{ env, topics: env.topics, roots: [], dataFolder: '/data', deadlineMs: 4_000 },
    limits: { ...LIMITS, ...limits },
    settings: { turnMs: 3_000, sharedTurnMs: 500 },
    freeBytes: () => machine.freeBytes,
    quotas: { recordsPerSecond: null, stateBytes: null },
    backoff: { firstMs: FIRST_MS, maxMs: 30_000 },
    setNiceness: (pid, value) => {
      if (value < (niceness.get(pid) ?? 0) && !machine.mayTakeBack) throw new Error('EACCES')
      niceness.set(pid, value)
    },
    startProcess: () => {
      const host = new StandIn(hosts.length + 1)
      hosts.push(host)
      host.beat()
      return host as unknown as ChildProcess
    },
    openNote: () => {
      const number = hosts.length
      const read = () => hosts[number]?.noted ?? { slot: 0, verdict: undefined }
      return { fd: 0, read, close: () => {} }
    },
    listener: {
      jobChanged: ({ jobId, state }) => states.push(`${jobId} ${state}`),
      jobNoted: (jobId, { kind }) => news.push(`${jobId} ${kind}`),
      jobMeasured: () => {},
      tapFilled: () => {},
      pictureDrawn: () => {},
      jobRestarted: () => {},
      hostEnded: () => {},
    },
  })
  /** Long ago, where nothing else is said: what it does is known. */
  const start = (jobId: string, { startedAtMs = 0, tied = false } = {}) =>
    supervisor.start({
      ...{ jobId, pipelineId: `p-${jobId}`, version: 1, document: '{}', startedAtMs },
      ...{ restarts: 0, pace: null, paused: false, begin: { kind: 'beginning' }, after: 0 },
      tied,
    })
  const startNew = (jobId: string, { tied = false } = {}) => {
    return start(jobId, { startedAtMs: env.clock.nowMs(), tied })
  }
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      env.advance(500)
      for (const host of hosts) host.beat()
      await settle()
    }
  }
  const placeOf = (jobId: string) => {
    const { state, restarts, placement } = supervisor.status(jobId) ?? {}
    return [state, restarts, placement?.host, placement?.reason]
  }
  const yielding = () => {
    return supervisor.engineHosts.hosts.filter(({ yields }) => yields).map(({ host }) => host)
  }
  const world = { env, hosts, news, states, machine, niceness, supervisor }
  return { ...world, start, startNew, pass, placeOf, yielding }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}

const TURN = { why: 'turn', turnMs: 3_000, shared: false } as const
const SHARED_TURN = { why: 'turn', turnMs: 560, shared: true } as const

test('who keeps its turn is alone after a wait, and the others go on at once', async () => {
  const { hosts, start, pass, placeOf, supervisor } = supervised()
  await Promise.all(['a', 'b', 'c'].map((job) => start(job)))
  hosts[0]?.dies('b', TURN)
  await settle()
  expect(placeOf('a')).toEqual(['running', 1, 2, 'light'])
  expect(placeOf('c')).toEqual(['running', 1, 2, 'light'])
  expect(placeOf('b').slice(0, 2)).toEqual(['restarting', 1])
  await pass(FIRST_MS)
  expect(placeOf('b')).toEqual(['running', 1, 3, 'suspect'])
  expect(supervisor.engineHosts.hosts.map(({ alone }) => alone)).toEqual([false, true])
})

test('a job that was paused stands in its next host, too; one at a breakpoint does not', async () => {
  const { hosts, start, pass, supervisor } = supervised()
  await Promise.all(['a', 'b'].map((job) => start(job)))
  const record = { number: 1, eventTime: null, seenAtMs: 0, change: null, row: {} }
  const hit = { breakpointId: 'x', nodeId: 'n', port: 'out', where: null, record }
  hosts[0]?.says('a', 'paused')
  hosts[0]?.says('b', 'paused', hit)
  await settle()
  expect(supervisor.status('b')?.breakpoint).toEqual(hit)
  hosts[0]?.dies()
  await pass(FIRST_MS)
  expect([...(hosts[1]?.jobs.keys() ?? [])].sort()).toEqual(['a', 'b'])
  expect([...(hosts[1]?.paused ?? [])]).toEqual(['a'])
  expect(supervisor.status('b')?.breakpoint).toBeUndefined()
})

test('a job that ends with its host while it stands at a breakpoint stands nowhere', async () => {
  const { hosts, start, supervisor } = supervised()
  await start('a')
  const record = { number: 1, eventTime: null, seenAtMs: 0, change: null, row: {} }
  hosts[0]?.says('a', 'paused', {
    breakpointId: 'x',
    nodeId: 'n',
    port: 'out',
    where: null,
    record,
  })
  await settle()
  await supervisor.control({ jobId: 'a', action: 'stop' })
  hosts[0]?.dies()
  await settle()
  expect(supervisor.status('a')).toMatchObject({ state: 'failed', endedAtMs: expect.any(Number) })
  expect(supervisor.status('a')?.breakpoint).toBeUndefined()
})

test('a job that stops the engine three times is quarantined, and nobody else is restarted again', async () => {
  const { hosts, start, pass, placeOf, supervisor, news } = supervised()
  await Promise.all(['a', 'b'].map((job) => start(job)))
  for (let count = 1; count < STRIKES_MAX; count++) {
    hosts.find(({ jobs, exitedWith }) => exitedWith === undefined && jobs.has('b'))?.dies('b', TURN)
    await pass(60_000)
    expect(placeOf('b')).toEqual(['running', count, expect.any(Number), 'suspect'])
  }
  hosts.find(({ jobs, exitedWith }) => exitedWith === undefined && jobs.has('b'))?.dies('b', TURN)
  await settle()
  expect(supervisor.status('b')).toMatchObject({ state: 'failed', failure: { quarantined: true } })
  expect(supervisor.status('b')?.failure?.message).toContain('one turn took more than 3000 ms')
  expect(news).toContain('b quarantined')
  await pass(600_000)
  expect(placeOf('a').slice(0, 2)).toEqual(['running', 1])
})

test('a turn that is too long among others counts for nothing, but its job stays alone for an hour', async () => {
  const { hosts, start, pass, placeOf } = supervised()
  await Promise.all(['a', 'b', 'c'].map((job) => start(job)))
  hosts[0]?.dies('b', SHARED_TURN)
  await settle()
  expect(placeOf('a')).toEqual(['running', 1, 2, 'light'])
  await pass(FIRST_MS)
  expect(placeOf('b')).toEqual(['running', 1, 3, 'suspect'])
  await pass(3_500_000)
  expect(placeOf('b')).toEqual(['running', 1, 3, 'suspect'])
  await pass(400_000)
  expect(placeOf('b')).toEqual(['running', 1, 2, 'light-again'])
  for (let time = 2; time <= STRIKES_MAX + 1; time++) {
    hosts
      .find((host) => host.exitedWith === undefined && host.jobs.has('a'))
      ?.dies('b', SHARED_TURN)
    await pass(FIRST_MS)
    expect(placeOf('b').slice(0, 2)).toEqual(['running', time])
    await pass(4_000_000)
  }
})

test('turns of a job that is new are watched closely, and of one that made others wait when it is back', async () => {
  const { env, hosts, start, pass, placeOf } = supervised()
  const startedAtMs = env.clock.nowMs()
  const longAgo = () => start('old', { startedAtMs: startedAtMs - 3_600_000 })
  await Promise.all([start('a', { startedAtMs }), start('b', { startedAtMs }), longAgo()])
  const told = (job: string) => {
    const host = hosts.find((one) => one.exitedWith === undefined && one.jobs.has(job))
    return host?.probationMs.get(job)
  }
  expect(['a', 'b', 'old'].map(told)).toEqual([10_000, 10_000, 0])
  await pass(4_000)
  hosts[0]?.dies('b', SHARED_TURN)
  await settle()
  expect(['a', 'old'].map(told)).toEqual([6_000, 0])
  await pass(FIRST_MS)
  expect(told('b')).toBe(3_600_000)
  await pass(4_000_000)
  expect(placeOf('b')[3]).toBe('light-again')
  expect(told('b')).toBe(3_600_000)
})

test('where there is no host for it, such a job runs among others, and its turns may take long', async () => {
  const { hosts, start, pass, placeOf } = supervised({ hostsMax: 1 })
  const jobs = ['a', 'b', 'c', 'd']
  await Promise.all(jobs.map((job) => start(job)))
  const hostOf = (job: string) => {
    return hosts.find((host) => host.exitedWith === undefined && host.jobs.has(job))
  }
  for (const job of jobs.slice(0, 3)) {
    hostOf(job)?.dies(job, SHARED_TURN)
    await pass(FIRST_MS)
  }
  const reasons = jobs.map((job) => placeOf(job)[3])
  expect(reasons).toEqual(['suspect', 'suspect', 'new-among-others', 'light'])
  expect([...(hostOf('d')?.patient ?? [])]).toEqual(['c'])
})

test('where nothing tells who it was all go on together, and then by halves', async () => {
  const { hosts, start, placeOf } = supervised()
  await Promise.all(['a', 'b', 'c', 'd'].map((job) => start(job)))
  hosts[0]?.dies()
  await settle()
  expect(['a', 'b', 'c', 'd'].map((job) => placeOf(job)[2])).toEqual([2, 2, 2, 2])
  hosts[1]?.dies()
  await settle()
  expect(['a', 'b', 'c', 'd'].map((job) => placeOf(job)[2])).toEqual([3, 3, 4, 4])
})

test('a host that is silent is ended before five seconds are over', async () => {
  const { env, hosts, start } = supervised()
  await start('a')
  await settle()
  env.advance(3_900)
  expect(hosts[0]?.exitedWith).toBeUndefined()
  for (let passedMs = 0; passedMs < 1_000; passedMs += 100) env.advance(100)
  expect(hosts[0]?.exitedWith).toBe('SIGKILL')
})

/** Heartbeats that say what each job takes, until its share is known. */
async function load(
  { env, hosts }: ReturnType<typeof supervised>,
  shares: Readonly<Record<string, number>>,
): Promise<void> {
  for (let beat = 0; beat < 24; beat++) {
    env.advance(500)
    for (const host of hosts) {
      const own = Object.entries(shares).filter(([jobId]) => host.jobs.has(jobId))
      const threadShare = own.reduce((sum, [, share]) => sum + share, 0.05)
      host.beat(Object.fromEntries(own), { threadShare: Math.min(1, threadShare) })
    }
    await settle()
  }
}

test('a heavy job is released and goes on alone, as if it had run on', async () => {
  const world = supervised()
  await Promise.all(['a', 'b'].map((job) => world.start(job)))
  await load(world, { a: 0.05, b: 0.9 })
  expect(world.placeOf('b')).toEqual(['running', 0, 2, 'busy'])
  expect(world.yielding()).toEqual([2])
  expect(world.placeOf('a')).toEqual(['running', 0, 1, 'light'])
  expect(world.news).toEqual(['b moved'])
  expect(new Set(world.states)).toEqual(
    new Set(['a starting', 'a running', 'b starting', 'b running']),
  )
  expect([...(world.hosts[0]?.jobs.keys() ?? [])]).toEqual(['a'])
  await world.pass(200_000)
  expect(world.placeOf('b')).toEqual(['running', 0, 1, 'light-again'])
})

test('when a job that has just come makes its host busy, nobody leaves in its place', async () => {
  const world = supervised({ jobsMax: 2 })
  for (const jobId of ['a', 'b', 'c']) await world.start(jobId)
  await load(world, { a: 0.05, b: 0.05, c: 0.05 })
  await world.start('new')
  await load(world, { a: 0.05, b: 0.05, c: 0.1, new: 0.9 })
  expect(world.placeOf('c')).toEqual(['running', 0, 2, 'light'])
  expect(world.placeOf('new')).toEqual(['running', 0, 3, 'busy'])
  expect(world.news).toEqual(['new moved'])
})

test('a job that keeps much is moved at once, before the memory of the others is full', async () => {
  const world = supervised()
  await Promise.all(['a', 'b'].map((job) => world.start(job)))
  world.env.advance(500)
  world.hosts[0]?.beat({ b: 0.2 }, {}, 200 * MB)
  await settle()
  expect(world.placeOf('b')).toEqual(['running', 0, 2, 'large'])
  expect(world.placeOf('a')).toEqual(['running', 0, 1, 'light'])
})

test('as long as a job is on its way out of a busy host, no other one leaves that', async () => {
  const world = supervised({ jobsMax: 3 })
  for (const jobId of ['a', 'b', 'c', 'd']) await world.start(jobId)
  const [host] = world.hosts
  if (host !== undefined) host.storesLong = true
  for (let time = 0; time < 3; time++) {
    await load(world, { a: 0.05, b: 0.05, c: 0.9, d: 0.05 })
  }
  expect(host?.asked.filter((name) => name === 'releaseJob')).toHaveLength(1)
  expect(['a', 'b', 'c'].map((jobId) => world.placeOf(jobId)[2])).toEqual([1, 1, 1])
  const [{ jobs } = { jobs: [] }] = world.supervisor.engineHosts.hosts
  expect(jobs.filter(({ leaving }) => leaving).map(({ jobId }) => jobId)).toEqual(['c'])
})

test('a job that is tied to its host stays there, and is not asked again for long', async () => {
  const world = supervised()
  const [host] = world.hosts
  if (host !== undefined) host.tie = 'Its source cannot be read again.'
  await Promise.all(['a', 'b'].map((job) => world.start(job)))
  await load(world, { a: 0.05, b: 0.9 })
  await load(world, { a: 0.05, b: 0.9 })
  expect(world.placeOf('b')).toEqual(['running', 0, 1, 'light'])
  expect(host?.asked.filter((name) => name === 'releaseJob')).toHaveLength(1)
})

test('there are never more hosts than there may be, and two for suspects', async () => {
  const world = supervised({ jobsMax: 1, hostsMax: 2 })
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((job) => world.start(job)))
  const alive = () => world.hosts.filter(({ exitedWith }) => exitedWith === undefined).length
  expect(alive()).toBe(2)
  expect(world.placeOf('e')[3]).toBe('full')
  for (const job of ['a', 'b', 'c', 'd', 'e']) {
    world.hosts.find((host) => host.exitedWith === undefined && host.jobs.has(job))?.dies(job, TURN)
    await world.pass(5_000)
    expect(alive()).toBeLessThanOrEqual(4)
  }
})

test('jobs that may have stopped hosts run on among others where there may be no more hosts', async () => {
  const world = supervised({ jobsMax: 10, hostsMax: 1 })
  const jobs = ['a', 'b', 'c', 'd', 'e']
  await Promise.all(jobs.map((job) => world.start(job)))
  for (const job of jobs) {
    world.hosts.find((host) => host.exitedWith === undefined && host.jobs.has(job))?.dies(job)
    await world.pass(5_000)
  }
  const states = jobs.map((job) => world.supervisor.status(job)?.state)
  expect(states).toEqual(['running', 'running', 'running', 'running', 'running'])
})

test('a restart waits as long as it should, and crashes count together, wherever the wall clock is set', async () => {
  const { env, hosts, start, pass, placeOf } = supervised()
  let offsetMs = 0
  const { nowMs } = env.clock
  Object.assign(env.clock, { nowMs: () => nowMs() + offsetMs })
  await start('a')
  const day = 24 * 3_600_000
  for (const [round, ms] of [30 * day, -2 * day].entries()) {
    offsetMs += ms / 2
    hosts.at(-1)?.dies('a', TURN)
    await settle()
    offsetMs += ms / 2
    // Full jitter: the wait is at most this long, and no wall clock ends it.
    expect(placeOf('a').slice(0, 2)).toEqual(['restarting', round + 1])
    await pass(FIRST_MS * 2 ** round)
    expect(placeOf('a').slice(0, 2)).toEqual(['running', round + 1])
  }
  offsetMs += day
  hosts.at(-1)?.dies('a', TURN)
  await settle()
  expect(placeOf('a')[0]).toBe('failed')
})

test('hosts that nobody needs are ended, but one', async () => {
  const world = supervised({ jobsMax: 1 })
  await Promise.all(['a', 'b', 'c'].map((job) => world.start(job)))
  for (const job of ['a', 'b', 'c']) await world.supervisor.suspend(job)
  for (const job of ['a', 'b', 'c']) world.supervisor.forget(job)
  await world.pass(40_000)
  expect(world.hosts.filter(({ exitedWith }) => exitedWith === undefined)).toHaveLength(1)
})

test.each([true, false])(
  'the host of a job that ends dies first (it comes back: %s)',
  async (comesBack) => {
    const world = supervised()
    await Promise.all(['a', 'b'].map((job) => world.start(job)))
    const [host] = world.hosts
    if (host !== undefined) host.diesSuspending = true
    const suspended = world.supervisor.suspend('a', { comesBack })
    await expect(suspended).rejects.toMatchObject({ code: 'engine-restarting' })
    await world.pass(60_000)
    expect(world.supervisor.status('b')).toMatchObject({ state: 'running', failure: null })
    const { state, failure } = world.supervisor.status('a') ?? {}
    if (comesBack) expect(state).toBe('running')
    else
      expect([state, failure?.message]).toEqual(['failed', expect.stringContaining('told to end')])
    // It can be ended as any other.
    await world.supervisor.suspend('a')
    expect(world.supervisor.status('a')?.endedAtMs).not.toBeNull()
  },
)

test('all who tell one job to end are answered when it has, the server that stops among them', async () => {
  const world = supervised()
  await world.start('a')
  const [host] = world.hosts
  if (host !== undefined) host.endsLate = true
  const asked = [world.supervisor.suspend('a'), world.supervisor.suspend('a')]
  const drained = world.supervisor.drain(8_000)
  await settle()
  host?.says('a', 'stopped')
  expect(await Promise.all(asked)).toEqual([7, 7])
  await drained
})

test('a job that ends only to begin again is not told to end meanwhile', async () => {
  const { hosts, start, supervisor } = supervised()
  await start('a')
  const [host] = hosts
  if (host !== undefined) host.endsLate = true
  const suspended = supervisor.suspend('a', { comesBack: true })
  await settle()
  const refused = { code: 'backfill-switches' }
  const stop = () => supervisor.control({ jobId: 'a', action: 'stop' })
  await expect(stop()).rejects.toMatchObject(refused)
  await expect(supervisor.suspend('a')).rejects.toMatchObject(refused)
  host?.says('a', 'stopped')
  expect(await suspended).toBe(7)
  await expect(stop()).rejects.toMatchObject(refused)
  supervisor.forget('a')
  await start('a')
  expect(await stop()).toMatchObject({ jobId: 'a' })
})

test('all jobs of all hosts are ended gently at once', async () => {
  const world = supervised({ jobsMax: 2 })
  await Promise.all(['a', 'b', 'c', 'd'].map((job) => world.start(job)))
  await world.supervisor.drain(8_000)
  const asked = world.hosts.map(({ asked: all }) => all.filter((name) => name === 'suspendJob'))
  expect(asked.map(({ length }) => length)).toEqual([2, 2])
  expect(world.hosts.every(({ exitedWith }) => exitedWith === 'SIGKILL')).toBe(true)
})

/** Those that have not ended, as the API tells of them. */
function viewOf({ supervisor }: ReturnType<typeof supervised>) {
  return supervisor.engineHosts.hosts.map(({ host, spare, jobs }) => {
    return [host, spare, jobs.map(({ jobId }) => jobId)]
  })
}

test('a spare host is there for jobs that share one, and takes over those that are not to blame', async () => {
  const world = supervised({ spareAfterMs: 5_000 })
  for (const jobId of ['loop', 'a', 'b']) await world.start(jobId)
  await world.pass(4_500)
  expect(world.hosts).toHaveLength(1)
  await world.pass(60_000)
  expect(viewOf(world)).toEqual([
    [1, false, ['loop', 'a', 'b']],
    [2, true, []],
  ])
  world.hosts[0]?.dies('loop', SHARED_TURN)
  await settle()
  expect(viewOf(world)).toEqual([[2, false, ['a', 'b']]])
  await world.pass(1_000)
  expect(world.placeOf('loop')).toEqual(['running', 1, 3, 'suspect'])
  expect(world.hosts).toHaveLength(3)
  await world.pass(10_000)
  expect(viewOf(world)).toEqual([
    [2, false, ['a', 'b']],
    [3, false, ['loop']],
    [4, true, []],
  ])
  await world.supervisor.drain(0)
})

test('when all hosts are killed at once, jobs are restarted once, though the spare one was among them', async () => {
  const world = supervised({ spareAfterMs: 1_000 })
  for (const jobId of ['a', 'b']) await world.start(jobId)
  await world.pass(2_000)
  expect(world.hosts).toHaveLength(2)
  for (const host of [...world.hosts]) host.dies()
  await settle()
  expect(world.placeOf('a')).toEqual(['running', 1, 3, 'light'])
  expect(world.placeOf('b')).toEqual(['running', 1, 3, 'light'])
  await world.supervisor.drain(0)
})

test('no new job is placed in the spare host while there is room elsewhere', async () => {
  const world = supervised({ spareAfterMs: 1_000, jobsMax: 3 })
  for (const jobId of ['a', 'b']) await world.start(jobId)
  await world.pass(2_000)
  for (const jobId of ['c', 'd']) await world.start(jobId)
  expect(viewOf(world)).toEqual([
    [1, false, ['a', 'b', 'c']],
    [2, false, ['d']],
  ])
  await world.supervisor.drain(0)
})

test('the spare host is no more than there may be, and goes when nobody would need it', async () => {
  const world = supervised({ spareAfterMs: 1_000, hostsMax: 1 })
  for (const jobId of ['a', 'b']) await world.start(jobId)
  await world.pass(2_000)
  expect(viewOf(world)).toHaveLength(2)
  await world.supervisor.suspend('b')
  await world.pass(40_000)
  expect(viewOf(world)).toEqual([[1, false, ['a', 'b']]])
  await world.supervisor.drain(0)
})

test('there is no spare host for a job alone in the only host, nor where the memory is short', async () => {
  const alone = supervised({ spareAfterMs: 1_000, hostsMax: 1 })
  await alone.start('a')
  await alone.pass(10_000)
  expect(alone.hosts).toHaveLength(1)
  await alone.supervisor.drain(0)
  const short = supervised({ spareAfterMs: 1_000 })
  short.machine.freeBytes = 200 * MB
  for (const jobId of ['a', 'b']) await short.start(jobId)
  await short.pass(10_000)
  expect(short.hosts).toHaveLength(1)
  await short.supervisor.drain(0)
})

test('when the last host in use ends, the spare one takes its place; one that ends is not missed', async () => {
  const world = supervised({ spareAfterMs: 1_000 })
  for (const jobId of ['a', 'b']) await world.start(jobId)
  await world.pass(2_000)
  world.hosts[1]?.dies()
  await world.pass(30_000)
  expect(viewOf(world)).toEqual([[1, false, ['a', 'b']]])
  await world.pass(60_000)
  expect(viewOf(world)).toHaveLength(2)
  for (const jobId of ['a', 'b']) await world.supervisor.suspend(jobId)
  world.hosts[0]?.dies()
  await world.pass(100_000)
  expect(viewOf(world)).toEqual([[3, false, []]])
  await world.supervisor.drain(0)
})

test('who is new begins in the spare host, which then is a host as any other', async () => {
  const world = supervised({ spareAfterMs: 1_000 })
  await world.startNew('a')
  expect(world.placeOf('a').slice(2)).toEqual([1, 'new'])
  await world.startNew('b')
  expect(world.placeOf('b').slice(2)).toEqual([1, 'new'])
  await world.pass(11_000)
  await world.startNew('c')
  await world.startNew('d')
  await world.pass(500)
  expect(viewOf(world)).toEqual([
    [1, false, ['a', 'b']],
    [2, false, ['c', 'd']],
  ])
  expect(world.placeOf('d').slice(2)).toEqual([2, 'new'])
  world.hosts[1]?.dies('d', SHARED_TURN)
  await world.pass(30_000)
  expect(world.supervisor.status('a')?.restarts).toBe(0)
  expect(world.placeOf('d').slice(1)).toEqual([1, 3, 'suspect'])
  expect(world.placeOf('c').slice(1)).toEqual([1, 1, 'new-among-others'])
  expect(world.news).toEqual([])
  await world.supervisor.drain(0)
})

test('a host that nobody knows comes after those with jobs that have run, until it is known', async () => {
  const world = supervised({ spareAfterMs: 1_000 })
  await world.startNew('a')
  await world.pass(3_000)
  // There is nobody yet that it could disturb.
  expect(world.yielding()).toEqual([])
  await world.pass(9_000)
  expect(world.yielding()).toEqual([2])
  await world.startNew('b')
  await world.pass(5_000)
  expect(world.placeOf('b').slice(2)).toEqual([2, 'new'])
  expect(world.yielding()).toEqual([2, 3])
  await world.pass(6_000)
  expect(world.yielding()).toEqual([3])
  expect([...world.niceness]).toEqual([
    [2, 0],
    [3, YIELDING],
  ])
  await world.supervisor.drain(0)
})

test('a spare host that takes over known jobs comes after nobody', async () => {
  const world = supervised({ spareAfterMs: 1_000 })
  for (const jobId of ['a', 'b']) await world.start(jobId)
  await world.pass(2_000)
  expect(world.yielding()).toEqual([2])
  world.hosts[0]?.dies()
  await settle()
  expect(world.placeOf('a').slice(2)).toEqual([2, 'light'])
  expect(world.yielding()).toEqual([])
  await world.supervisor.drain(0)
})

test('a job that has made others wait comes after them in its own host', async () => {
  const world = supervised({ hostsMax: 4 })
  for (const jobId of ['a', 'b', 'c']) await world.start(jobId)
  world.hosts[0]?.dies('c', SHARED_TURN)
  await world.pass(FIRST_MS)
  expect(world.placeOf('c').slice(2)).toEqual([3, 'suspect'])
  expect(world.yielding()).toEqual([3])
  await world.supervisor.drain(0)
})

test('where nothing that was given up can be taken back, no host gives up more than it can do without', async () => {
  const world = supervised({ spareAfterMs: 1_000 })
  world.machine.mayTakeBack = false
  for (const jobId of ['a', 'b', 'c']) await world.start(jobId)
  await world.pass(2_000)
  expect(world.yielding()).toEqual([])
  expect([...world.niceness]).toEqual([[2, 1]])
  world.hosts[0]?.dies('c', SHARED_TURN)
  await world.pass(FIRST_MS)
  expect(world.placeOf('c')[3]).toBe('suspect')
  // Nobody else ever comes into its host.
  expect(world.yielding()).toEqual([Number(world.placeOf('c')[2])])
  await world.supervisor.drain(0)
})

test('who is new begins among others where no host without them is there at once', async () => {
  const world = supervised({ spareAfterMs: 1_000 })
  world.machine.freeBytes = 200 * MB
  await world.start('a')
  await world.pass(5_000)
  await world.startNew('b')
  expect(world.placeOf('b').slice(2)).toEqual([1, 'new-among-others'])
  expect(world.hosts[0]?.probationMs.get('b')).toBe(10_000)
  await world.supervisor.drain(0)
})

/** Two hosts in use, as many as there may be, and the spare one. */
async function usedUp() {
  const world = supervised({ spareAfterMs: 1_000, hostsMax: 2 })
  for (const job of ['a', 'b']) await world.start(job)
  await world.pass(2_000)
  for (const job of ['c', 'd']) await world.startNew(job)
  await world.pass(11_000)
  expect(viewOf(world)).toEqual([
    [1, false, ['a', 'b']],
    [2, false, ['c', 'd']],
    [3, true, []],
  ])
  return world
}

test('where hosts are used up who is new begins in one more, and moves when it is known', async () => {
  const world = await usedUp()
  await world.startNew('e')
  await world.pass(9_000)
  expect(world.placeOf('e').slice(2)).toEqual([3, 'new'])
  expect(world.hosts).toHaveLength(3)
  await world.pass(4_000)
  expect(world.placeOf('e')).toEqual(['running', 0, 2, 'settled'])
  expect(world.news).toEqual(['e moved'])
  // The host that it was in stands by again.
  expect(viewOf(world)).toEqual([
    [1, false, ['a', 'b']],
    [2, false, ['c', 'd', 'e']],
    [3, true, []],
  ])
  await world.pass(60_000)
  expect(world.hosts).toHaveLength(3)
  await world.supervisor.drain(0)
})

test('where hosts are used up who cannot be moved begins among others', async () => {
  const world = await usedUp()
  await world.startNew('e', { tied: true })
  expect(world.placeOf('e').slice(2)).toEqual([2, 'new-among-others'])
  await world.supervisor.drain(0)
})

test('of many that are new at once few begin in the one host more, and none in a host after that', async () => {
  const world = await usedUp()
  const jobs = Array.from({ length: 14 }, (_, index) => `n${index}`)
  for (const job of jobs) await world.startNew(job)
  const apart = jobs.filter((job) => world.placeOf(job)[3] === 'new')
  expect(apart).toHaveLength(8)
  await world.pass(60_000)
  // The host with fewest is emptied, whoever is in it.
  expect(world.news).toHaveLength(5)
  expect(world.hosts).toHaveLength(3)
  expect(world.supervisor.engineHosts.hosts.filter(({ spare }) => spare)).toHaveLength(1)
  await world.supervisor.drain(0)
})

test('where hosts are used up by light jobs one is emptied for a heavy one', async () => {
  const world = await usedUp()
  await load(world, { a: 0.05, b: 0.9, c: 0.05, d: 0.05 })
  await world.pass(30_000)
  expect(world.placeOf('b').slice(2)).toEqual([3, 'busy'])
  expect(world.placeOf('a').slice(2)).toEqual([2, 'settled'])
  expect(world.supervisor.engineHosts.hosts.filter(({ spare }) => !spare)).toHaveLength(2)
  await world.supervisor.drain(0)
})

test('when all hosts are killed at once every job is restarted once, in whatever order that is seen', async () => {
  for (const order of [
    [0, 1, 2],
    [1, 0, 2],
    [2, 1, 0],
  ]) {
    const world = await usedUp()
    for (const index of order) world.hosts[index]?.dies()
    await world.pass(5_000)
    const jobs = ['a', 'b', 'c', 'd']
    expect(jobs.map((job) => world.placeOf(job)[0])).toEqual(jobs.map(() => 'running'))
    expect(jobs.map((job) => world.placeOf(job)[1])).toEqual([1, 1, 1, 1])
    await world.supervisor.drain(0)
  }
})

test('a job that stops each host in which it is started is to blame, not those that it comes to', async () => {
  const world = await usedUp()
  world.hosts[0]?.dies()
  // It is being started there.
  world.hosts[1]?.dies('a')
  await world.pass(5_000)
  const jobs = ['a', 'b', 'c', 'd']
  expect(jobs.map((job) => world.placeOf(job)[1])).toEqual([2, 1, 1, 1])
  expect(world.placeOf('a')[3]).toBe('suspect')
  await world.supervisor.drain(0)
})

test('a host that begins while sources wait for the disk is told that they do', async () => {
  const world = supervised({ spareAfterMs: 1_000, jobsMax: 1 })
  world.supervisor.hold('The disk is full.')
  for (const jobId of ['a', 'b']) await world.start(jobId)
  expect(world.hosts.map(({ asked }) => asked.includes('holdJobs'))).toEqual([true, true])
  world.supervisor.hold(null)
  await world.start('c')
  expect(world.hosts[2]?.asked).not.toContain('holdJobs')
  await world.supervisor.drain(0)
})
