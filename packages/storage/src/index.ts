/** What lasts: the log, the files in which a job's checkpoints lie, and what holds them together. */

export { crc32c, maskCrc32c } from './crc32c.ts'
export * from './frame.ts'
