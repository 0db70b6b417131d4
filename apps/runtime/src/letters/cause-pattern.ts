/** What messages of one cause have in common. */

/**
 * Values in quotes and numbers differ from record to record; the column or aggregate that a message
 * begins with does not.
 */
export function causePattern(message: string): string {
  const [head = ''] =
    /^(?:Partition \d+: )?(?:(?:Column|Event time|Aggregate) "[^"]*")?/.exec(message) ?? []
  const rest = message.slice(head.length)
  const bare = rest.replace(SENTENCE, (sentence) => {
    return ADVICE.test(sentence) ? sentence : withoutValues(sentence)
  })
  return `${head.replace(/^Partition \d+/, 'Partition #')}${bare}`.slice(0, 300)
}

/** A point within quotes, or one that no capital letter follows, ends none. */
const SENTENCE = /(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\.(?! [A-Z])|[^.])+(?:\. ?)?/g

/** What to do is the same for all, numbers in it included: `NULLIF(x, 0)`. */
const ADVICE = /^(?:CAST|Choose|Double|Guard|Lower|Read|Set|Shorten|Use|Write)\b/

function withoutValues(sentence: string): string {
  return sentence
    .replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replace(/'(?:[^']|'')*'/g, "'…'")
    .replace(/(?<![\w-])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi, '#')
}
