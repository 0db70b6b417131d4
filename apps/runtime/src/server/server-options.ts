/** What the server is started with. */

import type { ChildProcess } from 'node:child_process'
import type { Worker } from 'node:worker_threads'
import type { Env, OperatorDefinition } from '@millrace/engine'
import type { Registry } from '@millrace/pipeline'
import type { BackoffSettings } from '../supervision/backoff.ts'
import type { HostLaunch } from '../supervision/engine-pool.ts'
import type { SetNiceness } from '../supervision/host-priorities.ts'
import type { PipelineDeskOptions, SeedExample } from './pipeline-desk.ts'
import type { ServerLimits } from './server-limits.ts'

export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ServerOptions {
  readonly env: Env
  readonly registry: Registry<OperatorDefinition>
  readonly log: Log
  readonly version: string
  /** 0 for any that is free. */
  readonly port: number
  readonly dataFolder: string
  /** Files of pipelines lie below one of these; relative paths count from the first. */
  readonly roots: readonly string[]
  readonly designerFolder: string
  readonly examplesFolder: string
  /** Host names to answer for, beside those of this machine. */
  readonly allowedHosts: readonly string[]
  readonly seedExample?: SeedExample
  /** An engine host that is silent for so long is killed. */
  readonly deadlineMs: number
  readonly backoff: BackoffSettings
  readonly serverLimits: ServerLimits
  startEngineProcess(launch: HostLaunch): ChildProcess
  /** Lets an engine host come after others; throws where that cannot be. */
  readonly setNiceness: SetNiceness
  /** In which large documents are checked. */
  startCheckThread(): Worker
  readonly infer: PipelineDeskOptions['infer']
}
