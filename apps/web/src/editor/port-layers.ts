/**
 * Says in which order what stands in each column of a layout comes, and how far down it stands, so
 * that edges do not cross where they leave or arrive by ports in an order of their own.
 *
 * Order: columns are sorted again and again by where their neighbours' ports are, and neighbours
 * change places where that saves a crossing. Height: each column in turn goes to where its edges
 * are level, weighed by their squares, and what would overlap then shares its way. An edge that
 * passes columns has a place in each of them; it is kept level before all others, since it is drawn
 * as one curve and would run behind the nodes that it passes. Neither is proven to be the best.
 */

/** A node, or an edge that passes the column. */
export interface Item {
  readonly id: string
  readonly height: number
  readonly passing: boolean
}

/** Between items of neighbouring columns. Tops are those of ports, from the top of the item. */
export interface Segment {
  readonly from: string
  readonly fromTop: number
  readonly to: string
  readonly toTop: number
}

export interface Layers {
  readonly columns: readonly (readonly Item[])[]
  readonly segments: readonly Segment[]
}

type Order = readonly (readonly Item[])[]

const SWEEPS = 24
/** So many of them without a better order are enough. */
const VAIN_SWEEPS = 4
const SETTLING = 96
const NODE_GAP = 40
const PASSING_GAP = 28
/** By how much more an edge is kept level that passes columns. */
const PASSING_WEIGHT = 12

/** By the item at their end, and by the one at their start. */
interface Wires {
  readonly into: ReadonlyMap<string, readonly Segment[]>
  readonly outOf: ReadonlyMap<string, readonly Segment[]>
}

/** Columns as they came, where no other order crosses less. */
export function orderByPorts({ columns, segments }: Layers): Order {
  const wires = wiresOf(segments)
  let best = columns
  let fewest = crossingCount(columns, wires)
  // What is best near one order is not what is best near its mirror image.
  for (const start of [columns, columns.map((column) => column.toReversed())]) {
    let order = start
    for (let sweep = 0, vain = 0; fewest > 0 && sweep < SWEEPS && vain < VAIN_SWEEPS; sweep++) {
      order = swapped(swept(order, wires, sweep % 2 === 0 ? 'into' : 'outOf'), wires)
      const count = crossingCount(order, wires)
      vain = count < fewest ? 0 : vain + 1
      if (count < fewest) [best, fewest] = [order, count]
    }
  }
  return best
}

function wiresOf(segments: readonly Segment[]): Wires {
  const into = new Map<string, Segment[]>()
  const outOf = new Map<string, Segment[]>()
  const add = (wires: Map<string, Segment[]>, id: string, segment: Segment): void => {
    wires.set(id, [...(wires.get(id) ?? []), segment])
  }
  for (const segment of segments) {
    add(into, segment.to, segment)
    add(outOf, segment.from, segment)
  }
  return { into, outOf }
}

/** Each column by the mean place of the ports that it is joined to on one side. */
function swept(order: Order, wires: Wires, side: keyof Wires): Order {
  const next = [...order]
  const indexes = order.map((_, index) => index)
  for (const index of side === 'into' ? indexes : indexes.reverse()) {
    const beside = next[side === 'into' ? index - 1 : index + 1]
    const column = next[index]
    if (beside === undefined || column === undefined) continue
    const places = placesIn(beside)
    const wanted = new Map(
      column.map(({ id }, at) => {
        const ends = (wires[side].get(id) ?? []).map((segment) => {
          return side === 'into'
            ? placeOf(places, segment.from, segment.fromTop)
            : placeOf(places, segment.to, segment.toTop)
        })
        // What is joined to nothing on this side stays about where it is.
        return [id, ends.length === 0 ? at : mean(ends)] as const
      }),
    )
    // Stable: what wants the same place stays as it was.
    next[index] = column.toSorted((a, b) => (wanted.get(a.id) ?? 0) - (wanted.get(b.id) ?? 0))
  }
  return next
}

/** With neighbours in the other order wherever that crosses less. */
function swapped(order: Order, wires: Wires): Order {
  const next = order.map((column) => [...column])
  for (let turn = 0, better = true; better && turn < SWEEPS; turn++) {
    better = false
    for (const [index, column] of next.entries()) {
      const before = placesIn(next[index - 1] ?? [])
      const behind = placesIn(next[index + 1] ?? [])
      for (let at = 0; at + 1 < column.length; at++) {
        const [upper, lower] = [column[at], column[at + 1]]
        if (upper === undefined || lower === undefined) continue
        const cost = (a: Item, b: Item): number =>
          pairCrossings(wires, { before, behind }, a.id, b.id)
        if (cost(lower, upper) >= cost(upper, lower)) continue
        column[at] = lower
        column[at + 1] = upper
        better = true
      }
    }
  }
  return next
}

interface Beside {
  readonly before: Places
  readonly behind: Places
}

/** How often edges of two items of a column cross where the first stands above the second. */
function pairCrossings(wires: Wires, { before, behind }: Beside, upper: string, lower: string) {
  const ends = (id: string) => ({
    into: (wires.into.get(id) ?? []).map(({ from, fromTop }) => placeOf(before, from, fromTop)),
    outOf: (wires.outOf.get(id) ?? []).map(({ to, toTop }) => placeOf(behind, to, toTop)),
  })
  const [above, below] = [ends(upper), ends(lower)]
  return inversions(above.into, below.into) + inversions(above.outOf, below.outOf)
}

function inversions(above: readonly number[], below: readonly number[]): number {
  let count = 0
  for (const one of above) for (const other of below) if (one > other) count++
  return count
}

function crossingCount(order: Order, { outOf }: Wires): number {
  let count = 0
  for (const [index, column] of order.entries()) {
    const own = placesIn(column)
    const behind = placesIn(order[index + 1] ?? [])
    const lines = column.flatMap(({ id }) =>
      (outOf.get(id) ?? []).map(({ from, fromTop, to, toTop }) => {
        return [placeOf(own, from, fromTop), placeOf(behind, to, toTop)] as const
      }),
    )
    for (const [at, [start, end]] of lines.entries()) {
      for (const [otherStart, otherEnd] of lines.slice(at + 1)) {
        if ((start - otherStart) * (end - otherEnd) < 0) count++
      }
    }
  }
  return count
}

type Places = ReadonlyMap<string, { readonly at: number; readonly height: number }>

function placesIn(column: readonly Item[]): Places {
  return new Map(column.map(({ id, height }, at) => [id, { at, height }]))
}

/** The place in the column, and within it that of the port. */
function placeOf(places: Places, id: string, top: number): number {
  const { at, height } = places.get(id) ?? { at: 0, height: 0 }
  return at + top / (height + 1)
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

/** The top of each item, where the columns stand in this order. */
export function topsOf({ columns, segments }: Layers): ReadonlyMap<string, number> {
  const wires = wiresOf(segments)
  const passing = new Set(columns.flat().flatMap(({ id, passing }) => (passing ? [id] : [])))
  const weightOf = ({ from, to }: Segment): number =>
    passing.has(from) || passing.has(to) ? PASSING_WEIGHT : 1
  const tops = new Map<string, number>()
  for (const column of columns) stack(column, tops)
  for (let turn = 0; turn < SETTLING; turn++) {
    for (const column of turn % 2 === 0 ? columns : columns.toReversed()) {
      const wanted = column.map(({ id }) => {
        const pulls = [
          ...(wires.into.get(id) ?? []).map((segment) => ({
            weight: weightOf(segment),
            top: (tops.get(segment.from) ?? 0) + segment.fromTop - segment.toTop,
          })),
          ...(wires.outOf.get(id) ?? []).map((segment) => ({
            weight: weightOf(segment),
            top: (tops.get(segment.to) ?? 0) + segment.toTop - segment.fromTop,
          })),
        ]
        const weight = pulls.reduce((sum, pull) => sum + pull.weight, 0)
        const sum = pulls.reduce((total, pull) => total + pull.weight * pull.top, 0)
        return weight === 0
          ? { top: tops.get(id) ?? 0, weight: 1 / SETTLING }
          : { top: sum / weight, weight }
      })
      for (const [at, top] of apart(column, wanted).entries()) tops.set(column[at]?.id ?? '', top)
    }
  }
  return tops
}

function stack(column: readonly Item[], tops: Map<string, number>): void {
  let top = 0
  for (const [at, item] of column.entries()) {
    tops.set(item.id, top)
    top += distance(item, column[at + 1])
  }
}

/** From the top of an item to that of the one below it. */
function distance(item: Item, below: Item | undefined): number {
  const gap = item.passing || below?.passing ? PASSING_GAP : NODE_GAP
  return item.height + gap
}

interface Wanted {
  readonly top: number
  readonly weight: number
}

/**
 * As near as can be to where each wants to be, while none overlaps: those that would, move as one.
 */
function apart(column: readonly Item[], wanted: readonly Wanted[]): readonly number[] {
  const blocks: { top: number; weight: number; count: number }[] = []
  const below = [0]
  for (const [at, item] of column.entries()) {
    below.push((below[at] ?? 0) + distance(item, column[at + 1]))
    const { top, weight } = wanted[at] ?? { top: 0, weight: 1 }
    let block = { top: top - (below[at] ?? 0), weight, count: 1 }
    let last = blocks.at(-1)
    while (last !== undefined && last.top > block.top) {
      blocks.pop()
      const weights = last.weight + block.weight
      block = {
        top: (last.top * last.weight + block.top * block.weight) / weights,
        weight: weights,
        count: last.count + block.count,
      }
      last = blocks.at(-1)
    }
    blocks.push(block)
  }
  const shifts = blocks.flatMap(({ top, count }) => Array.from({ length: count }, () => top))
  return shifts.map((top, at) => top + (below[at] ?? 0))
}
