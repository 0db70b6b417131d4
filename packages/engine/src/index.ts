/** The engine: what operators run on. */

export { BusyMeter } from './busy-meter.ts'
export * from './checkpoint.ts'
export {
  fitCheckpoint,
  identityOf,
  type NodeFit,
} from './checkpoint-fit.ts'
export * from './checkpoint-store.ts'
export { ColumnKeys, KEY_COLUMNS_MAX } from './column-keys.ts'
export { type CheckpointPart, composeCheckpoint, oneByOne } from './composed-checkpoint.ts'
export * from './drive.ts'
export * from './element.ts'
export * from './env.ts'
export { estimateBytes } from './estimate-bytes.ts'
export * from './failure.ts'
export * from './handler.ts'
export * from './heap.ts'
export { holdSources } from './held-sources.ts'
export * from './in-order.ts'
export * from './job.ts'
export type { CheckpointTaken } from './job-checkpoints.ts'
export * from './job-options.ts'
export * from './job-outputs.ts'
export * from './ledger.ts'
export { muteSinks, writesOutside } from './muted-sinks.ts'
export * from './net.ts'
export * from './operator.ts'
export { OutputPort } from './output-port.ts'
export { outstandingUnits } from './outstanding-units.ts'
export { type JobPlan, type PlanEdge, type PlanNode, toJobPlan } from './plan.ts'
export * from './process.ts'
export { isSameNode, planAbove, reachedNodes } from './reached-nodes.ts'
export * from './recorded-turn.ts'
export * from './refusals.ts'
export type { ResendFeed, ResendOutcome, ResendRequest } from './resends.ts'
export { bytesEach, bytesOfRow } from './row-bytes.ts'
export { scopedTopics } from './scoped-topics.ts'
export { ShardedMap } from './sharded-map.ts'
export { namedRows, shownNotes, showRows } from './shown-rows.ts'
export { SlotEntries } from './slot-entries.ts'
export { Slots } from './slots.ts'
export * from './source.ts'
export type { SourceProgress } from './source-node.ts'
export * from './source-watermarks.ts'
export * from './spill-space.ts'
export * from './start-at.ts'
export * from './state.ts'
export * from './state-codec.ts'
export type { LookedState, LookOptions } from './state-look.ts'
export {
  type CarrySetting,
  type MigrationScene,
  planState,
  type SettingChange,
  type StateUpgrade,
} from './state-migration.ts'
export * from './topics.ts'
export type {
  PreparedOutput,
  SinkCut,
  TransactionalSink,
} from './transactional-sink.ts'
export { fromUtf8, toUtf8 } from './utf8.ts'
export type { Stall } from './work-outside.ts'
