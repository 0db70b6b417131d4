/**
 * Measures how long `npm start` takes until the page is served, and what the processes hold when
 * nothing is asked of them. With `BENCH_CLONE=1` also from a fresh clone with empty caches, which
 * fetches every library again and takes minutes.
 */

import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Command, MeasuredServer, serveCommand, withFolder } from './measured-server.ts'
import { median } from './memory-job.ts'

export const name = 'Start and idle memory'

const STARTS = 3
/** After this long nothing of the start is left to do. */
const SETTLE_MS = 8_000
const MB = 1e6

export async function run() {
  const rows = [...(await measureStarts()), ...(await measureMemory())]
  return process.env.BENCH_CLONE === '1' ? [...rows, await measureClone()] : rows
}

async function measureStarts() {
  // The first one builds what is not built yet.
  const [, ...npm] = await startTimes(STARTS + 1, npmStart)
  const bare = await startTimes(STARTS, serveCommand)
  const until = 'until /readyz answers 200, with a new data folder and the example started;'
  return [
    {
      name: 'npm start, warm',
      value: median(npm),
      unit: 'ms',
      limit: 3000,
      how: `${until} median of ${STARTS}, everything installed and built`,
    },
    {
      name: 'of that, the server alone',
      value: median(bare),
      unit: 'ms',
      how: `${until} median of ${STARTS}, without npm and the check of what is installed`,
    },
  ]
}

async function startTimes(count: number, command: (dataFolder: string) => Command) {
  const times: number[] = []
  for (let start = 0; start < count; start++) {
    await withFolder(async (folder) => {
      const server = await MeasuredServer.start(command(folder))
      times.push(server.startMs)
      await server.end()
    })
  }
  return times
}

function npmStart(dataFolder: string): Command {
  const options = ['--port', '0', '--data', dataFolder, '--root', dataFolder]
  return { program: 'npm', words: ['start', '--silent', '--', ...options] }
}

async function measureMemory() {
  return withFolder(async (folder) => {
    const server = await MeasuredServer.start(serveCommand(folder))
    try {
      await wait(SETTLE_MS)
      const withExample = resident(server)
      await server.stopAllJobs()
      while (server.processes.hosts.length > 1) await wait(SETTLE_MS)
      const idle = resident(server)
      const of = ({ web, engine }: typeof idle) =>
        `VmRSS of web server (${Math.round(web / MB)} MB) and engine hosts ` +
        `(${Math.round(engine / MB)} MB), shared pages counted twice,`
      const unit = 'MB'
      return [
        {
          name: 'memory, example running',
          value: (withExample.web + withExample.engine) / MB,
          unit,
          how: `${of(withExample)} ${SETTLE_MS / 1000} s after the start, with the spare host`,
        },
        {
          name: 'memory of both, nothing running',
          value: (idle.web + idle.engine) / MB,
          unit,
          limit: 200,
          how: `${of(idle)} when the example was stopped and the spare host has ended`,
        },
      ]
    } finally {
      await server.end()
    }
  })
}

function resident(measured: MeasuredServer) {
  const { server, hosts } = measured.processes
  const engine = hosts.reduce((sum, pid) => sum + measured.residentBytes(pid), 0)
  return { web: measured.residentBytes(server), engine }
}

/** What is committed, with caches of npm and pnpm that hold nothing. */
async function measureClone() {
  return withFolder(async (folder) => {
    const clone = path.join(folder, 'clone')
    const beganMs = performance.now()
    execFileSync('git', ['clone', '--quiet', '--no-local', process.cwd(), clone])
    const server = await MeasuredServer.start({
      ...npmStart(folder),
      folder: clone,
      environment: {
        npm_config_cache: path.join(folder, 'npm'),
        npm_config_store_dir: path.join(folder, 'store'),
        XDG_CACHE_HOME: path.join(folder, 'cache'),
        // The pnpm that runs this benchmark must not serve it.
        PATH: (process.env.PATH ?? '')
          .split(path.delimiter)
          .filter((place) => !place.includes('pnpm') && !place.includes('node_modules'))
          .join(path.delimiter),
      },
    })
    const value = (performance.now() - beganMs) / 1000
    await server.end()
    const how = 'git clone and npm start until /readyz, with empty caches of npm and pnpm'
    return { name: 'clone to served page, cold', value, unit: 's', limit: 180, how }
  })
}
