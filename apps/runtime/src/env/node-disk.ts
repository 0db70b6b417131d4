/** Files as Node has them, with each refusal of the operating system in our words. */

import { constants, type Stats } from 'node:fs'
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { platform } from 'node:process'
import { isatty } from 'node:tty'
import {
  type Disk,
  DiskError,
  type DiskErrorCode,
  type DiskFile,
  JobFailed,
} from '@millrace/engine'
import { openPipe } from './pipe-file.ts'

const { O_CREAT, O_EXCL, O_WRONLY, O_APPEND, O_TRUNC } = constants
/** A write always goes to the end, also after the file has been cut. */
const FLAGS = {
  read: 'r',
  create: O_WRONLY | O_CREAT | O_APPEND | O_TRUNC,
  'create-new': O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
  append: 'a',
} as const
/** Windows has it not, and there making a link needs a right of its own. */
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0
/** Nothing is emptied before it is known what was opened. */
const CONFINED_FLAGS = {
  read: 'r',
  create: O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW,
  'create-new': O_WRONLY | O_CREAT | O_APPEND | O_EXCL | O_NOFOLLOW,
  append: O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW,
} as const

/**
 * Why a file may not be used, by the path that was asked for and the path without links; undefined
 * where it may.
 */
export type Confinement = (path: string, real: string) => string | undefined

/**
 * With a confinement, what is opened is looked at once more: since its path was checked, somebody
 * may have put a link in the place of the file or of a folder above it.
 */
export function createNodeDisk(confinement?: Confinement): Disk {
  return {
    open: (path, mode) => told(path, () => openFile(path, mode, confinement)),
    rename: (from, to) =>
      told(to, async () => {
        const refusal = confinement?.(to, join(await realPath(dirname(to)), basename(to)))
        if (refusal !== undefined) throw notAllowed(refusal)
        await rename(from, to)
      }),
    remove: (path) => told(path, () => remove(path)),
    makeFolder: (path) => told(path, () => makeFolder(path)),
    realPath: (path) => told(path, () => realPath(path)),
    kindOf: (path) => told(path, () => kindOf(path)),
    list: (path) => told(path, async () => (await readdir(path)).sort()),
    syncFolder: (path) =>
      told(path, async () => {
        // Windows has no handle of a folder to sync, and makes renames last by itself.
        if (platform === 'win32') return
        const handle = await open(path, 'r')
        try {
          await handle.sync()
        } finally {
          await handle.close()
        }
      }),
    freeBytes: (path) =>
      told(path, async () => {
        const { bavail, bsize } = await statfs(path)
        return bavail * bsize
      }),
  }
}

async function openFile(
  path: string,
  mode: keyof typeof FLAGS,
  confinement: Confinement | undefined,
): Promise<DiskFile> {
  // Even opening one waits until somebody writes.
  if (mode === 'read' && (await stat(path)).isFIFO()) return openConfinedPipe(path, confinement)
  const handle = await open(path, (confinement === undefined ? FLAGS : CONFINED_FLAGS)[mode])
  try {
    const stats = await handle.stat()
    if (stats.isDirectory()) throw new DiskError('is-folder', path, sentence('is-folder', path))
    if (confinement !== undefined) {
      await requireConfined(path, stats, confinement)
      if (mode === 'create' && stats.isFile()) await handle.truncate(0)
    }
    if (mode !== 'read' || !isatty(handle.fd)) return createFile(path, handle, stats)
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  return openPipe(path)
}

/** Which pipe is opened cannot be asked before somebody writes, so its path is checked alone. */
async function openConfinedPipe(
  path: string,
  confinement: Confinement | undefined,
): Promise<DiskFile> {
  const refusal = confinement?.(path, await realpath(path))
  if (refusal !== undefined) throw notAllowed(refusal)
  return openPipe(path)
}

/** What was opened is the file that stands below the roots. */
async function requireConfined(
  path: string,
  opened: Stats,
  confinement: Confinement,
): Promise<void> {
  const real = await realpath(path)
  const refusal = confinement(path, real)
  if (refusal !== undefined) throw notAllowed(refusal)
  const { dev, ino } = await stat(real)
  if (dev === opened.dev && ino === opened.ino) return
  const message = `"${path}" was replaced by another file while it was opened. Run again.`
  throw new JobFailed({ domain: 'external', retry: true, message })
}

function notAllowed(message: string): JobFailed {
  return new JobFailed({ domain: 'user', retry: false, message })
}

function createFile(path: string, handle: FileHandle, stats: Stats): DiskFile {
  // A device is read where it stands.
  const seekable = stats.isFile()
  return {
    read: (into, offsetBytes) =>
      told(path, async () => {
        const position = seekable ? offsetBytes : null
        const { bytesRead } = await handle.read(into, 0, into.length, position)
        return bytesRead
      }),
    write: (bytes) =>
      told(path, async () => {
        for (let written = 0; written < bytes.length; ) {
          const { bytesWritten } = await handle.write(bytes, written)
          written += bytesWritten
        }
      }),
    truncate: (sizeBytes) => told(path, () => handle.truncate(sizeBytes)),
    // With the length of the file, but without its times, which cost a write of their own.
    sync: () => told(path, () => handle.datasync()),
    close: () => told(path, () => handle.close()),
    sizeBytes: () => told(path, async () => (await handle.stat()).size),
  }
}

async function remove(path: string): Promise<void> {
  if ((await lstat(path)).isDirectory()) await rmdir(path)
  else await rm(path)
}

/**
 * Not by `recursive`, which never returns where a file system denies that it has the parent
 * (/proc).
 */
async function makeFolder(path: string): Promise<void> {
  const missing = await makeOneFolder(path)
  if (missing === undefined) return
  const parent = dirname(path)
  if (parent === path) throw missing
  // Where it is a folder by now, somebody else has made it meanwhile.
  if (!(await isFolder(parent))) await makeFolder(parent)
  const stillMissing = await makeOneFolder(path)
  if (stillMissing !== undefined) throw stillMissing
}

/** Returns the refusal where the folder above it is missing; one that is there is made. */
async function makeOneFolder(path: string): Promise<Error | undefined> {
  try {
    await mkdir(path)
  } catch (error) {
    if (isMissing(error)) return error
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    if (!(await isFolder(path))) throw new DiskError('other', path, throughFile(path), error)
  }
  return undefined
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const parent = dirname(path)
    if (!isMissing(error) || parent === path) throw error
    return join(await realPath(parent), basename(path))
  }
}

function isMissing(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

async function isFolder(path: string): Promise<boolean> {
  return (await kindOf(path).catch(() => 'nothing')) === 'folder'
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'special' | 'nothing'> {
  try {
    const stats = await stat(path)
    if (stats.isDirectory()) return 'folder'
    return stats.isFile() ? 'file' : 'special'
  } catch (error) {
    if (isMissing(error)) return 'nothing'
    throw error
  }
}

const CODES: ReadonlyMap<string, DiskErrorCode> = new Map([
  ['ENOENT', 'not-found'],
  ['EACCES', 'no-permission'],
  ['EPERM', 'no-permission'],
  ['EROFS', 'no-permission'],
  ['ENOSPC', 'no-space'],
  ['EDQUOT', 'no-space'],
  ['EISDIR', 'is-folder'],
  ['EEXIST', 'exists'],
  ['EMFILE', 'too-many-open-files'],
  ['ENFILE', 'too-many-open-files'],
])

async function told<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw toDiskError(error, path)
  }
}

function toDiskError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof DiskError) return error
  const systemCode = 'code' in error ? `${error.code}` : undefined
  if (systemCode === undefined) return error
  const code = CODES.get(systemCode) ?? 'other'
  return new DiskError(code, path, sentence(code, path, systemCode), error)
}

function sentence(code: DiskErrorCode, path: string, systemCode = ''): string {
  switch (code) {
    case 'not-found':
      return `There is no file or folder "${path}".`
    case 'no-permission':
      return `The operating system does not allow access to "${path}" (${systemCode}).`
    case 'no-space':
      return `There is no space left for "${path}".`
    case 'is-folder':
      return `"${path}" is a folder, not a file.`
    case 'exists':
      return `There is something at "${path}" already.`
    case 'too-many-open-files':
      return `"${path}" cannot be opened, since too many files are open (${systemCode}).`
    default:
      return systemCode === 'ENOTDIR'
        ? throughFile(path)
        : `The operating system refused access to "${path}" (${systemCode}).`
  }
}

function throughFile(path: string): string {
  return `"${path}" leads through a file as if that were a folder.`
}
