/** What lasts: the log, the files of checkpoints, and what holds both together. */

export { crc32c, maskCrc32c } from './crc32c.ts'
export * from './frame.ts'
