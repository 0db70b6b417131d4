/** An object of names and values, for what is made again and again between turns. */

/** As `Object.fromEntries`, for which V8 leaves its fast code at each name. */
export function plainObject<T>(
  entries: ReadonlyMap<string, T> | readonly (readonly [name: string, value: T])[],
): Record<string, T> {
  const object: Record<string, T> = {}
  for (const [name, value] of entries) {
    if (name === '__proto__') return Object.fromEntries(entries)
    object[name] = value
  }
  return object
}
