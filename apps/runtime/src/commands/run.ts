/** `millrace run`: runs a pipeline until its bounded input ends, or until it is told to end. */

import { join, resolve } from 'node:path'
import {
  type Env,
  type JobFailure,
  type OperatorDefinition,
  planStartingAt,
  scopedTopics,
  type Topics,
  toJobFailure,
  toJobPlan,
} from '@millrace/engine'
import { type CheckedPipeline, problemLine } from '@millrace/pipeline'
import type { JobRecording } from '@millrace/storage'
import { type CheckedDocument, checkDocument } from '../checked-document.ts'
import { deadLettersPath, documentFolder, resolveFrom } from '../document-file.ts'
import { createAllowedNet, refuseNetRules } from '../env/allowed-net.ts'
import { openSpillFile, SPILL_FOLDER } from '../env/spill-file.ts'
import { checkDocumentFiles } from '../file-claims.ts'
import { PortRefused, refusePort } from '../hooks/hook-port.ts'
import type { HookServer } from '../hooks/hook-server.ts'
import { findWebhooks, type PlacedWebhook } from '../hooks/open-webhooks.ts'
import { createLazyTopics, type LazyTopics } from '../lazy-topics.ts'
import { PipelineJob, type PipelineOutcome } from '../pipeline-job.ts'
import { showProgress } from '../progress.ts'
import { createRunRecording, recordedText } from '../replay/run-recording.ts'
import { parseSetting, type Setting } from '../set-config.ts'
import type { DataLog } from '../storage/data-log.ts'
import type { FolderLock } from '../storage/folder-lock.ts'
import { summaryTable, toSummary } from '../summary.ts'
import { Refusal } from '../supervision/refusal.ts'
import { EXIT, type Signal, type Terminal } from '../terminal.ts'
import { countText } from '../text-table.ts'
import {
  checkStateOptions,
  openRunState,
  type RunState,
  type StateOptions,
  startAtOf,
} from './run-state.ts'
import { writtenText } from './written-files.ts'

export interface RunOptions extends StateOptions {
  readonly set?: readonly string[]
  readonly batchSize?: string
  /** Where topics are. */
  readonly data?: string
  /** Where webhooks of the pipeline are served. */
  readonly port?: string
  /** What sinks may reach beside the internet. */
  readonly allowNet?: readonly string[]
  /** A folder that is not there yet. */
  readonly record?: string
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
  const wrongStart = whyNotThere(document.checked, options)
  if (wrongStart !== undefined) {
    terminal.stderr.write(`${wrongStart}\n`)
    return EXIT.problems
  }
  const run = { ...options, ...settings, placed }
  const spilled = join(resolve(terminal.folder, options.data ?? DATA_FOLDER), SPILL_FOLDER)
  const env: Env = { openSpillSpace: () => openSpillFile(spilled), ...terminal.env }
  const { checked } = document
  if (options.state === undefined) return runWith(document, checked, run, { ...terminal, env })
  const { state } = options
  return runWithState(document, checked, { ...run, state }, { ...terminal, env })
}

/** Why sources cannot begin where they are to; undefined where they can. */
function whyNotThere(
  checked: CheckedPipeline<OperatorDefinition>,
  options: RunOptions,
): string | undefined {
  const at = startAtOf(options)
  const reasons = at === undefined ? [] : planStartingAt(toJobPlan(checked), at).reasons
  return reasons.length === 0 ? undefined : reasons.join('\n')
}

/** The folder is this process's own until the run has ended. */
async function runWithState(
  document: CheckedDocument,
  checked: CheckedPipeline<OperatorDefinition>,
  options: Run & { readonly state: string },
  terminal: Terminal,
): Promise<number> {
  const { lockFolder } = await import('../storage/folder-lock.ts')
  let lock: FolderLock | undefined
  let state: RunState | undefined
  try {
    lock = lockFolder(resolve(terminal.folder, options.state), {
      holder: 'millrace run',
      what: 'folder of state',
      wayOut: 'Wait for its end, stop it, or choose another folder with --state.',
      newId: () => terminal.env.ids.next(),
    })
    state = await openRunState(checked, document.document, { ...options, lock }, terminal)
    return await runWith(document, checked, options, terminal, { lock, state })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    terminal.stderr.write(`${error.message}\n`)
    return EXIT.problems
  } finally {
    await state?.close()
    lock?.release()
  }
}

interface Kept {
  readonly lock: FolderLock
  readonly state: RunState
}

async function runWith(
  document: CheckedDocument,
  checked: CheckedPipeline<OperatorDefinition>,
  options: Run,
  terminal: Terminal,
  kept?: Kept,
): Promise<number> {
  const data = resolve(terminal.folder, options.data ?? DATA_FOLDER)
  const topics = createTopics(data, terminal, kept)
  const own = kept === undefined ? topics : scopedTopics(topics, kept.state.scope)
  const net = createAllowedNet(options.allowNet ?? [])
  const env: Env = { topics: own, net, ...terminal.env }
  let hooks: HookServer | undefined
  try {
    hooks = await openHooks(options.placed, Number(options.port), topics, terminal)
    return await runChecked(document, checked, options, { ...terminal, env }, kept?.state)
  } catch (error) {
    const told = error instanceof PortRefused || error instanceof Refusal
    if (!told) throw error
    terminal.stderr.write(`${error.message}\n`)
    return EXIT.problems
  } finally {
    await hooks?.close()
    await topics.close()
  }
}

/** Topics may be in the folder of state, which is locked already. */
function createTopics(dataFolder: string, { env }: Terminal, kept: Kept | undefined): LazyTopics {
  return createLazyTopics(env, async (): Promise<DataLog> => {
    const { openDataLog, openLockedLog, topicLock } = await import('../storage/data-log.ts')
    if (kept?.lock.folder === dataFolder) return openLockedLog(env, kept.lock)
    return openDataLog(env, dataFolder, topicLock(env, 'millrace run'))
  })
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

type Run = Omit<RunOptions, 'set'> & ReadOptions & { readonly placed: readonly PlacedWebhook[] }

function readOptions(options: RunOptions): ReadOptions | { readonly message: string } {
  const message = checkStateOptions(options) ?? refuseNetRules(options.allowNet ?? [])
  if (message !== undefined) return { message }
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
  const wrong =
    `--batch-size is "${options.batchSize}" and must be a whole number from 1 to ` +
    `${BATCH_ROWS_MAX}. Results do not depend on it; leave it out for the usual 4096.`
  return { message: wrong }
}

async function runChecked(
  checkedDocument: CheckedDocument,
  checked: CheckedPipeline<OperatorDefinition>,
  options: Run,
  terminal: Terminal,
  state: RunState | undefined,
): Promise<number> {
  const { env, stdout, stderr } = terminal
  const { document } = checkedDocument
  const { batchRowsMax, debug = false } = options
  const recording = await createRecording(checkedDocument, options.record, state, terminal)
  let pipelineJob: PipelineJob
  try {
    pipelineJob = new PipelineJob(checked, {
      env,
      folder: documentFolder(document),
      deadLettersPath: deadLettersPath(document),
      ...(batchRowsMax === undefined ? {} : { batchRowsMax }),
      ...(state === undefined ? {} : { checkpoints: state.checkpoints, jobId: state.scope }),
      startAt: startAtOf(options),
      onTold: (_told, message, nodeId) => stderr.write(`${nodeId}: ${message}\n`),
      recording,
    })
  } catch (error) {
    await recording?.stop('job-ended')
    const failure = toJobFailure(error, undefined)
    const none = { state: 'failed', failure, nodes: new Map(), records: 0, seconds: 0 } as const
    if (options.json) stdout.write(`${JSON.stringify(toSummary(none, NO_DEAD_LETTERS))}\n`)
    stderr.write(failureText(failure, checked, debug))
    return EXIT.failed
  }
  const signals =
    state === undefined
      ? listenToSignals(pipelineJob, terminal)
      : suspendAtSignal(pipelineJob, terminal)
  const endProgress = showProgress(pipelineJob, stderr, env)
  const outcome = await pipelineJob.run()
  endProgress()
  signals.end()
  const { deadLetters } = pipelineJob
  if (options.json) stdout.write(`${JSON.stringify(toSummary(outcome, deadLetters))}\n`)
  else stdout.write(summaryTable(outcome))
  const numbered = state !== undefined && pipelineJob.job.live
  const resolvePath = (path: string) => resolveFrom(documentFolder(document), path)
  const written = { checked, outcome, numbered, disk: env.disk, resolve: resolvePath }
  if (!options.json) stderr.write(await writtenText(written))
  if (deadLetters.count > 0) stderr.write(deadLettersText(deadLetters))
  if (recording !== undefined && options.record !== undefined) {
    const { recordingFault } = pipelineJob
    if (recordingFault !== undefined) stderr.write(`Nothing was recorded: ${recordingFault}\n`)
    else stderr.write(recordedText(options.record, await recording.ended))
  }
  if (deadLetters.leftOver !== undefined) stderr.write(`${deadLetters.leftOver}\n`)
  return exitCode(outcome, signals.last, { checked, debug, state }, terminal)
}

async function createRecording(
  document: CheckedDocument,
  folder: string | undefined,
  state: RunState | undefined,
  terminal: Terminal,
): Promise<JobRecording | undefined> {
  if (folder === undefined) return undefined
  const restored = state?.checkpoints.restored !== undefined
  return createRunRecording({ folder, document, restored }, terminal)
}

interface Ended {
  readonly checked: CheckedPipeline<OperatorDefinition>
  readonly debug: boolean
  readonly state: RunState | undefined
}

function exitCode(
  { state, failure }: PipelineOutcome,
  signal: Signal | undefined,
  { checked, debug, state: kept }: Ended,
  { stderr }: Terminal,
): number {
  if (failure !== undefined) {
    stderr.write(failureText(failure, checked, debug))
    return EXIT.failed
  }
  if (state !== 'stopped') return EXIT.ok
  stderr.write(stoppedText(kept))
  return EXIT[signal ?? 'SIGTERM']
}

function stoppedText(kept: RunState | undefined): string {
  if (kept === undefined) {
    return 'The job was stopped. The files that were there before are unchanged.\n'
  }
  const { newestId } = kept
  if (newestId === undefined) {
    return 'The job was stopped before its first checkpoint, so it will begin at the beginning.\n'
  }
  return `The job was stopped. The same command goes on from checkpoint ${newestId}.\n`
}

/** What is kept is complete when the process ends: nothing is repeated when it goes on. */
function suspendAtSignal({ job }: PipelineJob, { stderr, onSignal }: Terminal) {
  let last: Signal | undefined
  const end = onSignal((signal) => {
    const first = last === undefined
    last = signal
    if (first) {
      stderr.write('\nStopping with a last checkpoint. Once more stops without it.\n')
      // Where the job ends before, or the checkpoint cannot be written, the outcome says so.
      job.suspend().catch(() => undefined)
    } else {
      job.stop()
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
