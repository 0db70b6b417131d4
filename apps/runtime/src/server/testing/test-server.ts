/**
 * A whole server for tests: any free port, a data folder of its own, and engine hosts that can be
 * killed.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { wire } from '@millrace/pipeline'
import { type BuildOptions, build, buildSync } from 'esbuild'
import { io, type Socket } from 'socket.io-client'
import { createNodeEnv } from '../../env/node-env.ts'
import { createTestRegistry } from '../../hosting/testing/test-registry.ts'
import { nodeFlags, toArgument } from '../../supervision/host-settings.ts'
import { type MillraceServer, startMillraceServer } from '../millrace-server.ts'
import { DEFAULT_LIMITS, type ServerLimits } from '../server-limits.ts'
import type { ServerOptions } from '../server-options.ts'

/**
 * Only what is tested ends a host, however busy the machine is. A spare host costs a second of a
 * processor: tests that need one ask for it.
 */
export const TEST_LIMITS: ServerLimits = {
  ...DEFAULT_LIMITS,
  turnMs: 20_000,
  sharedTurnMs: 20_000,
  spareAfterMs: 3_600_000,
}

const HOST_SOURCE = fileURLToPath(new URL('../../hosting/testing/main.ts', import.meta.url))
const THREAD_SOURCE = fileURLToPath(new URL('./check-thread-main.ts', import.meta.url))

export interface TestServer extends AsyncDisposable {
  readonly server: MillraceServer
  readonly folder: string
  readonly url: string
  /** The engine hosts that were started, oldest first. */
  readonly engines: readonly ChildProcess[]
  readonly logged: readonly string[]
  fetch(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>
  /** The reply of a route, or a failed test. */
  ask<Name extends wire.RouteName>(
    name: Name,
    path: string,
    body?: unknown,
  ): Promise<ReturnType<wire.Routes[Name]['reply']['parse']>>
  connect(): Promise<TestSocket>
  /** Stops the server, does `meanwhile`, and starts one on the same folder. */
  restart(meanwhile?: () => void): Promise<void>
}

let bundled: Promise<string> | undefined
let bundledThread: string | undefined

/** Bundles the engine host once for all servers of a test file. */
export function engineFile(): Promise<string> {
  bundled ??= (async () => {
    const options = bundleOptions('engine', HOST_SOURCE)
    await build(options)
    return options.outfile
  })()
  return bundled
}

/** The same for the thread that checks large documents, which few tests need. */
function checkThreadFile(): string {
  if (bundledThread === undefined) {
    const options = bundleOptions('thread', THREAD_SOURCE)
    buildSync(options)
    bundledThread = options.outfile
  }
  return bundledThread
}

function bundleOptions(name: string, source: string) {
  const folder = mkdtempSync(path.join(tmpdir(), `millrace-${name}-`))
  return {
    entryPoints: [source],
    outfile: path.join(folder, `${name}.mjs`),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as r } from 'node:module'\nconst require = r(import.meta.url)",
    },
  } as const satisfies BuildOptions
}

export function startTestThread(): Worker {
  return new Worker(checkThreadFile())
}

/** What a test server is started with; its engine hosts and what it logs go into the lists. */
export async function testOptions(
  folder: string,
  { engines = [], logged = [] }: { engines?: ChildProcess[]; logged?: string[] } = {},
): Promise<ServerOptions> {
  const engine = await engineFile()
  const log = (_: object, message: string) => {
    logged.push(`${message} ${JSON.stringify(_)}`)
  }
  return {
    env: createNodeEnv(),
    registry: createTestRegistry(),
    log: { info: log, warn: log, error: log },
    version: 'test',
    port: 0,
    dataFolder: path.join(folder, 'data'),
    roots: [folder],
    designerFolder: path.join(folder, 'designer'),
    examplesFolder: path.join(folder, 'examples'),
    allowedHosts: [],
    deadlineMs: 60_000,
    backoff: { firstMs: 10, maxMs: 50 },
    // Tests are many programs on few processors: who comes last there may not come at all.
    setNiceness: () => {},
    serverLimits: TEST_LIMITS,
    startEngineProcess: ({ noteFd, settings }) => {
      const child = fork(engine, [toArgument(settings)], {
        execArgv: nodeFlags(settings),
        stdio: ['ignore', 'ignore', 'inherit', 'ipc', noteFd ?? 'ignore'],
      })
      engines.push(child)
      return child
    },
    startCheckThread: startTestThread,
    infer: async () => ({ config: {}, notes: [] }),
  }
}

/** Sent as it stands, whatever it is. */
function isReady(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array
}

export async function startTestServer(changes: Partial<ServerOptions> = {}): Promise<TestServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-server-'))
  const engines: ChildProcess[] = []
  const logged: string[] = []
  const options = { ...(await testOptions(folder, { engines, logged })), ...changes }
  let server = await startMillraceServer(options)
  const sockets: TestSocket[] = []
  const request = (
    method: string,
    place: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) =>
    fetch(`${server.url}${place}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isReady(body) ? body : JSON.stringify(body) }),
    })
  return {
    get server() {
      return server
    },
    get url() {
      return server.url
    },
    folder,
    engines,
    logged,
    fetch: request,
    ask: async (name, place, body) => {
      const { method, reply } = wire.routes[name]
      const response = await request(method.toUpperCase(), `${wire.API_ROOT}${place}`, body)
      const json: unknown = await response.json()
      if (!response.ok) throw new Error(`${response.status}: ${JSON.stringify(json)}`)
      return reply.parse(json) as never
    },
    connect: async () => {
      const socket = await TestSocket.open(server.url)
      sockets.push(socket)
      return socket
    },
    restart: async (meanwhile = () => {}) => {
      await server.stop()
      meanwhile()
      server = await startMillraceServer(options)
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.close()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Waiting = { readonly matches: (event: never) => boolean; resolve(event: never): void }

/** A client that remembers what it was told, and waits for what it expects. */
export class TestSocket {
  readonly socket: Socket
  readonly #heard = new Map<string, unknown[]>()
  readonly #waiting = new Map<string, Waiting[]>()

  static async open(url: string, options: Parameters<typeof io>[1] = {}): Promise<TestSocket> {
    const socket = io(url, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      ...options,
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('connect_error', reject)
    })
    return new TestSocket(socket)
  }

  private constructor(socket: Socket) {
    this.socket = socket
    socket.onAny((name: string, event: unknown) => {
      const schema = wire.socketEvents[name as wire.SocketEventName]
      const read = schema.parse(event) as never
      this.heard(name as wire.SocketEventName).push(read)
      const waiting = this.#waiting.get(name) ?? []
      this.#waiting.set(
        name,
        waiting.filter(({ matches, resolve }) => {
          if (!matches(read)) return true
          resolve(read)
          return false
        }),
      )
    })
  }

  heard<Name extends wire.SocketEventName>(name: Name): wire.SocketEvents[Name][] {
    const events = this.#heard.get(name) ?? []
    this.#heard.set(name, events)
    return events as wire.SocketEvents[Name][]
  }

  /** The first event, heard already or still to come, for which this is true. */
  async next<Name extends wire.SocketEventName>(
    name: Name,
    matches: (event: wire.SocketEvents[Name]) => boolean = () => true,
  ): Promise<wire.SocketEvents[Name]> {
    const heard = this.heard(name).find(matches)
    if (heard !== undefined) return heard
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name) ?? []
      this.#waiting.set(name, [...waiting, { matches, resolve }])
    })
  }

  ask<Name extends wire.SocketRequestName>(
    name: Name,
    request: unknown,
  ): Promise<wire.Acknowledgement<Name>> {
    return new Promise((resolve) => this.socket.emit(name, request, resolve))
  }

  close(): void {
    this.socket.disconnect()
  }
}

/** Saves the document as a new pipeline and starts it; gives the job's id. */
export async function start(on: TestServer, document: Record<string, unknown>): Promise<string> {
  const { id } = await on.ask('createPipeline', '/pipelines', { document })
  return (await on.ask('startJob', '/jobs', { pipelineId: id })).jobId
}

/** What was asked for; throws what a refusal says. */
export function reply<Name extends wire.SocketRequestName>(
  acknowledgement: wire.Acknowledgement<Name>,
): wire.SocketReply<Name> {
  if (acknowledgement.ok) return acknowledgement.reply
  throw new Error(acknowledgement.message)
}
