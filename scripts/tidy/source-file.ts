/** A file of the repository as the tidy rules see it. */

import { type Piece, type SourceText, splitSource } from './source-text.ts'

export interface SourceFile extends SourceText {
  /** From the root, with slashes. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
}

/** What a rule found: rendered as `path:line: X is banned, use Y.` */
export interface Finding {
  readonly path: string
  readonly line: number
  readonly banned: string
  readonly use: string
}

export function sourceFile(path: string, text: string): SourceFile {
  const split = isCode(path) ? splitSource(text) : { code: text, strings: [], comments: [] }
  return { path, text, lines: text.split('\n'), ...split }
}

export function isCode(path: string): boolean {
  return /\.(?:ts|tsx|mjs)$/.test(path)
}

export function isTest(path: string): boolean {
  return /\.(?:test|spec)\.tsx?$/.test(path)
}

/** What ships: the sources of packages and apps. */
export function isProduct(path: string): boolean {
  return /^(?:packages|apps)\/[^/]+\/src\/.*\.tsx?$/.test(path)
}

/** The room a file lives in: `packages/engine`, `apps/web`; undefined for the root's folders. */
export function roomOf(path: string): string | undefined {
  return /^(?:packages|apps)\/[^/]+/.exec(path)?.[0]
}

/** The names of modules: the quoted texts after `from`, `import` and `import(`. */
export function importsOf(file: SourceFile): readonly Piece[] {
  return file.strings.filter(({ start }) => {
    if (!/['"]/.test(file.text[start] ?? '')) return false
    const before = file.code.slice(Math.max(0, start - 40), start).trimEnd()
    return /(?:\bfrom|\bimport|\bimport\()$/.test(before)
  })
}

export function findingText({ path, line, banned, use }: Finding): string {
  return `${path}:${line}: ${banned} is banned, use ${use}.`
}
