/** Says what a disk refused in words that tell the user what to do about it. */

import { DiskError, JobFailed } from '@millrace/engine'

export interface FilePlace {
  /** As the document has it. */
  readonly written: string
  readonly absolute: string
  /** The folder that relative paths count from. */
  readonly folder: string
}

/** A `JobFailed` for a `DiskError`; any other error as it is. */
export function readFailure(error: unknown, place: FilePlace): unknown {
  if (!(error instanceof DiskError)) return error
  switch (error.code) {
    case 'not-found':
      return failed(
        error,
        'user',
        `There is no file "${place.absolute}".${relation(place)} ${MAKE}`,
      )
    case 'is-folder':
      return failed(
        error,
        'user',
        `"${place.absolute}" is a folder, not a file.${relation(place)} Name a file in it.`,
      )
    case 'no-permission':
      return failed(
        error,
        'external',
        `"${place.absolute}" may not be read by the user who runs this job. ` +
          'Change its permissions, or change path.',
      )
    default:
      return otherFailure(error, 'read', place)
  }
}

/** As `readFailure`, for a file that is written. */
export function writeFailure(error: unknown, place: FilePlace): unknown {
  if (!(error instanceof DiskError)) return error
  switch (error.code) {
    case 'no-space':
      return failed(
        error,
        'external',
        `There is no space left on the disk for "${place.absolute}". What stood there before is ` +
          'unchanged. Free some space and run again, or change path.',
      )
    case 'is-folder':
      return failed(
        error,
        'user',
        `"${place.absolute}" is a folder, so no file can be written there.${relation(place)} ` +
          'Name a file in it.',
      )
    case 'is-special':
      return failed(
        error,
        'user',
        `"${place.absolute}" is a device, a pipe or a socket, and a file sink ends by putting a ` +
          `file in its place.${relation(place)} Name a file.`,
      )
    case 'no-permission':
      return failed(
        error,
        'external',
        `"${place.absolute}" may not be written by the user who runs this job. ` +
          'Change the permissions of its folder, or change path.',
      )
    default:
      return otherFailure(error, 'written', place)
  }
}

const MAKE = 'Create it, or change path.'

function otherFailure(error: DiskError, done: 'read' | 'written', place: FilePlace): JobFailed {
  if (error.code === 'too-many-open-files') {
    const message =
      `"${place.absolute}" cannot be opened, since too many files are open. ` +
      'Raise the limit of open files (ulimit -n), or run fewer jobs at once.'
    return failed(error, 'external', message)
  }
  const message = `"${place.absolute}" cannot be ${done}: ${error.message} Check path and disk.`
  return failed(error, 'external', message)
}

function relation({ written, absolute, folder }: FilePlace): string {
  if (written === absolute) return ''
  return ` "${written}" is relative to the folder "${folder}".`
}

function failed(cause: DiskError, domain: 'user' | 'external', message: string): JobFailed {
  return new JobFailed({ domain, retry: domain === 'external', message, cause })
}
