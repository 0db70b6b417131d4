/**
 * Items that are numbers, in pages of some thousands: an item keeps its number and its place until
 * it is let go of, and no page is ever copied to make room. Pages that have emptied are let go of.
 */

/** Item `i` lies in page `i >>> PAGE_BITS`, from `(i & PAGE_MASK) * stride` on. */
export const PAGE_BITS = 12
export const PAGE_MASK = (1 << PAGE_BITS) - 1
const PAGE_ITEMS = 1 << PAGE_BITS
/** The first page grows up to that, since most nodes keep little. */
const ITEMS_FIRST = 16
const NONE = new Float64Array(0)

interface Page {
  /** When its items were changed; undefined where nobody notes that. */
  stamps: Uint32Array | undefined
  /** Items that have been given out at some time. */
  made: number
  used: number
  /** An item that was let go of, whose first number says the next one; both by one more. */
  free: number
}

export class ItemPages {
  /** How many numbers an item takes. */
  readonly stride: number
  /** The numbers of each page; other arrays once items come and go. */
  readonly numbers: Float64Array[] = []
  readonly #pages: Page[] = []
  /** Pages that are not full; items go to the last of them. */
  readonly #open: number[] = []
  /** Of a page that has emptied: the next one that is needed. */
  #spare: Float64Array | undefined
  #isStamped = false

  constructor(stride: number) {
    this.stride = stride
  }

  get bytes(): number {
    let bytes = this.#spare?.byteLength ?? 0
    for (const numbers of this.numbers) bytes += numbers.byteLength
    for (const { stamps } of this.#pages) bytes += stamps?.byteLength ?? 0
    return bytes
  }

  first(item: number): number {
    return (this.numbers[item >>> PAGE_BITS] as Float64Array)[
      (item & PAGE_MASK) * this.stride
    ] as number
  }

  /** Its numbers are whatever they are. */
  add(): number {
    const index = this.#open.at(-1) ?? this.#addPage()
    const page = this.#pages[index] as Page
    if (page.used === 0) this.#giveNumbers(index, page)
    const place = this.#placeIn(index, page)
    page.used++
    if (page.used === PAGE_ITEMS) this.#open.pop()
    return (index << PAGE_BITS) | place
  }

  free(item: number): void {
    const index = item >>> PAGE_BITS
    const page = this.#pages[index] as Page
    if (page.used === PAGE_ITEMS) this.#open.push(index)
    page.used--
    if (page.used === 0 && index > 0) {
      this.#spare = this.numbers[index]
      this.numbers[index] = NONE
      page.stamps = undefined
      page.made = 0
      page.free = 0
      return
    }
    ;(this.numbers[index] as Float64Array)[(item & PAGE_MASK) * this.stride] = page.free
    page.free = (item & PAGE_MASK) + 1
  }

  /** All that there are, and some that have been let go of; items may come and go meanwhile. */
  *items(): Generator<number, undefined> {
    for (let index = 0; index < this.#pages.length; index++) {
      const page = this.#pages[index] as Page
      for (let place = 0; place < page.made; place++) yield (index << PAGE_BITS) | place
    }
    return undefined
  }

  /** Undefined where nobody notes changes. */
  stampOf(item: number): number | undefined {
    return this.#pages[item >>> PAGE_BITS]?.stamps?.[item & PAGE_MASK]
  }

  stamp(item: number, stamp: number): void {
    const stamps = this.#pages[item >>> PAGE_BITS]?.stamps
    if (stamps !== undefined) stamps[item & PAGE_MASK] = stamp
  }

  /** From now on items bear stamps. */
  beginStamps(): void {
    if (this.#isStamped) return
    this.#isStamped = true
    for (const [index, page] of this.#pages.entries()) this.#giveStamps(index, page)
  }

  stampAll(stamp: number): void {
    for (const { stamps } of this.#pages) stamps?.fill(stamp)
  }

  #addPage(): number {
    const index = this.#pages.length
    const page: Page = { stamps: undefined, made: 0, used: 0, free: -1 }
    // A field that changes at once, as `SlotEntries.isSpread`.
    page.free = 0
    this.#pages.push(page)
    this.numbers.push(NONE)
    this.#open.push(index)
    return index
  }

  /** To a page without items, which may have them still. */
  #giveNumbers(index: number, page: Page): void {
    if (this.numbers[index] !== NONE) return
    const items = index === 0 ? ITEMS_FIRST : PAGE_ITEMS
    const spare = index === 0 ? undefined : this.#spare
    this.#spare = index === 0 ? this.#spare : undefined
    this.numbers[index] = spare ?? new Float64Array(items * this.stride)
    this.#giveStamps(index, page)
  }

  #placeIn(index: number, page: Page): number {
    const { free } = page
    if (free > 0) {
      const numbers = this.numbers[index] as Float64Array
      page.free = numbers[(free - 1) * this.stride] as number
      return free - 1
    }
    const place = page.made
    if ((place + 1) * this.stride > (this.numbers[index] as Float64Array).length) {
      this.#grow(index, page)
    }
    page.made++
    return place
  }

  #grow(index: number, page: Page): void {
    const numbers = this.numbers[index] as Float64Array
    const grown = new Float64Array(numbers.length * 2)
    grown.set(numbers)
    this.numbers[index] = grown
    this.#giveStamps(index, page)
  }

  #giveStamps(index: number, page: Page): void {
    if (!this.#isStamped) return
    const stamps = new Uint32Array((this.numbers[index] as Float64Array).length / this.stride)
    if (page.stamps !== undefined) stamps.set(page.stamps)
    page.stamps = stamps
  }
}
