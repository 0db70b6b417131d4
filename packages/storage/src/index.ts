/** What lasts: the log, the files of checkpoints, and what holds both together. */

export { type CheckpointFilesOptions, openCheckpointFiles } from './checkpoint-files.ts'
export { crc32c, maskCrc32c } from './crc32c.ts'
export { DamagedFile } from './damaged-file.ts'
export * from './frame.ts'
export { makeLastingFolder } from './lasting-folder.ts'
export { EmbeddedLog, type LogLimits, type LogOptions, openLog } from './log/embedded-log.ts'
