/**
 * Holds a transactional sink to its promise on a disk that forgets: after any crash, in any
 * operation of the disk, others see what was committed, or what was stored if it was about to be
 * committed, and nothing else; at the end everything, once and in order. Some runs go on behind the
 * end, as a job that had finished does when it has been edited.
 */

import type { Disk } from '../env.ts'
import { decodeState, encodeState, type Saved } from '../state-codec.ts'
import type { TransactionalSink } from '../transactional-sink.ts'
import { randomChoices } from './choices.ts'
import { type SeededRandom, seededRandom } from './random.ts'
import { type DiskFault, SimDisk } from './sim-disk.ts'

export interface SinkSubject {
  /** A sink on what the disk has; `write` gives it a line. */
  open(disk: Disk): { readonly sink: TransactionalSink; write(line: string): void }
  /** Of what others can see, the lines; undefined where there is nothing. */
  visible(files: ReadonlyMap<string, Uint8Array>): readonly string[] | undefined
  /** Whether there is something to see before the end. */
  readonly showsParts: boolean
}

export interface SinkCrashes {
  readonly crashes: number
  /** What broke the promise; nothing else was tried then. */
  readonly fault: string | undefined
}

/** What the checkpoint store would hold. */
interface Stored {
  readonly prepared: Saved
  readonly lines: number
  readonly isLast: boolean
}

export async function crashSink(subject: SinkSubject, seed: number): Promise<SinkCrashes> {
  return new SinkRun(subject, seededRandom(seed)).toEnd()
}

/** Lives until there are no more crashes; some seeds have none. */
const CRASHES_MAX = 6
const OPERATIONS_MAX = 25

class SinkRun {
  readonly #subject: SinkSubject
  readonly #random: SeededRandom
  readonly #disk: SimDisk
  #linesMax: number
  /** So often it goes on when it was at its end. */
  #sequels: number
  #stored: Stored | undefined
  /** Lines of checkpoints whose commit was heard of. */
  #committed = 0
  /** Lines at the last end that was heard of. */
  #whole = 0
  #crashed: () => void = () => {}
  #left: number
  #crashes = 0
  /** What is stored is an end, and not the last one. */
  #goesOn = false

  constructor(subject: SinkSubject, random: SeededRandom) {
    this.#subject = subject
    this.#random = random
    this.#linesMax = random.integer(0, 60)
    this.#sequels = random.pick([0, 0, 1, 2])
    this.#left = random.integer(0, OPERATIONS_MAX)
    this.#disk = new SimDisk({
      choices: randomChoices(random),
      fault: () => this.#fault(),
      onCrash: () => this.#crashed(),
    })
    this.#disk.place('/out/.keep', new Uint8Array(0))
  }

  async toEnd(): Promise<SinkCrashes> {
    for (;;) {
      const crash = new Promise<'crashed'>((resolve) => {
        this.#crashed = () => resolve('crashed')
      })
      const end = await Promise.race([this.#live(), crash])
      if (end !== 'crashed') this.#disk.crash('power')
      const fault = this.#check(end === 'crashed')
      if (fault !== undefined) return { crashes: this.#crashes, fault }
      if (end !== 'crashed') {
        if (this.#sequels === 0) return { crashes: this.#crashes, fault: undefined }
        this.#sequels--
        this.#linesMax += this.#random.pick([0, 1, 30])
        this.#goesOn = true
      } else this.#crashes++
      this.#left = this.#random.integer(0, OPERATIONS_MAX)
    }
  }

  #fault(): DiskFault | undefined {
    if (this.#crashes >= CRASHES_MAX || this.#left-- > 0) return undefined
    return this.#random.pick(['crash-before', 'crash-during', 'crash-after'])
  }

  async #live(): Promise<'done'> {
    const { sink, write } = this.#subject.open(this.#disk.connect())
    const prepared = this.#stored?.prepared
    await sink.recover(decodeState(encodeState(prepared)))
    this.#committed = this.#stored?.lines ?? 0
    let line = this.#committed
    let id = 0
    while (this.#goesOn || this.#stored?.isLast !== true) {
      const isLast = line >= this.#linesMax
      for (let left = isLast ? 0 : this.#random.integer(0, 12); left > 0; left--) {
        if (line < this.#linesMax) write(textOf(line++))
      }
      const cut = { lines: line, isLast }
      const output = sink.cut({ checkpointId: ++id, isLast })
      // What comes now belongs to the next checkpoint, whether or not this one is on the disk.
      if (!isLast && line < this.#linesMax && this.#random.chance(0.5)) write(textOf(line++))
      this.#stored = { ...cut, prepared: await output.prepare() }
      this.#goesOn = false
      await sink.commit(this.#stored.prepared)
      this.#committed = cut.lines
      if (isLast) this.#whole = cut.lines
    }
    await sink.close()
    return 'done'
  }

  #check(afterCrash: boolean): string | undefined {
    // A killed process leaves everything, and a power cut what was synced.
    if (afterCrash) this.#disk.crash(this.#random.pick(['kill', 'power']))
    const visible = this.#subject.visible(this.#disk.files())
    const expected = Array.from({ length: this.#stored?.lines ?? 0 }, (_, line) => textOf(line))
    const committed = this.#subject.showsParts || !afterCrash ? this.#committed : this.#whole
    const found = visible ?? []
    const extra = found.findIndex((line, index) => line !== expected[index])
    if (extra >= 0) return `Line ${extra} is "${found[extra]}" and was to be "${expected[extra]}".`
    if (found.length >= committed) return undefined
    return `There are ${found.length} lines, and ${committed} were committed.`
  }
}

/** Of various lengths. */
function textOf(line: number): string {
  return `line ${line} ${'x'.repeat((line * 37) % 300)}`
}
