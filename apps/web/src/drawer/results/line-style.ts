/** How the lines of a chart are told apart: by colour and dashes, never by colour alone. */

export interface LineStyle {
  /** The name of a colour. */
  readonly token: string
  readonly dash: readonly number[]
}

/** Colours that mean nothing else where numbers are drawn. */
const TOKENS = ['--accent', '--water', '--ink-2']
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2]]

export function lineStyle(index: number): LineStyle {
  const token = TOKENS[index % TOKENS.length] ?? '--ink'
  const dash = DASHES[Math.floor(index / TOKENS.length) % DASHES.length] ?? []
  return { token, dash }
}
