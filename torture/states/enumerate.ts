/**
 * Tries what may be on a disk after a crash, state by state, and what may become of its files
 * later. Crashes: at every operation of the work, every combination of what survives, up to a
 * bound, and dice beyond it; the recovery is cut short at each of its own operations too. Damage:
 * each file cut at every byte, each bit turned over, and its tail made zeros or garbage.
 *
 * Nothing but what is on the disk decides what a recovery finds. So of states that are the same
 * byte for byte only the first is recovered, and only that one is counted as a state; what it found
 * is held against what may be found after each of the others.
 */

import {
  type Choices,
  EveryChoice,
  randomChoices,
  SimDisk,
  seededRandom,
} from '../../packages/engine/src/testing/index.ts'
import { damagesOf, isSame } from './damages.ts'
import { imageOf, KnownImages } from './known-images.ts'
import { Book, type Found, type Subject } from './subject.ts'

export interface StatesOptions {
  readonly seed: number
  /** At most so many combinations at each operation. */
  readonly combinationsMax: number
  /** Beyond them, so many throws of the dice. */
  readonly throws: number
  /** Of so many recoveries, one is cut short at each of its operations. */
  readonly recoveryEvery: number
  /**
   * Of so many bytes or bits one is damaged, drawn by dice: 1 for all of them. The last bytes of a
   * file are always tried, since ends are what gets lost.
   */
  readonly damageEvery: number
  /** Ends earlier where it says so; asked between the states. */
  isOver?(): boolean
}

export interface StatesReport {
  readonly subject: string
  readonly seed: number
  readonly operations: number
  /** Each is unlike all others of this subject, and was recovered. */
  readonly crashStates: number
  readonly damageStates: number
  /** Further states that were the same, byte for byte, as one of those. */
  readonly repeated: number
  /** Of those after damage, so many were refused by name. */
  readonly refused: number
  readonly faults: readonly string[]
}

const FAULTS_SHOWN = 10

export async function enumerateStates(
  subject: Subject,
  options: StatesOptions,
): Promise<StatesReport> {
  const run = new Enumeration(subject, options)
  const operations = await run.crashes()
  await run.damages()
  const { crashStates, damageStates, repeated, refused, faults } = run
  const { name } = subject
  const { seed } = options
  return { subject: name, seed, operations, crashStates, damageStates, repeated, refused, faults }
}

class Enumeration {
  crashStates = 0
  damageStates = 0
  repeated = 0
  refused = 0
  readonly faults: string[] = []
  readonly #known = new KnownImages()
  readonly #subject: Subject
  readonly #options: StatesOptions

  constructor(subject: Subject, options: StatesOptions) {
    this.#subject = subject
    this.#options = options
  }

  get #isOver(): boolean {
    return this.faults.length >= FAULTS_SHOWN || this.#options.isOver?.() === true
  }

  /** Returns how many operations the work has. */
  async crashes(): Promise<number> {
    const { disk } = await this.#worked(Number.POSITIVE_INFINITY)
    const operations = disk.operationCount
    for (let at = 1; at <= operations && !this.#isOver; at++) {
      const before = await this.#worked(at)
      await this.#imagesOf(before, at)
      for (const fault of ['crash-during', 'crash-after'] as const) {
        const worked = await this.#worked(at, fault)
        worked.disk.crash('kill')
        await this.#tryCrash(worked.disk, worked.book, `killed at operation ${at}`)
      }
    }
    return operations
  }

  /** Does the work up to an operation, where it crashes. */
  async #worked(
    at: number,
    fault: 'crash-before' | 'crash-during' | 'crash-after' = 'crash-before',
  ) {
    const { prepare, work, empty } = this.#subject
    let crashed: () => void = () => {}
    const crash = new Promise<void>((resolve) => {
      crashed = resolve
    })
    const disk = new SimDisk({
      choices: HARMLESS,
      fault: ({ number }) => (number === at ? fault : undefined),
      onCrash: () => crashed(),
    })
    prepare(disk)
    const book = new Book(empty)
    await Promise.race([work(disk.connect(), book), crash])
    return { disk, book }
  }

  async #imagesOf({ disk, book }: { disk: SimDisk; book: Book }, at: number): Promise<void> {
    const { combinationsMax, throws, seed } = this.#options
    const where = `power cut before operation ${at}`
    const every = new EveryChoice()
    let tried = 0
    let more = true
    while (more && tried < combinationsMax && !this.#isOver) {
      await this.#tryCrash(disk.image(every), book, `${where}, combination ${tried}`)
      tried++
      more = every.next()
    }
    if (!more) return
    const random = seededRandom(seed * 1_000_003 + at)
    for (let thrown = 0; thrown < throws && !this.#isOver; thrown++) {
      await this.#tryCrash(disk.image(randomChoices(random)), book, `${where}, throw ${thrown}`)
    }
  }

  /** After a crash nothing may be refused: it was nobody's fault. */
  async #tryCrash(disk: SimDisk, book: Book, where: string): Promise<void> {
    const image = imageOf(disk)
    const known = this.#known.of(image)
    if (known !== undefined) {
      this.repeated++
      this.#noteFound(known, book, where)
      return
    }
    const interrupted = ++this.crashStates % this.#options.recoveryEvery === 0
    if (interrupted) await this.#interruptRecovery(disk, book, where)
    const found = await this.#recover(disk)
    this.#known.add(image, found)
    this.#noteFound(found, book, where)
    if ('refused' in found) return
    await this.#tryAgain(disk, found.state, where)
    if (!interrupted) return
    const goesOn = await this.#recover(disk, true)
    if ('refused' in goesOn) this.#note(where, `Going on was refused: ${goesOn.refused}`)
  }

  #noteFound(found: Found, book: Book, where: string): void {
    if ('refused' in found) this.#note(where, `It was refused: ${found.refused}`)
    else this.#note(where, book.fault(found.state))
  }

  /** What was found once may have been acted upon, so it must be there after a power cut. */
  async #tryAgain(disk: SimDisk, state: string, where: string): Promise<void> {
    const random = seededRandom(this.#options.seed + this.crashStates)
    const again = await this.#recoverCut(disk.image(randomChoices(random)))
    const cut = `${where}, a power cut after the recovery`
    if ('refused' in again) this.#note(cut, `It was refused: ${again.refused}`)
    else if (again.state !== state) this.#note(cut, 'What was found before is not there any more.')
  }

  /** One recovery, and what a power cut would leave before each of its operations. */
  async #interruptRecovery(disk: SimDisk, book: Book, where: string): Promise<void> {
    const copy = disk.image(HARMLESS)
    const images: SimDisk[] = []
    copy.fault = () => {
      const random = seededRandom(this.#options.seed + images.length)
      images.push(copy.image(randomChoices(random)))
      return undefined
    }
    await this.#recover(copy)
    for (const [index, image] of images.entries()) {
      const again = `${where}, again in its recovery before operation ${index + 1}`
      this.#noteFound(await this.#recoverCut(image), book, again)
    }
  }

  /** A state after a second crash. */
  async #recoverCut(disk: SimDisk): Promise<Found> {
    const image = imageOf(disk)
    const known = this.#known.of(image)
    if (known !== undefined) {
      this.repeated++
      return known
    }
    this.crashStates++
    const found = await this.#recover(disk)
    this.#known.add(image, found)
    return found
  }

  async damages(): Promise<void> {
    const { disk, book } = await this.#worked(Number.POSITIVE_INFINITY)
    const files = disk.files()
    const random = seededRandom(this.#options.seed)
    for (const [path, bytes] of files) {
      const isNeeded = await this.#isNeeded(files, path, book)
      for (const damaged of damagesOf(bytes, this.#options.damageEvery, random)) {
        if (this.#isOver) return
        const copy = holding(new Map(files).set(path, damaged.bytes))
        const isDamage = isNeeded && !isSame(bytes, damaged.bytes)
        await this.#tryDamage(copy, book, isDamage, `"${path}", ${damaged.how}`)
      }
    }
  }

  /** Whether nobody could find what was stored last without this file. */
  async #isNeeded(files: Files, path: string, book: Book): Promise<boolean> {
    const rest = new Map(files)
    rest.delete(path)
    const found = await this.#recover(holding(rest))
    return 'refused' in found || found.state !== book.last
  }

  async #tryDamage(disk: SimDisk, book: Book, isDamage: boolean, where: string): Promise<void> {
    const image = imageOf(disk)
    const known = this.#known.of(image)
    const found = known ?? (await this.#recover(disk))
    if (known === undefined) {
      this.#known.add(image, found)
      this.damageStates++
      if ('refused' in found) this.refused++
    } else this.repeated++
    if ('refused' in found) return
    const { damageFault } = this.#subject
    if (damageFault !== undefined) {
      this.#note(where, damageFault(found.state, book.last))
      return
    }
    this.#note(where, book.fault(found.state))
    // What is read of such a file is right by luck: it does not say what was written any more.
    if (isDamage && found.state === book.last) this.#note(where, 'Nobody notices.')
  }

  async #recover(disk: SimDisk, goOn = false): Promise<Found> {
    try {
      return await this.#subject.recover(disk.connect(), goOn)
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#note('recovery', `It broke: ${text}`)
      return { refused: text }
    }
  }

  #note(where: string, fault: string | undefined): void {
    if (fault !== undefined) this.faults.push(`${this.#subject.name}, ${where}: ${fault}`)
  }
}

const HARMLESS: Choices = { choose: () => 0 }

type Files = ReadonlyMap<string, Uint8Array>

function holding(files: Files): SimDisk {
  const disk = new SimDisk({ choices: HARMLESS })
  for (const [path, bytes] of files) disk.place(path, bytes)
  return disk
}
