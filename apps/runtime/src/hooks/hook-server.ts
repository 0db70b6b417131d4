/** Webhooks of a pipeline that runs on the command line: a server of its own, for nothing else. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Env, Topics } from '@millrace/engine'
import { refuseCaller } from '../server/allowed-callers.ts'
import { HTTP_TIMES, OpenConnections } from '../server/open-connections.ts'
import { PortRefused } from './hook-port.ts'
import { HOOKS_ROOT, HookReceiver } from './hook-receiver.ts'
import { OpenWebhooks, type PlacedWebhook } from './open-webhooks.ts'

const ADDRESS = '127.0.0.1'
const OWNER = { id: 'run', name: 'run' }
/** What was taken is in the log by then; who has not sent all of it keeps no run from its end. */
const ANSWERED_WITHIN_MS = 5000

export interface HookServer {
  /** Where each webhook is. */
  readonly urls: readonly string[]
  /** Takes nothing more; resolves when what was taken is answered. */
  close(): Promise<void>
}

export interface HookServerOptions {
  readonly placed: readonly PlacedWebhook[]
  /** 0 for any that is free. */
  readonly port: number
  readonly env: Pick<Env, 'clock' | 'timers'>
  readonly topics: Topics
  onFault(error: unknown): void
}

/** Rejects where the port cannot be had. */
export async function openHookServer(options: HookServerOptions): Promise<HookServer> {
  const { placed, port, env, topics, onFault } = options
  const webhooks = new OpenWebhooks({ clock: env.clock, runs: () => true })
  webhooks.hold(OWNER, placed)
  const receiver = new HookReceiver({ env, topics, webhooks, onFault })
  const server = createServer(HTTP_TIMES, (request, response) => {
    const refusal = refuseCaller(request.headers, [])
    if (refusal !== undefined) {
      response.writeHead(403, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(refusal))
      return
    }
    // As it was sent: "//" would be no URL, and what is thrown here would end the run.
    const [pathname = '/'] = (request.url ?? '/').split('?', 1)
    const isHook = pathname.startsWith(`${HOOKS_ROOT}/`)
    const path = isHook ? pathname.slice(HOOKS_ROOT.length + 1) : pathname
    void receiver.receive(path, request, response)
  })
  const connections = new OpenConnections(server)
  await listen(server, port)
  const { port: opened } = server.address() as AddressInfo
  return {
    urls: placed.map(({ webhook }) => `http://${ADDRESS}:${opened}${HOOKS_ROOT}/${webhook.path}`),
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      return connections.end(env.timers, () => closed, ANSWERED_WITHIN_MS)
    },
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const fact = error.code === 'EADDRINUSE' ? 'is taken by another program' : 'cannot be opened'
      reject(new PortRefused(`Port ${port} on ${ADDRESS} ${fact}. Choose another one with --port.`))
    })
    server.listen(port, ADDRESS, resolve)
  })
}
