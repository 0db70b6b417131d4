/**
 * A disk that forgets what was not synced. Programs reach it through `connect`; a crash lets go of
 * all of them at once, and those that connect afterwards find what a real disk might hold:
 *
 * - writes since a file's last sync survive in any combination, each whole, absent, torn at a
 *   sector, or followed by zeros or garbage; a file's length survives apart from what is in it;
 * - new names, renames and removals survive in any combination until their folder is synced;
 * - a sync may fail, and what it should have kept is then gone although it can still be read;
 * - a full disk takes the beginning of a write before it refuses the rest.
 *
 * Nothing but its choices and its timers decides what happens, so a seed repeats everything.
 */

import { type Disk, DiskError, type DiskFile, type OpenMode, type Timers } from '../env.ts'
import type { Choices } from './choices.ts'
import { SimFile } from './sim-file.ts'

export type DiskOperationKind =
  | 'open'
  | 'read'
  | 'write'
  | 'sync'
  | 'rename'
  | 'remove'
  | 'make-folder'
  | 'sync-folder'
  | 'look'

export interface DiskOperation {
  readonly kind: DiskOperationKind
  readonly path: string
  /** Counts all operations of the disk, from 1. */
  readonly number: number
}

/**
 * What goes wrong with an operation. A crash comes before it is done, while it is done, or when it
 * has been done and nobody has heard of it; its program hears nothing any more. An `error` does
 * nothing to the disk, except that a sync loses what it should have kept.
 */
export type DiskFault = 'crash-before' | 'crash-during' | 'crash-after' | 'error'

export interface SimDiskOptions {
  readonly choices: Choices
  /** Where operations take time: how long this one takes. */
  readonly latency?: { readonly timers: Timers; ms(operation: DiskOperation): number }
  /** Asked before each operation. */
  readonly fault?: ((operation: DiskOperation) => DiskFault | undefined) | undefined
  /** Told when a fault is a crash; whoever runs the programs ends them and calls `crash`. */
  onCrash?(operation: DiskOperation): void
}

export interface DiskEntry {
  readonly path: string
  /** Undefined for a folder. */
  readonly bytes: Uint8Array | undefined
  readonly sameAs: string | undefined
}

interface Folder {
  readonly kind: 'folder'
  readonly path: string
  /** As programs see it. */
  readonly seen: Map<string, Entry>
  readonly durable: Map<string, Entry>
}

type Entry = Folder | SimFile

/** A change of names that is whole or absent after a power cut. */
interface NameChange {
  readonly parts: readonly {
    readonly folder: Folder
    readonly name: string
    readonly entry: Entry | undefined
  }[]
  /** Those of its folders that have not been synced since. */
  readonly unsynced: Set<Folder>
}

export class SimDisk {
  /** Writes beyond this many bytes in all files are cut short. */
  capacityBytes = Number.POSITIVE_INFINITY
  /** See `SimDiskOptions`. */
  fault: SimDiskOptions['fault']
  readonly #options: SimDiskOptions
  #root: Folder = createFolder('/')
  #nameChanges: NameChange[] = []
  #usedBytes = 0
  #operations = 0
  /** Goes up with each crash: who connected before it is dead. */
  #life = 0

  constructor(options: SimDiskOptions) {
    this.#options = options
    this.fault = options.fault
  }

  get operationCount(): number {
    return this.#operations
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** The disk as a program sees it that lives until the next crash. */
  connect(): Disk {
    const life = this.#life
    const act = <T>(
      kind: DiskOperationKind,
      path: string,
      work: (during: boolean) => T,
      onError?: () => void,
    ) => this.#act({ kind, path, number: ++this.#operations }, life, work, onError)
    return {
      open: (path, mode) => act('open', path, () => this.#open(path, mode, act)),
      rename: (from, to) => act('rename', to, () => this.#rename(from, to)),
      remove: (path) => act('remove', path, () => this.#remove(path)),
      makeFolder: (path) => act('make-folder', path, () => this.#makeFolder(path)),
      realPath: (path) => act('look', path, () => path),
      kindOf: (path) => act('look', path, () => this.#kindOf(path)),
      list: (path) => act('look', path, () => [...this.#folder(path).seen.keys()].sort()),
      syncFolder: (path) => act('sync-folder', path, () => this.#syncFolder(this.#folder(path))),
      freeBytes: (path) =>
        act('look', path, () => Math.max(0, this.capacityBytes - this.#usedBytes)),
    }
  }

  /**
   * Ends all programs. A killed process leaves what it wrote to the operating system; after a power
   * cut only what was synced is certain.
   */
  crash(kind: 'kill' | 'power'): void {
    this.#life++
    if (kind === 'power') this.#become(this.#afterPowerCut(this.#options.choices))
  }

  /** Another disk with what this one might hold after a power cut. */
  image(choices: Choices): SimDisk {
    const image = new SimDisk({ choices })
    image.#become(this.#afterPowerCut(choices))
    return image
  }

  /** The files below a folder as programs see them, by path. */
  files(below = '/'): ReadonlyMap<string, Uint8Array> {
    const found = new Map<string, Uint8Array>()
    const folder = this.#find(below)
    if (folder === undefined || folder instanceof SimFile) return found
    const visit = (path: string, file: SimFile) => found.set(path, file.seen.view().slice())
    walk(folder, visit, below === '/' ? '' : below)
    return found
  }

  /**
   * All folders and files as programs see them, in the order of their names. `sameAs` is the path
   * of a file that is the same one under another name. The bytes are those of the disk: not to be
   * changed, nor kept.
   */
  contents(): readonly DiskEntry[] {
    const found: DiskEntry[] = []
    const paths = new Map<SimFile, string>()
    const visit = (folder: Folder, above: string) => {
      for (const name of [...folder.seen.keys()].sort()) {
        const path = `${above}/${name}`
        const entry = folder.seen.get(name)
        if (entry instanceof SimFile) {
          found.push({ path, bytes: entry.seen.view(), sameAs: paths.get(entry) })
          paths.set(entry, paths.get(entry) ?? path)
        } else if (entry !== undefined) {
          found.push({ path, bytes: undefined, sameAs: undefined })
          visit(entry, path)
        }
      }
    }
    visit(this.#root, '')
    return found
  }

  /** Puts a file there, synced, with its folders: for states that no program of ours made. */
  place(path: string, bytes: Uint8Array): void {
    const { folder, name } = this.#parent(path, true)
    const file = SimFile.holding(bytes)
    for (const entries of [folder.seen, folder.durable]) entries.set(name, file)
    this.#usedBytes += bytes.length
  }

  /** Turns over one bit of a file on the disk. */
  rot(path: string, bit: number): void {
    this.#file(path).rot(bit)
  }

  // Operations

  /** Does the work at once, or when the operation has taken its time. */
  #act<T>(
    operation: DiskOperation,
    life: number,
    work: (during: boolean) => T,
    onError: (() => void) | undefined,
  ): Promise<T> {
    if (life !== this.#life) return never()
    const { latency } = this.#options
    const wrong = this.fault?.(operation)
    if (wrong === 'crash-before') return this.#dies(operation)
    const ms = latency?.ms(operation) ?? 0
    const apply = (): T | Promise<never> => {
      if (wrong === 'error') {
        onError?.()
        const text = `The disk reports an error for "${operation.path}".`
        throw new DiskError('other', operation.path, text)
      }
      if (wrong === undefined) return work(false)
      work(wrong === 'crash-during')
      return this.#dies(operation)
    }
    if (latency === undefined || ms === 0) {
      try {
        return Promise.resolve(apply())
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return new Promise((resolve, reject) => {
      latency.timers.after(ms, () => {
        if (life !== this.#life) return
        try {
          resolve(apply())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  #dies(operation: DiskOperation): Promise<never> {
    this.#life++
    this.#options.onCrash?.(operation)
    return never()
  }

  #open(path: string, mode: OpenMode, act: Act): DiskFile {
    const file = mode === 'read' ? this.#file(path) : this.#create(path, mode === 'create-new')
    if (mode === 'create') this.#resize(file, 0)
    return {
      read: (into, offsetBytes) =>
        act('read', path, () => {
          const bytes = file.seen.view().subarray(offsetBytes, offsetBytes + into.length)
          into.set(bytes)
          return bytes.length
        }),
      write: (bytes) => act('write', path, (during) => this.#append(path, file, bytes, during)),
      truncate: (sizeBytes) =>
        act('write', path, (during) => {
          if (!during) this.#resize(file, Math.min(sizeBytes, file.seen.sizeBytes))
        }),
      sync: () =>
        act(
          'sync',
          path,
          (during) => {
            if (!during) file.sync()
          },
          () => file.loseUnsynced(this.#options.choices),
        ),
      close: () => act('look', path, () => undefined),
      sizeBytes: () => act('look', path, () => file.seen.sizeBytes),
    }
  }

  #append(path: string, file: SimFile, bytes: Uint8Array, during: boolean): void {
    const room = Math.max(0, this.capacityBytes - this.#usedBytes)
    const wanted = during ? bytes.length >> 1 : bytes.length
    const written = Math.min(wanted, room)
    file.write(file.seen.sizeBytes, bytes.subarray(0, written))
    this.#usedBytes += written
    if (written < wanted) {
      throw new DiskError('no-space', path, `There is no space left for "${path}".`)
    }
  }

  #resize(file: SimFile, sizeBytes: number): void {
    this.#usedBytes += sizeBytes - file.seen.sizeBytes
    file.resize(sizeBytes)
  }

  #create(path: string, isNew: boolean): SimFile {
    const { folder, name } = this.#parent(path, false)
    const found = folder.seen.get(name)
    if (found !== undefined && isNew) {
      throw new DiskError('exists', path, `There is something at "${path}" already.`)
    }
    if (found instanceof SimFile) return found
    if (found !== undefined) throw new DiskError('is-folder', path, `"${path}" is a folder.`)
    const file = new SimFile()
    this.#changeNames([{ folder, name, entry: file }])
    return file
  }

  #rename(from: string, to: string): void {
    const source = this.#parent(from, false)
    const target = this.#parent(to, false)
    const entry = source.folder.seen.get(source.name)
    if (entry === undefined) throw notFound(from)
    const replaced = target.folder.seen.get(target.name)
    if (replaced === entry) return
    if (replaced instanceof SimFile) this.#usedBytes -= replaced.seen.sizeBytes
    else if (replaced !== undefined) throw new DiskError('is-folder', to, `"${to}" is a folder.`)
    this.#changeNames([
      { ...target, entry },
      { ...source, entry: undefined },
    ])
  }

  #remove(path: string): void {
    const { folder, name } = this.#parent(path, false)
    const entry = folder.seen.get(name)
    if (entry === undefined) throw notFound(path)
    if (entry instanceof SimFile) this.#usedBytes -= entry.seen.sizeBytes
    else if (entry.seen.size > 0) {
      throw new DiskError('is-folder', path, `The folder "${path}" is not empty.`)
    }
    this.#changeNames([{ folder, name, entry: undefined }])
  }

  #makeFolder(path: string): void {
    let folder = this.#root
    for (const name of partsOf(path)) {
      const found = folder.seen.get(name)
      if (found instanceof SimFile) {
        throw new DiskError('other', path, `The path "${path}" leads through a file.`)
      }
      const next = found ?? createFolder(`${folder.path === '/' ? '' : folder.path}/${name}`)
      if (found === undefined) this.#changeNames([{ folder, name, entry: next }])
      folder = next
    }
  }

  #kindOf(path: string): 'file' | 'folder' | 'nothing' {
    const entry = this.#find(path)
    if (entry === undefined) return 'nothing'
    return entry instanceof SimFile ? 'file' : 'folder'
  }

  // Names

  #changeNames(parts: NameChange['parts']): void {
    for (const { folder, name, entry } of parts) setEntry(folder.seen, name, entry)
    this.#nameChanges.push({ parts, unsynced: new Set(parts.map(({ folder }) => folder)) })
  }

  /**
   * A rename between two folders is certain when both are synced. What happened to the same names
   * before is certain too, since it can no longer be told apart.
   */
  #syncFolder(folder: Folder): void {
    for (const change of this.#nameChanges) change.unsynced.delete(folder)
    const last = this.#nameChanges.findLastIndex(({ unsynced }) => unsynced.size === 0)
    const waiting: NameChange[] = []
    for (const [index, change] of this.#nameChanges.entries()) {
      const touched = change.parts.some((part) => part.folder === folder)
      if (change.unsynced.size === 0 || (touched && index < last)) this.#keep(change)
      else waiting.push(change)
    }
    this.#nameChanges = waiting
  }

  #keep({ parts }: NameChange): void {
    for (const { folder, name, entry } of parts) setEntry(folder.durable, name, entry)
  }

  #afterPowerCut(choices: Choices): Folder {
    const survives = this.#nameChanges.filter(() => choices.choose(2) === 0)
    const overlay = new Map<Folder, Map<string, Entry>>()
    for (const { parts } of survives) {
      for (const { folder, name, entry } of parts) {
        const entries = overlay.get(folder) ?? new Map(folder.durable)
        setEntry(entries, name, entry)
        overlay.set(folder, entries)
      }
    }
    return copyFolder(this.#root, overlay, choices, new Map())
  }

  #become(root: Folder): void {
    this.#root = root
    this.#nameChanges = []
    this.#usedBytes = 0
    walk(root, (_, file) => {
      this.#usedBytes += file.seen.sizeBytes
    })
  }

  #parent(path: string, create: boolean): { folder: Folder; name: string } {
    const end = path.lastIndexOf('/')
    const [above, name] = [path.slice(0, Math.max(end, 0)), path.slice(end + 1)]
    if (name === '') throw new DiskError('is-folder', path, `"${path}" is a folder.`)
    if (!create) return { folder: this.#folder(above), name }
    let folder = this.#root
    for (const part of partsOf(above)) {
      const found = folder.seen.get(part)
      const next = found instanceof SimFile || found === undefined ? createFolder(above) : found
      for (const entries of [folder.seen, folder.durable]) entries.set(part, next)
      folder = next
    }
    return { folder, name }
  }

  #find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.#root
    // Without a list of the parts: every operation looks for something.
    for (let from = 0; from < path.length; ) {
      const slash = path.indexOf('/', from)
      const end = slash < 0 ? path.length : slash
      if (end > from) {
        if (entry === undefined || entry instanceof SimFile) return undefined
        entry = entry.seen.get(path.slice(from, end))
      }
      from = end + 1
    }
    return entry
  }

  #folder(path: string): Folder {
    const entry = this.#find(path)
    if (entry === undefined) throw notFound(path)
    if (!(entry instanceof SimFile)) return entry
    throw new DiskError('other', path, `The path "${path}" leads through a file.`)
  }

  #file(path: string): SimFile {
    const entry = this.#find(path)
    if (entry === undefined) throw notFound(path)
    if (entry instanceof SimFile) return entry
    throw new DiskError('is-folder', path, `"${path}" is a folder.`)
  }
}

type Act = <T>(
  kind: DiskOperationKind,
  path: string,
  work: (during: boolean) => T,
  onError?: () => void,
) => Promise<T>

/** Whoever is dead waits for ever. Not one promise for all, which would remember each of them. */
function never(): Promise<never> {
  return new Promise(() => {})
}

function createFolder(path: string): Folder {
  return { kind: 'folder', path, seen: new Map(), durable: new Map() }
}

function setEntry(entries: Map<string, Entry>, name: string, entry: Entry | undefined): void {
  if (entry === undefined) entries.delete(name)
  else entries.set(name, entry)
}

/** A file may have two names after a power cut; it stays one file. */
function copyFolder(
  folder: Folder,
  overlay: ReadonlyMap<Folder, Map<string, Entry>>,
  choices: Choices,
  copies: Map<SimFile, SimFile>,
): Folder {
  const copy = createFolder(folder.path)
  for (const [name, entry] of overlay.get(folder) ?? folder.durable) {
    let kept: Entry
    if (entry instanceof SimFile) {
      kept = copies.get(entry) ?? entry.afterPowerCut(choices)
      copies.set(entry, kept)
    } else kept = copyFolder(entry, overlay, choices, copies)
    copy.seen.set(name, kept)
    copy.durable.set(name, kept)
  }
  return copy
}

function walk(folder: Folder, visit: (path: string, file: SimFile) => void, above = ''): void {
  for (const [name, entry] of folder.seen) {
    const path = `${above}/${name}`
    if (entry instanceof SimFile) visit(path, entry)
    else walk(entry, visit, path)
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

function notFound(path: string): DiskError {
  return new DiskError('not-found', path, `There is no file or folder "${path}".`)
}
