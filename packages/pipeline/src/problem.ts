/** Findings that the user can mend: values that canvas, command line, API and tests show alike. */

export type Severity = 'error' | 'warning'

export interface Problem {
  /** Words in kebab case, unique for each cause: `cumulate-step-not-divisor`. */
  readonly code: string
  readonly severity: Severity
  readonly nodeId?: string
  readonly port?: string
  /**
   * From the document's root, or from the node's `config` where `nodeId` is set; of a document that
   * cannot be read, a field beside `config` by its name.
   */
  readonly path?: readonly (string | number)[]
  /** The part of a text field that is meant, in UTF-16 code units: [start, end). */
  readonly span?: { readonly start: number; readonly end: number }
  /** Fact, values, limit, next step, in full sentences. */
  readonly message: string
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error')
}

/** Stands for what is not said one by one. */
export function moreProblems(count: number, severity: Severity = 'error'): Problem {
  const message = `There are ${count} more problems. Mend the first ones, then look again.`
  return { code: 'more-problems', severity, message }
}

/**
 * Characters that are not seen but change what is seen: those that control terminals and lines, and
 * those that turn the direction of text.
 */
const UNSEEN = /[^\P{Cc}\t]|[\u2028-\u202e\u2066-\u2069]/gu

/** Text that others have written, on one line and as it is: each of `UNSEEN` as `\u001b`. */
export function oneLine(text: string): string {
  return text.replace(UNSEEN, (found) => {
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Each character of `UNSEEN` in the text once, as `U+202E`. */
export function unseenIn(text: string): readonly string[] {
  const codes = [...text.matchAll(UNSEEN)].map(([found]) => found.charCodeAt(0))
  return [...new Set(codes)].map((code) => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`)
}

/** One line: `code node.path message`. */
export function problemLine(problem: Problem): string {
  const place = [problem.nodeId, problem.port, ...(problem.path ?? [])]
    .filter((part) => part !== undefined)
    .join('.')
  return oneLine([problem.code, place, problem.message].filter((part) => part !== '').join(' '))
}

/** What is longer is no word that somebody misspelt. */
const WORD_LENGTH_MAX = 200
/** Of letters that are compared for one word: a document may have very many of both. */
const PAIRS_MAX = 100_000

/**
 * The candidate that is most like `word`, or undefined if none is near. Distance is the number of
 * letters to insert, delete, replace or swap (optimal string alignment); a third of the word may
 * differ.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > WORD_LENGTH_MAX) return undefined
  let pairsLeft = PAIRS_MAX
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(word.length - candidate.length) >= bestDistance) continue
    pairsLeft -= word.length * candidate.length
    if (pairsLeft < 0) break
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** ` Did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = nearest(word, candidates)
  return candidate === undefined ? '' : ` Did you mean "${candidate}"?`
}

/** `1 field`, `2 fields`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`
}

/** `"a", "b" and "c"`. */
export function namesText(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`)
  const last = quoted.pop() ?? ''
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`
}

function editDistance(a: string, b: string, limit: number): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let distance = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        distance = Math.min(distance, (beforePrevious[column - 2] ?? 0) + 1)
      }
      current.push(distance)
    }
    beforePrevious = previous
    previous = current
    if (Math.min(...current) >= limit) return limit
  }
  return previous[b.length] ?? limit
}
