/** What lasts: the log, the files of checkpoints, and what holds both together. */

export { type CheckpointFilesOptions, openCheckpointFiles } from './checkpoint-files.ts'
export {
  type CheckpointShelf,
  checkpointOwners,
  lookAtCheckpoints,
  type ShelvedCheckpoint,
} from './checkpoint-shelf.ts'
export { crc32c, maskCrc32c, type NativeCrc32c, useNativeCrc32c } from './crc32c.ts'
export { DamagedFile } from './damaged-file.ts'
export * from './frame.ts'
export { makeLastingFolder } from './lasting-folder.ts'
export { EmbeddedLog, type LogLimits, type LogOptions, openLog } from './log/embedded-log.ts'
export { PARTITIONS_MAX } from './log/topic-settings.ts'
export {
  createJobRecording,
  JobRecording,
  type RecordingProgress,
} from './recording/job-recording.ts'
export type {
  OutputDigest,
  OutputDigests,
  RecordingEnd,
  RecordingEntry,
  RecordingHead,
  RecordingReason,
} from './recording/recording-format.ts'
export { openRecording, type StoredRecording, type WhyLost } from './recording/recording-reader.ts'
export type { RecordingLimits } from './recording/recording-writer.ts'
export { removeAll } from './remove-all.ts'
