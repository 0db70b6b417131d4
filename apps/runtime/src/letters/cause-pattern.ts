/** What messages of one cause have in common. */

/**
 * Values in quotes and numbers differ from record to record; the column or aggregate that a message
 * begins with does not.
 */
export function causePattern(message: string): string {
  const [head = ''] =
    /^(?:Partition \d+: )?(?:(?:Column|Event time|Aggregate) "[^"]*")?/.exec(message) ?? []
  const rest = message.slice(head.length)
  const bare = rest
    .replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replace(/'(?:[^']|'')*'/g, "'…'")
    .replace(/(?<![\w-])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi, '#')
  return `${head.replace(/^Partition \d+/, 'Partition #')}${bare}`.slice(0, 300)
}
