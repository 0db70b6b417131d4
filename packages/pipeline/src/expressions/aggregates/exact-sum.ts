/**
 * Sums of doubles without any rounding until they are read, so that what was added can be taken
 * away again and leaves no trace.
 *
 * A sum is held as parts that do not overlap (Shewchuk, "Adaptive Precision Floating-Point
 * Arithmetic", 1997, the method of Python's `fsum`): usually one to three numbers, at most forty.
 * Numbers beyond 2^450 are held apart and scaled down, so that neither sums nor sums of squares
 * overflow on the way.
 */

export const HUGE_MIN = 2 ** 450
/** What huge numbers are multiplied with. */
export const SCALE = 2 ** -700

/**
 * Adds without rounding. `value` is finite. Gives `parts` back, changed, or a copy where there is
 * one part more: a list that grows in place keeps room for sixteen, and there may be millions.
 */
export function addExactly(parts: number[], value: number): number[] {
  let count = 0
  let rest = value
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as number
    const sum = rest + part
    const lost = Math.abs(rest) < Math.abs(part) ? rest - (sum - part) : part - (sum - rest)
    if (lost !== 0) parts[count++] = lost
    rest = sum
  }
  if (rest !== 0) {
    if (count === parts.length) return parts.concat(rest)
    parts[count++] = rest
  }
  if (count < parts.length) parts.length = count
  return parts
}

/** Adds `a * b` without rounding (Dekker's product). Gives back what `addExactly` does. */
export function addProduct(parts: number[], a: number, b: number): number[] {
  const product = a * b
  const highA = highHalf(a)
  const highB = highHalf(b)
  const lowA = a - highA
  const lowB = b - highB
  const lost = lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB)
  return addExactly(addExactly(parts, product), lost)
}

/** The double next to the sum; ties go to the even one. */
export function rounded(parts: readonly number[]): number {
  let index = parts.length - 1
  let sum = parts[index] ?? 0
  let lost = 0
  while (index > 0 && lost === 0) {
    const before = sum
    const part = parts[--index] as number
    sum = before + part
    lost = part - (sum - before)
  }
  const next = parts[index - 1]
  // Halfway between two doubles, what comes further down decides.
  if (next !== undefined && lost !== 0 && lost < 0 === next < 0) {
    const twice = lost * 2
    const moved = sum + twice
    if (moved - sum === twice) return moved
  }
  return sum
}

/** The same number times `SCALE` or its like; exact but for what is far too small to matter. */
export function scaled(parts: readonly number[], factor: number, into: number[]): number[] {
  let sum = into
  for (const part of parts) sum = addExactly(sum, part * factor)
  return sum
}

function highHalf(value: number): number {
  const split = value * 134_217_729
  return split - (split - value)
}
