/** Holds the files that a job has made against those of a run in which nothing went wrong. */

export type Files = ReadonlyMap<string, string>

/** What is wrong with files that can be seen before the job has ended. */
export function partialOutputFaults(seen: Files, expected: Files): readonly string[] {
  return [...seen].flatMap(([path, text]) => {
    const whole = expected.get(path)
    if (text === whole) return []
    return [`"${path}" can be seen before the job has ended: ${difference(text, whole ?? '')}`]
  })
}

/** The same where output is seen bit by bit: then it is the beginning of what it will be. */
export function beginningFaults(seen: Files, expected: Files): readonly string[] {
  return [...seen].flatMap(([path, text]) => {
    const whole = expected.get(path) ?? ''
    if (whole.startsWith(text)) return []
    return [`"${path}" is not the beginning of what it will be: ${difference(text, whole)}`]
  })
}

/** What is wrong with files of a job that has ended. */
export function outputFaults(seen: Files, expected: Files): readonly string[] {
  const paths = new Set([...seen.keys(), ...expected.keys()])
  return [...paths].flatMap((path) => {
    const [found, wanted] = [seen.get(path), expected.get(path)]
    if (found === wanted) return []
    if (found === undefined) return [`"${path}" is not there.`]
    if (wanted === undefined) return [`"${path}" should not be there.`]
    return [`"${path}" differs: ${difference(found, wanted)}`]
  })
}

/**
 * The exactly-once ledger: lines that are there more often or less often than they should be,
 * whatever their order.
 */
export function lineCounts(found: string, wanted: string): { lost: string[]; added: string[] } {
  const counts = new Map<string, number>()
  for (const line of found.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1)
  for (const line of wanted.split('\n')) counts.set(line, (counts.get(line) ?? 0) - 1)
  const lines = [...counts].filter(([, count]) => count !== 0)
  return {
    lost: lines.filter(([, count]) => count < 0).map(([line]) => line),
    added: lines.filter(([, count]) => count > 0).map(([line]) => line),
  }
}

/** Holds files of lines against how many rows have come in at the sinks that write them. */
export function lineFaults(seen: Files, rows: ReadonlyMap<string, number>): readonly string[] {
  return [...rows].flatMap(([path, count]) => {
    const lines = (seen.get(path) ?? '').split('\n').length - 1
    return lines === count ? [] : [`"${path}" has ${lines} lines, and ${count} rows came in.`]
  })
}

const SHOWN = 2

function difference(found: string, wanted: string): string {
  const { lost, added } = lineCounts(found, wanted)
  const some = (lines: string[]) => lines.slice(0, SHOWN).join(' ')
  if (lost.length === 0 && added.length === 0) return 'the same lines in another order.'
  return (
    `${lost.length} kinds of lines too few${lost.length > 0 ? ` (${some(lost)})` : ''}, ` +
    `${added.length} too many${added.length > 0 ? ` (${some(added)})` : ''}.`
  )
}
