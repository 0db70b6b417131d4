/** How an operator runs: the other half of its description. */

import type { OperatorDescription, RefusalCause, Row, StreamSchema } from '@millrace/pipeline'
import type { Observable } from 'rxjs'
import type { BusyMeter } from './busy-meter.ts'
import type { SavedRunner } from './checkpoint.ts'
import type { Change, Element } from './element.ts'
import type { Env } from './env.ts'
import type { JobFailed } from './failure.ts'
import type { Ledger } from './ledger.ts'
import type { RowLink } from './row-chain.ts'
import type { SourceReader } from './source.ts'
import type { StartAt } from './start-at.ts'
import type { State } from './state.ts'
import type { Saved } from './state-codec.ts'
import type { CarrySetting, StateUpgrade } from './state-migration.ts'
import type { TransactionalSink } from './transactional-sink.ts'

/** An input port: one channel, or several for a port that takes many edges. */
export interface Input {
  readonly channels: readonly Observable<Element>[]
}

export type Inputs<In extends string> = { readonly [port in In]: Input }

/**
 * Each observable completes after its last element; it never errors: failures go through
 * `context.fail`.
 */
export type Outputs<Out extends string> = { readonly [port in Out]: Observable<Element> }

export interface OperatorDefinition<
  Config = unknown,
  In extends string = string,
  Out extends string = string,
> extends OperatorDescription<Config, In, Out> {
  /**
   * Transforms and sinks. Absent for sources, and where running needs Node: then the host supplies
   * it.
   */
  run?(config: Config, inputs: Inputs<In>, context: RunContext): Outputs<Out>
  /** Sources. The engine turns what the reader reads into batches with watermarks. */
  read?(config: Config, context: RunContext): SourceReader
  /** Of a source that reads topics, where it reads on, from a position that it gave. */
  topicPlaces?(config: Config, position: Saved): readonly TopicPlace[]
  /**
   * Of a source that can begin elsewhere than its config says: the config that begins there, and
   * with `ends` ends behind what is there when it begins. A position goes before it.
   */
  startAt?(config: Config, at: StartAt, ends: boolean): Config
  /**
   * Which version of its state this is; 1 if absent. State of an older version is read where
   * `stateUpgrades` leads from there to this one.
   */
  readonly stateVersion?: number
  /** By the version that each begins at. */
  readonly stateUpgrades?: ReadonlyMap<number, StateUpgrade>
  /**
   * Fields of the config that may be changed while state is kept; only `onError` if absent. Those
   * of `carriedSettings` are carried over. All others change what the state means, and then it is
   * lost.
   */
  readonly configBesideState?: readonly string[]
  /** By field of the config: what becomes of state when it changes. */
  readonly carriedSettings?: ReadonlyMap<string, CarrySetting>
  /** The windows that stand in a node's state, for pictures. It changes nothing. */
  inspectWindows?(config: Config, state: State): readonly OpenWindow[]
  /**
   * The earliest end that a window can have after this time, where windows fire only as the
   * watermark passes one; undefined where that depends on the records.
   */
  nextWindowEnd?(config: Config, afterMs: number): number | undefined
  /** Whether these windows fire by the clock, and not by the watermark. */
  firesByClock?(config: Config): boolean
  /**
   * The rows that stand in a sink's state, for looking at: the newest `limit` of them, the newest
   * last. It changes nothing, and costs no more than the rows that it returns.
   */
  inspectRows?(state: State, limit: number): KeptRows
  /**
   * Of a sink: what becomes of what it has written since a checkpoint that is gone back to, with
   * what that holds of it, as sentences. Absent where others see nothing of it.
   */
  writtenSince?(config: Config, prepared: Saved): string | undefined
}

/** What a sink tells of: files that it has put aside, or how it names them. */
export type Told = 'put-aside' | 'files-named'

export interface KeptRows {
  readonly rows: readonly Row[]
  /** How many there are, of which these are the newest. */
  readonly total: number
  /** Where the rows are changes of a table, and not the table as it stands: one for each row. */
  readonly changes?: readonly Change[]
}

/** The record of a topic that is read next. */
export interface TopicPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** A window that has not been purged: [start, end), over all keys where it is the same for all. */
export interface OpenWindow {
  readonly startMs: number
  readonly endMs: number
  readonly records: number
  readonly keys: number
}

/** The half that needs Node, for a definition whose description does not. */
export type OperatorRun<Config, In extends string, Out extends string> = Pick<
  OperatorDefinition<Config, In, Out>,
  'id' | 'run' | 'read'
>

export interface RunContext {
  readonly nodeId: string
  /** See `JobOptions`; undefined where nobody keeps the job apart from others. */
  readonly jobId: string | undefined
  readonly env: Env
  readonly state: State
  readonly ledger: Ledger
  /** Where event time stands at this node. */
  readonly progress: Progress
  /** Of a port that takes many edges, the schema of the first. */
  readonly inputSchemas: { readonly [port: string]: StreamSchema }
  readonly outputSchemas: { readonly [port: string]: StreamSchema }
  /** The schema of each edge into an input port, in the order of its channels. */
  channels(port: string): readonly StreamSchema[]
  /** Whether anybody reads this output. What leaves through an unread port is still counted. */
  connected(port: string): boolean
  /** Processing time in UTC milliseconds, read once a turn. */
  nowMs(): number
  /** The absolute path for a path of the document. Fails the job where the path is not allowed. */
  resolvePath(path: string): string
  /** Stops the job. Throwing a `JobFailed` in a handler does the same. */
  fail(error: JobFailed | Error): void
  /** Work that goes on outside the loop, such as bytes being written. */
  outstanding: Outstanding
  /** Something that people should know, in sentences: for the log of the job. */
  tell?(told: Told, message: string): void
  /** What a sink writes becomes visible with checkpoints, or at the end; see there. */
  onCheckpoint(sink: TransactionalSink): void
  /** Whether checkpoints are stored; otherwise output becomes visible at the end. */
  readonly checkpointed: boolean
  /** Whether every source above the node ends by itself. */
  readonly bounded: boolean
  /** Where a source goes on reading; undefined where it begins. See `SourceChunk.next`. */
  readonly position: Saved
  /** How the wiring drives this node; used by `process`, not by operators. */
  readonly wiring: Wiring
}

/** Written by the engine, read by whoever watches. */
export interface Progress {
  /** The last watermark that left. */
  watermarkMs: number
  idle: boolean
  /** The last watermark of each input channel. */
  inputs: readonly { readonly watermarkMs: number; readonly idle: boolean }[]
}

/**
 * While more is outstanding than the limit, the loop takes no source batch: that is the
 * back-pressure.
 */
export interface Outstanding {
  add(count: number): void
  remove(count: number): void
}

/** The node's place in the graph. */
export interface Wiring {
  /** Position in topological order: larger is deeper. */
  readonly depth: number
  /** Whether rows must carry where they stem from. */
  readonly tracksOrigins: boolean
  /** Whether paths from one source meet here, so that inputs must be merged by origin. */
  readonly merges: boolean
  readonly agenda: Agenda
  readonly meter?: BusyMeter
  readonly watcher?: Watcher
  /** The loop calls the node from now on when its processing time has come. */
  goByClock(node: Clocked): void
  /** The node may be one of a chain; see `RowChain`. Absent where every node goes by itself. */
  linkRows?(link: RowLink): void
  /** Where the node stood at the checkpoint that the job goes on from. */
  readonly restored: RestoredRunner | undefined
  /** Asked at each checkpoint where the node stands. */
  keep(runner: Kept): void
}

/** Where a node with inputs stood, by its channels of now. */
export type RestoredRunner = Omit<SavedRunner, 'channels'>

export interface Kept {
  /** Between turns. */
  save(): RestoredRunner
  /** A row that was refused before comes in again, or it is said why it cannot. Between turns. */
  sendIn(channel: number, row: Row, eventTimeMs: number | undefined): RefusalCause | undefined
  /** What came through the edge before it was drawn: the watermark, and whether it is idle. */
  catchUp(channel: number, watermarkMs: number, idle: boolean): void
}

/** A node that does something at points in processing time. */
export interface Clocked {
  /** The next of them, in UTC milliseconds; Infinity if there is none. */
  nextTickMs(): number
  /** Called between turns, when nothing is left to do, with `nowMs` at or after the next point. */
  tick(nowMs: number): void
}

/** Whoever looks at the node closely. */
export interface Watcher {
  /** The node's watermark has risen and nothing has fired yet. Must be quick. */
  onWatermark: ((watermarkMs: number) => void) | undefined
}

/** What is left to do in this turn, besides what is being done. */
export interface Agenda {
  /**
   * The node has more to do: `task.resume` is called, deepest node first, until nothing is left.
   */
  add(depth: number, task: Task): void
  /**
   * The lowest origin that may still come from above on this channel in this turn; Infinity if
   * none.
   */
  frontier(depth: number, channel: number): number
  /** Whether the thread is due back. Cheap enough to ask often. */
  sliceIsOver(): boolean
}

/** `blockedOn` names the channel from which something must come first. */
export type Resumed = 'done' | 'more' | { readonly blockedOn: number }

export interface Task {
  /** Goes on until it is done, the slice is over, or many rows have left. */
  resume(): Resumed
  /** Nothing that stems from an earlier origin will leave this node in this turn. */
  origin(): number
}

export function defineOperator<Config, In extends string, Out extends string>(
  definition: OperatorDefinition<Config, In, Out>,
): OperatorDefinition<Config, In, Out> {
  return definition
}
