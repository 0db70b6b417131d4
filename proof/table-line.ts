/** One line of a table in a terminal: names to the left, numbers to the right. */
export function writeLine(
  cells: readonly string[],
  widths: readonly number[],
  write: (text: string) => void,
): void {
  const padded = cells.map((cell, index) => {
    const width = widths[index] ?? 0
    return index === 0 ? cell.padEnd(width) : cell.padStart(width)
  })
  write(`${padded.join('')}\n`)
}
