/** What the parts of `pnpm torture` are given, and what each says in the end. */

export interface PartOptions {
  /** Of the repository. */
  readonly root: string
  readonly seed: number
  /** It ends when so much real time has passed; Infinity where it ends by itself. */
  readonly secondsMax: number
}

export interface PartResult {
  /** One line, in figures. */
  readonly summary: string
  /** Whether nothing is wrong with what was tried. */
  readonly ok: boolean
  /** How much was tried: where it is nothing, there was no time. */
  readonly tried: number
}

/** What a failure says last. */
export function againText(words: string): string {
  return `Again: pnpm torture ${words}`
}

/** A part that breaks is wrong. `words` repeat it. */
export async function unbroken(
  words: string,
  part: () => Promise<PartResult>,
): Promise<PartResult> {
  try {
    return await part()
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    print(againText(words))
    return { ok: false, tried: 1, summary: `It broke: ${text}` }
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Whether so much real time has passed since it was asked for. */
export function overAfter(seconds: number): () => boolean {
  const untilMs = performance.now() + seconds * 1000
  return () => performance.now() >= untilMs
}
