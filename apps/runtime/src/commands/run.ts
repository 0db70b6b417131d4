/** `millrace run`: runs a pipeline until its bounded input ends, or until it is told to end. */

import { resolve } from 'node:path'
import {
  type JobFailure,
  type OperatorDefinition,
  type Topics,
  toJobFailure,
} from '@millrace/engine'
import { type CheckedPipeline, problemLine } from '@millrace/pipeline'
import { type CheckedDocument, checkDocument } from '../checked-document.ts'
import { deadLettersPath, documentFolder } from '../document-file.ts'
import { checkDocumentFiles } from '../file-claims.ts'
import { PortRefused, refusePort } from '../hooks/hook-port.ts'
import type { HookServer } from '../hooks/hook-server.ts'
import { findWebhooks, type PlacedWebhook } from '../hooks/open-webhooks.ts'
import { createLazyTopics } from '../lazy-topics.ts'
import { PipelineJob, type PipelineOutcome } from '../pipeline-job.ts'
import { showProgress } from '../progress.ts'
import { parseSetting, type Setting } from '../set-config.ts'
import { summaryTable, toSummary } from '../summary.ts'
import { EXIT, type Signal, type Terminal } from '../terminal.ts'
import { countText } from '../text-table.ts'

export interface RunOptions {
  readonly set?: readonly string[]
  readonly batchSize?: string
  readonly state?: string
  /** Where topics are. */
  readonly data?: string
  /** Where webhooks of the pipeline are served. */
  readonly port?: string
  readonly json?: boolean
  readonly debug?: boolean
}

/** As `millrace serve` has it. */
export const DATA_FOLDER = '.millrace'
const BATCH_ROWS_MAX = 1_000_000
const NO_DEAD_LETTERS = { count: 0, path: '' }

export async function run(file: string, options: RunOptions, terminal: Terminal): Promise<number> {
  const settings = readOptions(options)
  if ('message' in settings) {
    terminal.stderr.write(`${settings.message}\n`)
    return EXIT.problems
  }
  const document = await checkDocument(file, settings.set, terminal)
  for (const problem of document.problems) terminal.stderr.write(`${problemLine(problem)}\n`)
  if (document.checked === undefined) {
    if (options.json) terminal.stdout.write(`${JSON.stringify({ problems: document.problems })}\n`)
    return EXIT.problems
  }
  const placed = findWebhooks(document.checked)
  const claims = [
    ...(await checkDocumentFiles(document.checked, document.document.path, terminal.env.disk)),
    ...(placed.length === 0 ? [] : refusePort(placed, options.port)),
  ]
  for (const problem of claims) terminal.stderr.write(`${problemLine(problem)}\n`)
  if (claims.length > 0) {
    if (options.json) terminal.stdout.write(`${JSON.stringify({ problems: claims })}\n`)
    return EXIT.problems
  }
  const topics = createLazyTopics(terminal.env, async () => {
    const { openDataLog } = await import('../storage/data-log.ts')
    return openDataLog(terminal.env, resolve(terminal.folder, options.data ?? DATA_FOLDER))
  })
  const env = { topics, ...terminal.env }
  let hooks: HookServer | undefined
  try {
    hooks = await openHooks(placed, Number(options.port), topics, terminal)
    return await runChecked(
      document,
      document.checked,
      { ...options, ...settings },
      { ...terminal, env },
    )
  } catch (error) {
    if (!(error instanceof PortRefused)) throw error
    terminal.stderr.write(`${error.message}\n`)
    return EXIT.problems
  } finally {
    await hooks?.close()
    await topics.close()
  }
}

/** Says where they are; undefined where there are none. */
async function openHooks(
  placed: readonly PlacedWebhook[],
  port: number,
  topics: Topics,
  { env, stderr }: Terminal,
): Promise<HookServer | undefined> {
  if (placed.length === 0) return undefined
  const onFault = (error: unknown) => {
    stderr.write(`Millrace has a bug here: ${String(error)}\n`)
  }
  const { openHookServer } = await import('../hooks/hook-server.ts')
  const hooks = await openHookServer({ placed, port, env, topics, onFault })
  for (const url of hooks.urls) stderr.write(`Records are received at ${url}\n`)
  return hooks
}

interface ReadOptions {
  readonly set: readonly Setting[]
  readonly batchRowsMax?: number
}

function readOptions(options: RunOptions): ReadOptions | { readonly message: string } {
  if (options.state !== undefined) {
    const message =
      '--state is not available yet: a job has no checkpoints, so nothing could be kept in ' +
      `"${options.state}". Run without it; the job then begins at the beginning.`
    return { message }
  }
  const set: Setting[] = []
  for (const text of options.set ?? []) {
    const setting = parseSetting(text)
    if ('message' in setting) return setting
    set.push(setting)
  }
  if (options.batchSize === undefined) return { set }
  const batchRowsMax = Number(options.batchSize)
  if (Number.isInteger(batchRowsMax) && batchRowsMax >= 1 && batchRowsMax <= BATCH_ROWS_MAX) {
    return { set, batchRowsMax }
  }
  const message =
    `--batch-size is "${options.batchSize}" and must be a whole number from 1 to ` +
    `${BATCH_ROWS_MAX}. Results do not depend on it; leave it out for the usual 4096.`
  return { message }
}

async function runChecked(
  { document }: CheckedDocument,
  checked: CheckedPipeline<OperatorDefinition>,
  options: Omit<RunOptions, 'set'> & ReadOptions,
  terminal: Terminal,
): Promise<number> {
  const { env, stdout, stderr } = terminal
  const { batchRowsMax, debug = false } = options
  let pipelineJob: PipelineJob
  try {
    pipelineJob = new PipelineJob(checked, {
      env,
      folder: documentFolder(document),
      deadLettersPath: deadLettersPath(document),
      ...(batchRowsMax === undefined ? {} : { batchRowsMax }),
    })
  } catch (error) {
    const failure = toJobFailure(error, undefined)
    const none = { state: 'failed', failure, nodes: new Map(), records: 0, seconds: 0 } as const
    if (options.json) stdout.write(`${JSON.stringify(toSummary(none, NO_DEAD_LETTERS))}\n`)
    stderr.write(failureText(failure, checked, debug))
    return EXIT.failed
  }
  const signals = listenToSignals(pipelineJob, terminal)
  const endProgress = showProgress(pipelineJob, stderr, env)
  const outcome = await pipelineJob.run()
  endProgress()
  signals.end()
  const { deadLetters } = pipelineJob
  if (options.json) stdout.write(`${JSON.stringify(toSummary(outcome, deadLetters))}\n`)
  else stdout.write(summaryTable(outcome))
  if (deadLetters.count > 0) stderr.write(deadLettersText(deadLetters))
  if (deadLetters.leftOver !== undefined) stderr.write(`${deadLetters.leftOver}\n`)
  return exitCode(outcome, signals.last, checked, debug, terminal)
}

function exitCode(
  { state, failure }: PipelineOutcome,
  signal: Signal | undefined,
  checked: CheckedPipeline<OperatorDefinition>,
  debug: boolean,
  { stderr }: Terminal,
): number {
  if (failure !== undefined) {
    stderr.write(failureText(failure, checked, debug))
    return EXIT.failed
  }
  if (state !== 'stopped') return EXIT.ok
  stderr.write('The job was stopped. The files that were there before are unchanged.\n')
  return EXIT[signal ?? 'SIGTERM']
}

/**
 * A live source goes on for ever, so the first signal ends its input and everything is completed
 * as if it had ended by itself. A job that ends by itself is stopped instead: half of its input
 * is no result. A second signal always stops.
 */
function listenToSignals({ job }: PipelineJob, { stderr, onSignal }: Terminal) {
  let last: Signal | undefined
  const end = onSignal((signal) => {
    const first = last === undefined
    last = signal
    if (first && job.live) {
      stderr.write('\nEnding: sources have stopped, and what is open is completed. ')
      stderr.write('Once more stops at once and leaves the old files.\n')
      job.drain()
    } else {
      stderr.write('\nStopping: what is open is given up. Once more ends the process at once.\n')
      job.stop()
      // The next signal ends the process as it would any other, whatever the job waits for.
      end()
    }
  })
  return {
    end,
    get last() {
      return last
    },
  }
}

function deadLettersText({
  count,
  path,
  firstReason,
}: {
  readonly count: number
  readonly path: string
  readonly firstReason: string | undefined
}): string {
  const records = count === 1 ? '1 record' : `${countText(count)} records`
  return `${records} could not be processed and went to ${path}. The first: ${firstReason}\n`
}

function failureText(
  { domain, nodeId, message, cause }: JobFailure,
  checked: CheckedPipeline<OperatorDefinition>,
  debug: boolean,
): string {
  const title = nodeId === undefined ? undefined : checked.nodes.get(nodeId)?.title
  const name = title === undefined || title === nodeId ? '' : ` "${title}"`
  const place = nodeId === undefined ? '' : ` at node ${nodeId}${name}`
  const text = `The job failed${place} (${domain}): ${message}\n`
  if (domain !== 'internal') return text
  if (debug && cause instanceof Error) return `${text}${cause.stack ?? ''}\n`
  return `${text}Run again with --debug to see where in Millrace.\n`
}
