/**
 * Puts nodes in an order in which every edge goes forward, and names the cycles where there is
 * none.
 */

export interface Link {
  readonly from: string
  readonly to: string
}

export interface Ordered {
  /**
   * Of several that could come next, the one with the lowest id. Nodes on and after cycles are
   * missing.
   */
  readonly order: readonly string[]
  /**
   * Node ids along each cycle, from its lowest id, without coming back to it. No two share a node.
   */
  readonly cycles: readonly (readonly string[])[]
}

export function orderNodes(ids: Iterable<string>, links: readonly Link[]): Ordered {
  const nodes = [...ids].sort()
  const followers = toFollowers(links)
  const waitsFor = new Map(nodes.map((id) => [id, 0]))
  for (const { to } of links) waitsFor.set(to, (waitsFor.get(to) ?? 0) + 1)
  const ready = nodes.filter((id) => waitsFor.get(id) === 0)
  const order: string[] = []
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    order.push(id)
    for (const next of followers.get(id) ?? []) {
      const left = (waitsFor.get(next) ?? 0) - 1
      waitsFor.set(next, left)
      if (left === 0) insert(ready, next)
    }
  }
  const done = new Set(order)
  return {
    order,
    cycles: findCycles(
      nodes.filter((id) => !done.has(id)),
      followers,
    ),
  }
}

/** The shortest cycle through the lowest id, then on without its nodes. */
function findCycles(
  ids: readonly string[],
  followers: ReadonlyMap<string, readonly string[]>,
): readonly (readonly string[])[] {
  const left = leadingToCycles(ids, followers)
  const cycles: (readonly string[])[] = []
  for (const id of ids) {
    if (!left.has(id)) continue
    const cycle = shortestCycle(id, left, followers)
    if (cycle !== undefined) cycles.push(cycle)
    for (const member of cycle ?? [id]) left.delete(member)
  }
  return cycles
}

/** Without those that only come after cycles: each of them would be searched from in vain. */
function leadingToCycles(
  ids: readonly string[],
  followers: ReadonlyMap<string, readonly string[]>,
): Set<string> {
  const left = new Set(ids)
  const before = new Map<string, string[]>()
  const waitsFor = new Map<string, number>()
  for (const id of ids) {
    const within = (followers.get(id) ?? []).filter((next) => left.has(next))
    waitsFor.set(id, within.length)
    for (const next of within) push(before, next, id)
  }
  const ends = ids.filter((id) => waitsFor.get(id) === 0)
  for (const end of ends) {
    left.delete(end)
    for (const id of before.get(end) ?? []) {
      const rest = (waitsFor.get(id) ?? 0) - 1
      waitsFor.set(id, rest)
      if (rest === 0) ends.push(id)
    }
  }
  return left
}

function shortestCycle(
  start: string,
  within: ReadonlySet<string>,
  followers: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const before = new Map<string, string>()
  const queue = [start]
  for (const id of queue) {
    for (const next of followers.get(id) ?? []) {
      if (next === start) return pathTo(id, start, before)
      if (!within.has(next) || before.has(next)) continue
      before.set(next, id)
      queue.push(next)
    }
  }
  return undefined
}

function pathTo(end: string, start: string, before: ReadonlyMap<string, string>): string[] {
  const path = [end]
  for (let id = end; id !== start; ) {
    id = before.get(id) ?? start
    path.unshift(id)
  }
  return path
}

function toFollowers(links: readonly Link[]): ReadonlyMap<string, readonly string[]> {
  const followers = new Map<string, string[]>()
  for (const { from, to } of links) {
    push(followers, from, to)
  }
  for (const list of followers.values()) list.sort()
  return followers
}

function insert(sorted: string[], id: string): void {
  const index = sorted.findIndex((other) => other > id)
  sorted.splice(index < 0 ? sorted.length : index, 0, id)
}

function push(lists: Map<string, string[]>, key: string, item: string): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}
