/**
 * A job's checkpoints as files of one folder. A checkpoint is a file with everything, or a file
 * with what has changed since the one before it; `checkpoint-12.full` and `checkpoint-12.changes`
 * say the same. A file is written under another name, synced, renamed, and its folder synced, so
 * that it is there whole or not at all.
 *
 * ```text
 *   1.full <- 2.changes <- 3.changes <- 4.changes <- 5.changes
 *                                       4.full    <-' written behind the writes; then 1 to 3 go
 * ```
 *
 * To read is to take the newest file with everything and all changes behind it, so there are never
 * many of those. Every block is checked before anything is returned. Where the newest checkpoint
 * has been damaged, reading fails and does not take an older one: what sinks have shown since would
 * come a second time, and only whoever runs the job can say that this may be.
 */

import {
  type CheckpointStore,
  type CheckpointSummary,
  type CheckpointWrite,
  type Disk,
  DiskError,
  type Random,
  type StateChange,
  type StateChanges,
  type StoredCheckpoint,
} from '@millrace/engine'
import {
  type Chain,
  fileName,
  findChain,
  headerFault,
  parseName,
  type StoredFile,
} from './checkpoint-chains.ts'
import { type CheckpointHeader, CheckpointWriter, readEntries } from './checkpoint-format.ts'
import { readCheckpointBlocks, readCheckpointHeader } from './checkpoint-reader.ts'
import { DamagedFile, ifNoFile } from './damaged-file.ts'
import { makeLastingFolder } from './lasting-folder.ts'
import { SeenKeys } from './seen-keys.ts'

export interface CheckpointFilesOptions {
  readonly disk: Disk
  readonly random: Random
  /** The data folder; it is there. */
  readonly root: string
  /** Where the checkpoints lie, below the root. */
  readonly folder: string
  /** Whose checkpoints they are. Those of somebody else are refused. */
  readonly owner: string
  /** How many checkpoints can be read, the newest among them. */
  readonly retained?: number
  /** How many files of changes are read behind one with everything. */
  readonly changesMax?: number
  /** Whether somebody else may be writing here: nothing is changed, and nothing can be written. */
  readonly readOnly?: boolean
  /**
   * What another store of this folder has read: where it is the newest one still, what is written
   * next goes on from it, as if it had been read here.
   */
  readonly read?: Pick<StoredCheckpoint, 'id' | 'stamp'> | undefined
}

const RETAINED = 5
const CHANGES_MAX = 8
const PART = '.part'
/** So much of what was checked stays in memory until it is read, and need not be read twice. */
const KEPT_BYTES_MAX = 128 * 1024 * 1024

/** The payloads of blocks that have been checked, by file. */
type Kept = Map<string, Uint8Array[]>

export async function openCheckpointFiles(
  options: CheckpointFilesOptions,
): Promise<CheckpointStore> {
  const { disk, root, folder, readOnly = false } = options
  if (!readOnly) await makeLastingFolder(disk, root, folder)
  const files: StoredFile[] = []
  for (const name of await disk.list(folder)) {
    const path = `${folder}/${name}`
    if (parseName(name.replace(/\.part$/, '')) === undefined) continue
    if (!name.endsWith(PART)) files.push(await look(options, path, name))
    else if (!readOnly) await disk.remove(path)
  }
  // Whoever died before the folder was synced has left files that are read here, and must stay.
  if (!readOnly) await disk.syncFolder(folder)
  return new CheckpointFiles(options, files)
}

async function look(
  { disk, owner }: CheckpointFilesOptions,
  path: string,
  name: string,
): Promise<StoredFile> {
  const parsed = parseName(name)
  if (parsed === undefined) throw new Error(`"${name}" is no name of a checkpoint.`)
  const damaged = (header: DamagedFile) => ({ ...parsed, path, bytes: 0, header })
  try {
    const { header, bytes } = await readCheckpointHeader(disk, path)
    const fault = headerFault(header, parsed, owner)
    if (fault !== undefined) return damaged(new DamagedFile(path, fault))
    return { ...parsed, path, bytes, header }
  } catch (error) {
    const damage = error instanceof DamagedFile ? error : ifNoFile(path, error)
    if (damage !== undefined) return damaged(damage)
    throw error
  }
}

class CheckpointFiles implements CheckpointStore {
  readonly #options: Required<Omit<CheckpointFilesOptions, 'read'>>
  #files: StoredFile[]
  /** What changes go on from. */
  #last: CheckpointHeader | undefined
  #busy = false
  #broken: unknown
  /** Settles when nothing is done behind the writes; never rejects. */
  #behind: Promise<void> = Promise.resolve()

  constructor(options: CheckpointFilesOptions, files: StoredFile[]) {
    this.#options = { retained: RETAINED, changesMax: CHANGES_MAX, readOnly: false, ...options }
    this.#files = files
    const { read } = options
    if (read?.id !== this.newestId) return
    const chain = this.#chain(read.id)
    const isSame = !(chain instanceof DamagedFile) && chain[0].header.stamp === read.stamp
    if (isSame) this.#last = chain[0].header
  }

  get wantsFull(): boolean {
    return this.#last === undefined
  }

  get newestId(): number {
    return this.#files.reduce((max, { id }) => Math.max(max, id), 0)
  }

  read(id?: number): Promise<StoredCheckpoint | undefined> {
    return this.#alone(async () => {
      const wanted = id ?? this.newestId
      if (wanted === 0) return undefined
      const kept: Kept = new Map()
      const chain = await this.#wholeChain(wanted, kept)
      if (chain instanceof DamagedFile) throw await this.#refusal(wanted, chain)
      const { disk } = this.#options
      this.#last = chain[0].header
      const { atMs, stamp, meta } = chain[0].header
      return { id: wanted, atMs, stamp, meta, entries: () => entriesOf(disk, chain, kept) }
    })
  }

  write(checkpoint: CheckpointWrite): Promise<void> {
    return this.#alone(async () => {
      const { id, full, atMs, meta } = checkpoint
      if (this.#options.readOnly) throw new Error('The checkpoints were opened for reading.')
      const newest = this.newestId
      if (id <= newest) throw new RangeError(`Checkpoint ${id} does not come behind ${newest}.`)
      const last = this.#last
      if (!full && last === undefined) {
        throw new Error(`Checkpoint ${id} must be full, since there is nothing to go on from.`)
      }
      const parent = full || last === undefined ? undefined : { id: last.id, stamp: last.stamp }
      const { owner, random } = this.#options
      const header = { id, atMs, owner, stamp: random.next(), parent, meta }
      // What these changes say must not be missing from those that come next.
      this.#last = undefined
      await this.#writeFile(header, checkpoint.changes)
      this.#last = header
      this.#behind = this.#tidy()
    })
  }

  list(): Promise<readonly CheckpointSummary[]> {
    return this.#alone(async () => this.#chains().map(summaryOf))
  }

  async close(): Promise<void> {
    await this.#behind
    this.#broken ??= new Error('The store of checkpoints has been closed.')
  }

  /** One call after the other, and none after an error of the disk. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new Error('A store of checkpoints does one thing at a time.')
    this.#busy = true
    try {
      await this.#behind
      if (this.#broken !== undefined) throw this.#broken
      return await work()
    } catch (error) {
      if (isDiskFailure(error)) this.#broken ??= error
      throw error
    } finally {
      this.#busy = false
    }
  }

  // Reading

  /** The checkpoints whose files are all there, oldest first. */
  #chains(): readonly Chain[] {
    const ids = [...new Set(this.#files.map(({ id }) => id))].sort((a, b) => a - b)
    return ids.flatMap((id) => {
      const chain = this.#chain(id)
      return chain instanceof DamagedFile ? [] : [chain]
    })
  }

  #chain(id: number): Chain | DamagedFile {
    return findChain(this.#files, this.#options.folder, id)
  }

  /** Reads all its files once; where one is damaged, another that says the same may stand in. */
  async #wholeChain(id: number, kept?: Kept): Promise<Chain | DamagedFile> {
    let first: DamagedFile | undefined
    for (;;) {
      const chain = this.#chain(id)
      if (chain instanceof DamagedFile) return first ?? chain
      const damage = await this.#firstDamage(chain, kept)
      if (damage === undefined) return chain
      first ??= damage
      this.#note(damage)
    }
  }

  #note(damage: DamagedFile): void {
    this.#files = this.#files.map((file) =>
      file.path === damage.path ? { ...file, header: damage } : file,
    )
  }

  async #firstDamage(chain: Chain, kept?: Kept): Promise<DamagedFile | undefined> {
    const isKept = kept !== undefined && bytesOf(chain) <= KEPT_BYTES_MAX
    try {
      for (const { path, header } of chain) {
        const blocks: Uint8Array[] = []
        for await (const block of readCheckpointBlocks(this.#options.disk, path, header)) {
          const gone = header.parent === undefined && block.hasGone
          if (gone) return new DamagedFile(path, 'It holds everything, and yet something is gone.')
          if (isKept) blocks.push(block.payload)
        }
        if (isKept) kept.set(path, blocks)
      }
      return undefined
    } catch (error) {
      if (error instanceof DamagedFile) return error
      throw error
    }
  }

  /** Says which older checkpoint could be taken instead. */
  async #refusal(id: number, { path, reason }: DamagedFile): Promise<DamagedFile> {
    const older = this.#chains().filter(([{ id: one }]) => one < id)
    for (const [{ id: one }] of older.reverse()) {
      if ((await this.#wholeChain(one)) instanceof DamagedFile) continue
      const repeats = 'sinks repeat what they have shown since'
      return new DamagedFile(path, reason, `Checkpoint ${one} is whole; restored, ${repeats}.`)
    }
    const advice = 'No checkpoint before it is whole. Bring one back from a backup, or begin anew.'
    return new DamagedFile(path, reason, advice)
  }

  // Writing

  async #writeFile(header: CheckpointHeader, changes: StateChanges): Promise<void> {
    const { disk, folder } = this.#options
    const kind = header.parent === undefined ? 'full' : 'changes'
    const path = `${folder}/${fileName(header.id, kind)}`
    const part = path + PART
    let bytes = 0
    try {
      bytes = await writeAll(disk, part, header, changes)
      await disk.rename(part, path)
    } catch (error) {
      // What the disk does not let go of is taken away when the store is opened next.
      await disk.remove(part).catch(() => undefined)
      throw error
    }
    await disk.syncFolder(folder)
    this.#files.push({ path, id: header.id, kind, header, bytes })
  }

  /** Behind a write: bounds what is read at a restart, and lets old checkpoints go. */
  async #tidy(): Promise<void> {
    try {
      await this.#bringTogether()
      await this.#letGo()
    } catch (error) {
      if (error instanceof DamagedFile) {
        // The job has what the file has lost.
        this.#note(error)
        this.#last = undefined
      } else if (!isNoSpace(error)) this.#broken ??= error
      // A full disk leaves the files as they are, and the next write tries again.
    }
  }

  /** Writes the newest checkpoint as one file where it has become many, or mostly changes. */
  async #bringTogether(): Promise<void> {
    const last = this.#last
    const chain = last === undefined ? undefined : this.#chain(last.id)
    if (chain === undefined || chain instanceof DamagedFile) return
    const changes = chain.slice(0, -1)
    const changedBytes = changes.reduce((sum, { bytes }) => sum + bytes, 0)
    const many = changes.length > this.#options.changesMax
    const mostlyChanges = changes.length > 1 && changedBytes > 2 * (chain.at(-1)?.bytes ?? 0)
    if (!many && !mostlyChanges) return
    const header = { ...chain[0].header, parent: undefined }
    await this.#writeFile(header, entriesOf(this.#options.disk, chain))
  }

  async #letGo(): Promise<void> {
    const kept = this.#chains().slice(-this.#options.retained)
    const oldestId = kept[0]?.[0].id ?? 0
    const needed = new Set(kept.flatMap((chain) => chain.map(({ path }) => path)))
    const doubled = (file: StoredFile) =>
      file.kind === 'changes' && kept.some(([{ id, kind }]) => id === file.id && kind === 'full')
    for (const file of this.#files.filter(({ path }) => !needed.has(path))) {
      if (file.id >= oldestId && !doubled(file)) continue
      await this.#options.disk.remove(file.path)
      this.#files = this.#files.filter((one) => one !== file)
    }
  }
}

/** Returns how many bytes it has written and synced. */
async function writeAll(
  disk: Disk,
  path: string,
  header: CheckpointHeader,
  changes: StateChanges,
): Promise<number> {
  const file = await disk.open(path, 'create')
  const writer = new CheckpointWriter(header)
  // What has come and gone since nothing was stored need not be told of.
  const isFull = header.parent === undefined
  const add = (change: StateChange) =>
    isFull && change.value === undefined ? false : writer.add(change)
  let bytes = 0
  const write = async (block: Uint8Array) => {
    bytes += block.length
    await file.write(block)
  }
  try {
    if (Symbol.iterator in changes) {
      for (const change of changes) if (add(change)) await write(writer.take())
    } else {
      for await (const some of changes) {
        const portion = 'key' in some ? [some] : some
        for (const change of portion) if (add(change)) await write(writer.take())
      }
    }
    await write(writer.finish())
    await file.sync()
  } finally {
    await file.close()
  }
  return bytes
}

/** Each key's newest value. Keys of changes are remembered, and those of the last file are not. */
async function* entriesOf(
  disk: Disk,
  chain: Chain,
  kept?: Kept,
): AsyncGenerator<readonly StateChange[]> {
  const seen = new SeenKeys()
  for (const file of chain) {
    const { header } = file
    // Each file has a key once.
    const isNewest = file === chain[0]
    for await (const payload of payloadsOf(disk, file, kept)) {
      const entries: StateChange[] = []
      for (const entry of readEntries(payload)) {
        if (!isNewest && seen.has(entry.key)) continue
        if (header.parent !== undefined) seen.add(entry.key)
        if (entry.value !== undefined) entries.push(entry)
      }
      yield entries
    }
  }
}

/** What is kept is let go of as it is read; a second time it is read from the disk. */
async function* payloadsOf(
  disk: Disk,
  { path, header }: Chain[number],
  kept: Kept | undefined,
): AsyncGenerator<Uint8Array> {
  const blocks = kept?.get(path)
  if (blocks === undefined) {
    for await (const { payload } of readCheckpointBlocks(disk, path, header)) yield payload
    return
  }
  kept?.delete(path)
  blocks.reverse()
  for (let payload = blocks.pop(); payload !== undefined; payload = blocks.pop()) yield payload
}

function summaryOf(chain: Chain): CheckpointSummary {
  const { id, atMs } = chain[0].header
  return { id, atMs, bytes: bytesOf(chain) }
}

function bytesOf(chain: Chain): number {
  return chain.reduce((sum, file) => sum + file.bytes, 0)
}

/** What the disk holds is not known any more: it must be read again. */
function isDiskFailure(error: unknown): boolean {
  return error instanceof DiskError && !isNoSpace(error)
}

function isNoSpace(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'no-space'
}
