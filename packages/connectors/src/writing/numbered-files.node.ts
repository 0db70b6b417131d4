/**
 * A file for each committed checkpoint: `name-000001.jsonl`, `name-000002.jsonl`, and so on. What
 * is written goes to a part, which gets its name when the checkpoint that holds its records is
 * stored. A checkpoint without records makes no file. Where a job goes back to an older checkpoint,
 * files of later ones are put aside into `superseded/`, and none is removed.
 */

import type {
  Disk,
  DiskFile,
  PreparedOutput,
  Saved,
  SinkCut,
  Told,
  TransactionalSink,
} from '@millrace/engine'
import { PART_ENDING } from '../file-format.ts'
import { folderOf } from '../file-place.ts'
import { BlockFile, type BlockFileOptions } from './block-file.node.ts'
import { makeKeptFolder } from './kept-folder.ts'

const DIGITS = 6
const NAMES_SHOWN = 20

export interface NumberedFilesOptions extends BlockFileOptions {
  readonly disk: Disk
  /** What stands before the first record of each file. */
  readonly head: string
  tell(told: Told, message: string): void
}

/** What a checkpoint holds of it. */
interface PreparedNumber {
  /** The last file that has records, committed or about to be. */
  readonly number: number
}

export class NumberedFiles implements TransactionalSink {
  readonly #options: NumberedFilesOptions
  #number = 0
  #file: BlockFile | undefined
  #isNamed = false

  constructor(options: NumberedFilesOptions) {
    this.#options = options
  }

  write(text: string): void {
    this.#file ??= this.#begin(this.#number + 1)
    this.#file.write(text)
  }

  /** A job that begins does not touch the files of one before it: it counts on from them. */
  async recover(prepared: Saved): Promise<void> {
    const { disk, place } = this.#options
    const folder = folderOf(place.absolute)
    await makeKeptFolder(disk, folder)
    const { number } = (prepared ?? {
      number: Number.POSITIVE_INFINITY,
    }) as unknown as PreparedNumber
    const later: string[] = []
    for (const { name, found, isPart } of this.#among(await disk.list(folder))) {
      if (!isPart && found > number) later.push(name)
      else if (!isPart) this.#number = Math.max(this.#number, found)
      else if (prepared !== undefined && found === number) await this.#rename(number)
      else await disk.remove(`${folder}/${name}`)
    }
    if (later.length > 0) await this.#putAside(later.sort(), number)
    // The one that has its name may have got it just before the process was killed.
    await disk.syncFolder(folder)
    if (prepared !== undefined) this.#number = number
  }

  cut(_cut: SinkCut): PreparedOutput {
    const file = this.#file
    if (file === undefined) return { prepare: async () => ({ number: this.#number }) }
    this.#file = undefined
    this.#number++
    const number = this.#number
    file.handOver()
    return {
      prepare: async () => {
        await file.sync()
        const { disk, place } = this.#options
        file.queue(() => disk.syncFolder(folderOf(place.absolute)))
        await file.settle()
        await file.close()
        return { number }
      },
    }
  }

  async commit(prepared: Saved): Promise<void> {
    const { number } = prepared as unknown as PreparedNumber
    const { disk } = this.#options
    if (number > 0 && (await disk.kindOf(this.#partPath(number))) === 'file') {
      await this.#rename(number)
    }
  }

  async abort(): Promise<void> {
    await this.close()
    const part = this.#partPath(this.#number + 1)
    await this.#options.disk.remove(part).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  #begin(number: number): BlockFile {
    this.#sayName(number)
    const file = new BlockFile(this.#options)
    file.begin((): Promise<DiskFile> => this.#options.disk.open(this.#partPath(number), 'create'))
    file.write(this.#options.head)
    return file
  }

  /** Once: it is another name than the one in the config. */
  #sayName(number: number): void {
    if (this.#isNamed) return
    this.#isNamed = true
    this.#options.tell(
      'files-named',
      `Each checkpoint that has records gets a file of its own, from "${this.#path(number)}" on.`,
    )
  }

  async #rename(number: number): Promise<void> {
    const { disk, place } = this.#options
    await disk.rename(this.#partPath(number), this.#path(number))
    await disk.syncFolder(folderOf(place.absolute))
  }

  /** They belong to what the job has gone back from, and somebody may still want them. */
  async #putAside(names: readonly string[], number: number): Promise<void> {
    const { disk, place, tell } = this.#options
    const folder = folderOf(place.absolute)
    const aside = await this.#freeFolder(names, number)
    await makeKeptFolder(disk, aside)
    for (const name of names) await disk.rename(`${folder}/${name}`, `${aside}/${name}`)
    await disk.syncFolder(aside)
    await disk.syncFolder(folder)
    const shown = names.slice(0, NAMES_SHOWN).join(', ')
    const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : ''
    const files = names.length === 1 ? '1 file' : `${names.length} files`
    tell(
      'put-aside',
      `The job has gone back to a checkpoint before ${files} of it, which ${names.length === 1 ? 'is' : 'are'} ` +
        `now in "${aside}": ${shown}${more}.`,
    )
  }

  /** One that has none of the names; after a crash in the middle it is the same again. */
  async #freeFolder(names: readonly string[], number: number): Promise<string> {
    const { disk, place } = this.#options
    const last = String(number).padStart(DIGITS, '0')
    const base = `${folderOf(place.absolute)}/superseded/after-${last}`
    for (let index = 1; ; index++) {
      const folder = index === 1 ? base : `${base}-${index}`
      if ((await disk.kindOf(folder)) === 'nothing') return folder
      const there = new Set(await disk.list(folder))
      if (!names.some((name) => there.has(name))) return folder
    }
  }

  /** `folder/name-000001.jsonl`. */
  #path(number: number): string {
    const { before, ending } = this.#name()
    return `${before}-${String(number).padStart(DIGITS, '0')}${ending}`
  }

  #partPath(number: number): string {
    return `${this.#path(number)}${PART_ENDING}`
  }

  #name(): { readonly before: string; readonly ending: string } {
    const { absolute } = this.#options.place
    const dot = absolute.lastIndexOf('.')
    const hasEnding = dot > folderOf(absolute).length + 1
    const end = hasEnding ? dot : absolute.length
    return { before: absolute.slice(0, end), ending: absolute.slice(end) }
  }

  /** Which of the names in the folder are ours. */
  #among(names: readonly string[]) {
    return names.flatMap((name) => {
      const isPart = name.endsWith(PART_ENDING)
      const digits = isPart ? name.slice(0, -PART_ENDING.length) : name
      const found = Number(/-(\d{6,})(?:\.[^.]*)?$/.exec(digits)?.[1])
      if (!Number.isInteger(found)) return []
      const path = isPart ? this.#partPath(found) : this.#path(found)
      return path === `${folderOf(path)}/${name}` ? [{ name, found, isPart }] : []
    })
  }
}
