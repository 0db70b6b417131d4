/**
 * Splits a TypeScript source into code, strings and comments, so that a rule can look at the right
 * one.
 */

/**
 * A piece of the source: `text` without its delimiters, `line` counting from 1 where it starts,
 * `start` the offset of its opening delimiter.
 */
export interface Piece {
  readonly text: string
  readonly line: number
  readonly start: number
}

export interface SourceText {
  /**
   * As long as the source, line for line; what is in strings, comments and regular expressions is
   * blank.
   */
  readonly code: string
  /** Quoted strings, and each part of a template between its `${…}`. */
  readonly strings: readonly Piece[]
  readonly comments: readonly Piece[]
}

export function splitSource(source: string): SourceText {
  return new Splitter(source).split()
}

export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1))
    line++
  return line
}

/**
 * After one of these, a slash begins a regular expression; after any other word or value it
 * divides.
 */
const BEFORE_REGEX =
  /(?:^|[=(,;:!&|?{[+\-*%<>~^]|\b(?:return|typeof|case|in|of|delete|void|yield|await))$/

class Splitter {
  readonly #source: string
  readonly #strings: Piece[] = []
  readonly #comments: Piece[] = []
  /** For each open `${`, how many braces are open inside it. */
  readonly #templates: number[] = []
  #code = ''
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  split(): SourceText {
    while (this.#at < this.#source.length) this.#next()
    return { code: this.#code, strings: this.#strings, comments: this.#comments }
  }

  #next(): void {
    const sign = this.#source[this.#at] ?? ''
    const two = this.#source.slice(this.#at, this.#at + 2)
    if (two === '//') this.#comment(this.#indexOf('\n', this.#at), 0)
    else if (two === '/*') this.#comment(this.#indexOf('*/', this.#at + 2) + 2, 2)
    else if (sign === "'" || sign === '"') this.#quoted(sign)
    else if (sign === '`') this.#template()
    else if (sign === '/' && BEFORE_REGEX.test(this.#code.slice(-200).trimEnd())) this.#regex()
    else if (sign === '{' || sign === '}') this.#brace(sign)
    else this.#keep(1)
  }

  #comment(end: number, closing: number): void {
    const text = this.#source.slice(this.#at + 2, end - closing)
    this.#comments.push({ text, line: this.#line(), start: this.#at })
    this.#blank(end - this.#at)
  }

  #quoted(quote: string): void {
    const start = this.#at
    const line = this.#line()
    const end = this.#closing(quote, start + 1)
    this.#strings.push({ text: this.#source.slice(start + 1, end), line, start })
    this.#keep(1)
    this.#blank(end - start - 1)
    this.#keep(1)
  }

  /** Reads from a backquote, or from the brace that ends `${…}`, to the next `${` or the end. */
  #template(): void {
    const start = this.#at
    const line = this.#line()
    let end = start + 1
    while (end < this.#source.length && this.#source[end] !== '`') {
      if (this.#source.startsWith('${', end)) break
      end += this.#source[end] === '\\' ? 2 : 1
    }
    this.#strings.push({ text: this.#source.slice(start + 1, end), line, start })
    this.#keep(1)
    this.#blank(end - start - 1)
    if (this.#source[end] === '$') {
      this.#keep(2)
      this.#templates.push(0)
    } else {
      this.#keep(1)
    }
  }

  #regex(): void {
    let end = this.#at + 1
    let inClass = false
    while (end < this.#source.length && this.#source[end] !== '\n') {
      const sign = this.#source[end]
      if (sign === '\\') end++
      else if (sign === '[') inClass = true
      else if (sign === ']') inClass = false
      else if (sign === '/' && !inClass) break
      end++
    }
    this.#keep(1)
    this.#blank(end - this.#at)
    this.#keep(1)
  }

  #brace(sign: '{' | '}'): void {
    const open = this.#templates.at(-1)
    if (open === 0 && sign === '}') {
      this.#templates.pop()
      this.#template()
      return
    }
    if (open !== undefined) {
      this.#templates[this.#templates.length - 1] = open + (sign === '{' ? 1 : -1)
    }
    this.#keep(1)
  }

  #closing(quote: string, from: number): number {
    let end = from
    while (end < this.#source.length && this.#source[end] !== quote && this.#source[end] !== '\n') {
      end += this.#source[end] === '\\' ? 2 : 1
    }
    return end
  }

  #indexOf(sign: string, from: number): number {
    const found = this.#source.indexOf(sign, from)
    return found === -1 ? this.#source.length : found
  }

  #line(): number {
    return lineAt(this.#source, this.#at)
  }

  #keep(length: number): void {
    this.#code += this.#source.slice(this.#at, this.#at + length)
    this.#at += length
  }

  #blank(length: number): void {
    this.#code += this.#source.slice(this.#at, this.#at + length).replace(/[^\n]/g, ' ')
    this.#at += length
  }
}
