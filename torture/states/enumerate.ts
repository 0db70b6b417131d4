/**
 * Tries what may be on a disk after a crash, state by state, and what may become of its files
 * later. Crashes: at every operation of the work, every combination of what survives, up to a
 * bound, and dice beyond it; the recovery is cut short at each of its own operations too. Damage:
 * each file cut at every byte, each bit turned over, and its tail made zeros or garbage.
 */

import {
  type Choices,
  EveryChoice,
  randomChoices,
  type SeededRandom,
  SimDisk,
  seededRandom,
} from '../../packages/engine/src/testing/index.ts'
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
  readonly operations: number
  readonly crashStates: number
  readonly damageStates: number
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
  const { crashStates, damageStates, refused, faults } = run
  return { subject: subject.name, operations, crashStates, damageStates, refused, faults }
}

class Enumeration {
  crashStates = 0
  damageStates = 0
  refused = 0
  readonly faults: string[] = []
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
    this.crashStates++
    const interrupted = this.crashStates % this.#options.recoveryEvery === 0
    if (interrupted) await this.#interruptRecovery(disk, book, where)
    const found = await this.#recover(disk)
    if ('refused' in found) this.#note(where, `It was refused: ${found.refused}`)
    else this.#note(where, book.fault(found.state))
    if ('refused' in found) return
    await this.#tryAgain(disk, found.state, where)
    if (!interrupted) return
    const goesOn = await this.#recover(disk, true)
    if ('refused' in goesOn) this.#note(where, `Going on was refused: ${goesOn.refused}`)
  }

  /** What was found once may have been acted upon, so it must be there after a power cut. */
  async #tryAgain(disk: SimDisk, state: string, where: string): Promise<void> {
    this.crashStates++
    const random = seededRandom(this.#options.seed + this.crashStates)
    const again = await this.#recover(disk.image(randomChoices(random)))
    const cut = `${where}, a power cut after the recovery`
    if ('refused' in again) this.#note(cut, `It was refused: ${again.refused}`)
    else if (again.state !== state) this.#note(cut, 'What was found before is not there any more.')
  }

  async #interruptRecovery(disk: SimDisk, book: Book, where: string): Promise<void> {
    for (let at = 1; ; at++) {
      let crashed: () => void = () => {}
      const crash = new Promise<void>((resolve) => {
        crashed = resolve
      })
      const copy = disk.image(HARMLESS)
      const start = copy.operationCount
      copy.fault = (operation) => {
        if (operation.number !== start + at) return undefined
        crashed()
        return 'crash-after'
      }
      let whole = false
      const recovery = this.#subject.recover(copy.connect(), false).then(() => {
        whole = true
      })
      await Promise.race([recovery, crash])
      if (whole) return
      this.crashStates++
      const random = seededRandom(this.#options.seed + at)
      const found = await this.#recover(copy.image(randomChoices(random)))
      const again = `${where}, again in its recovery at operation ${at}`
      if ('refused' in found) this.#note(again, `It was refused: ${found.refused}`)
      else this.#note(again, book.fault(found.state))
    }
  }

  async damages(): Promise<void> {
    const { disk, book } = await this.#worked(Number.POSITIVE_INFINITY)
    const files = disk.files()
    const random = seededRandom(this.#options.seed)
    for (const [path, bytes] of files) {
      const isNeeded = await this.#isNeeded(files, path, book)
      for (const damaged of damagesOf(bytes, this.#options.damageEvery, random)) {
        if (this.#isOver) return
        this.damageStates++
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
    const found = await this.#recover(disk)
    if ('refused' in found) {
      this.refused++
      return
    }
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

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

/** So many bytes at the end of a file are tried one by one. */
const END_BYTES = 20

function* damagesOf(
  bytes: Uint8Array,
  every: number,
  random: SeededRandom,
): IterableIterator<{ readonly how: string; readonly bytes: Uint8Array }> {
  const tail = (at: number, fill: (index: number) => number) =>
    bytes.map((byte, index) => (index < at ? byte : fill(index)))
  const isDrawn = () => every === 1 || random.integer(1, every) === 1
  for (let at = 0; at < bytes.length; at++) {
    const isEnd = at >= bytes.length - END_BYTES
    if (isEnd || isDrawn()) yield { how: `cut at byte ${at}`, bytes: bytes.slice(0, at) }
    if (isDrawn()) yield { how: `zeros from byte ${at}`, bytes: tail(at, () => 0) }
    if (isDrawn()) {
      yield { how: `garbage from byte ${at}`, bytes: tail(at, (index) => (index * 89 + 7) & 255) }
    }
  }
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    if (!isDrawn()) continue
    const flipped = bytes.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield { how: `bit ${bit & 7} of byte ${bit >> 3} turned over`, bytes: flipped }
  }
  for (const [how, more] of [
    ['zeros', new Uint8Array(600)],
    ['garbage', Uint8Array.from({ length: 600 }, (_, index) => (index * 89 + 7) & 255)],
    ['itself', bytes],
  ] as const) {
    const longer = new Uint8Array(bytes.length + more.length)
    longer.set(bytes)
    longer.set(more, bytes.length)
    yield { how: `followed by ${how}`, bytes: longer }
  }
}
