/** What no file may say: each rule names what is banned, where, and what to use instead. */

import { type Finding, isCode, isProduct, isTest, type SourceFile } from './source-file.ts'
import { lineAt, type Piece } from './source-text.ts'

export interface Rule {
  readonly title: string
  applies(path: string): boolean
  find(file: SourceFile): readonly Finding[]
}

const LINE_COLUMNS_MAX = 100

/** The only places where the clock, timers, dice and files of Node and browser are touched. */
const ENV_ADAPTER = /^apps\/(?:runtime|web)\/src\/env\//

const PACKAGE = /^packages\/[^/]+\/src\//

/** [what is banned, how code says it, what to use] */
type Pattern = readonly [banned: string, pattern: RegExp, use: string]

const AMBIENT: readonly Pattern[] = [
  ['Date.now', /\bDate\.now\b/g, 'env.clock.nowMs()'],
  ['new Date()', /\bnew\s+Date(?:\(\s*\)|\s*(?![\w(\s]))/g, 'new Date(env.clock.nowMs())'],
  ['Math.random', /\bMath\.random\b/g, 'env.random'],
  ['performance.now', /\bperformance\.now\b/g, 'env.clock.monotonicMs()'],
  ['process.hrtime', /\bprocess\.hrtime\b/g, 'env.clock.monotonicMs()'],
  ['process.nextTick', /\bprocess\.nextTick\b/g, 'env.timers.yield()'],
  [
    'A bare timer',
    /(?<![.\w#])(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b(?!\s*[:?])/g,
    'env.timers',
  ],
  [
    'Randomness of crypto',
    /\b(?:randomUUID|randomBytes|randomInt|randomFillSync|getRandomValues)\b/g,
    'env.random or env.ids',
  ],
]

/**
 * These depend on the machine's zone or language: the same input would give other bytes elsewhere.
 */
const LOCAL: readonly Pattern[] = [
  ['A local time', /\.get(?:FullYear|Month|Date|Day|Hours|Minutes)\(/g, 'the getUTC… methods'],
  ['localeCompare', /\.localeCompare\(/g, 'compareValues, or < and >'],
  ['A locale text', /\.toLocale\w*String\(/g, 'a format of our own'],
]

const CASTS: readonly Pattern[] = [['as any', /\bas\s+any\b/g, 'a type guard, or unknown']]

const WAITS: readonly Pattern[] = [
  ['waitForTimeout', /\bwaitForTimeout\b/g, 'an expectation that waits for what is meant'],
  ['.only(', /\.only\(/g, 'the whole file'],
]

const FILE_MODULES = /^(?:node:)?fs(?:\/promises)?$/
const MACHINE_PATH = /(?<![\w.~-])\/(?:work|home|root|Users)\/\w/
const REGISTRY_HOST = /https?:\/\/[\w.-]*(?:registry|artifactory|nexus|jfrog|npmjs)[\w.-]*/i
const FORBIDDEN_WORDS = /\b(invalid|failed to|please|unexpected error)\b/i
const VAGUE_WORD = /(?:^|[/.-])(managers?|services?|utils?|helpers?)(?=[/.-])/
const VAGUE_NAME = /(?:^|\/)(common|base)(?=[/.])/

export const LINE_RULES: readonly Rule[] = [
  codeRule('the world outside comes through Env', AMBIENT, (path) => isProduct(path)),
  codeRule('results do not depend on zone or language', LOCAL, (path) => isProduct(path)),
  codeRule('types are proved, not asserted away', CASTS, isCode),
  codeRule('tests neither sleep nor hide each other', WAITS, isCode),
  codeRule(
    'packages do not write to the console',
    [['console', /\bconsole\s*\.\s*\w+/g, 'a problem, a failure or the ledger']],
    (path) => PACKAGE.test(path),
  ),
  {
    title: 'files are read through Env',
    applies: (path) => isProduct(path) && !isTest(path) && !path.includes('/testing/'),
    find: (file) =>
      outsideAdapter(file, () =>
        file.strings
          .filter(({ text, start }) => FILE_MODULES.test(text) && isModuleName(file, start))
          .map(({ text, line }) => finding(file, line, `Importing ${text}`, 'env.disk')),
      ),
  },
  {
    title: 'a test that is skipped says why',
    applies: isCode,
    find: (file) =>
      matches(file, /\b(?:test|it|describe)\.(?:skip|todo)\(/g)
        .filter((line) => !hasComment(file, line))
        .map((line) => finding(file, line, 'A skip without a reason', 'a comment that says why')),
  },
  {
    title: 'a suppression says why',
    applies: isCode,
    find: (file) => file.comments.flatMap((comment) => suppression(file, comment)),
  },
  {
    title: 'messages state facts',
    applies: (path) => isProduct(path) && !isTest(path),
    find: (file) =>
      file.strings.flatMap(({ text, line }) => {
        const word = FORBIDDEN_WORDS.exec(text)?.[1]
        if (word === undefined) return []
        return [finding(file, line, `"${word}" in a text`, 'fact, values, limit and next step')]
      }),
  },
  {
    title: 'no machine is named',
    applies: () => true,
    find: (file) =>
      file.lines.flatMap((text, index) => {
        const found = []
        if (MACHINE_PATH.test(text)) {
          found.push(finding(file, index + 1, 'A path of one machine', 'a relative path'))
        }
        if (REGISTRY_HOST.test(text)) {
          found.push(finding(file, index + 1, 'A registry host', 'the name of the package'))
        }
        return found
      }),
  },
  {
    title: 'comments fit the line',
    applies: isCode,
    find: (file) =>
      file.comments.flatMap((comment) =>
        comment.text.split('\n').flatMap((_, index) => {
          const line = file.lines[comment.line - 1 + index] ?? ''
          if (line.length <= LINE_COLUMNS_MAX || /https?:\/\/\S{40}/.test(line)) return []
          const banned = `A comment of ${line.length} columns`
          return [finding(file, comment.line + index, banned, `at most ${LINE_COLUMNS_MAX}`)]
        }),
      ),
  },
  {
    title: 'a file opens with what it is for',
    applies: isCode,
    find: (file) => {
      const first = file.comments[0]
      const opens = file.text.replace(/^#!.*\n/, '').startsWith('/**')
      if (opens && first !== undefined && /\w[^\n]*[.:!?](?:\s|$|\*)/.test(first.text)) return []
      return [finding(file, 1, 'Starting without a word', 'a first line /** What it is for. */')]
    },
  },
  {
    title: 'names say what a thing is',
    applies: isCode,
    find: (file) => {
      const vague = (VAGUE_WORD.exec(file.path) ?? VAGUE_NAME.exec(file.path))?.[1]
      if (vague === undefined) return []
      return [finding(file, 1, `"${vague}" in a name`, 'a name for what is in it')]
    },
  },
]

function codeRule(
  title: string,
  patterns: readonly Pattern[],
  applies: (path: string) => boolean,
): Rule {
  return {
    title,
    applies,
    find: (file) =>
      outsideAdapter(file, () =>
        patterns.flatMap(([banned, pattern, use]) =>
          matches(file, pattern).map((line) => finding(file, line, banned, use)),
        ),
      ),
  }
}

function outsideAdapter(file: SourceFile, find: () => readonly Finding[]): readonly Finding[] {
  return ENV_ADAPTER.test(file.path) ? [] : find()
}

/** The lines on which code matches. */
function matches(file: SourceFile, pattern: RegExp): readonly number[] {
  return [...file.code.matchAll(pattern)].map(({ index }) => lineAt(file.code, index))
}

function isModuleName(file: SourceFile, start: number): boolean {
  return /(?:\bfrom|\bimport|\bimport\(|\brequire\()$/.test(file.code.slice(0, start).trimEnd())
}

/** Whether a comment stands on the line or on the one above. */
function hasComment(file: SourceFile, line: number): boolean {
  return file.comments.some((comment) => {
    const last = comment.line + comment.text.split('\n').length - 1
    return last === line || last === line - 1
  })
}

function suppression(file: SourceFile, comment: Piece): readonly Finding[] {
  if (comment.text.includes('@ts-ignore') || comment.text.includes('@ts-nocheck')) {
    return [finding(file, comment.line, '@ts-ignore', '@ts-expect-error with a reason')]
  }
  if (/@ts-expect-error\W*$/.test(comment.text)) {
    return [finding(file, comment.line, '@ts-expect-error without a reason', 'a reason behind it')]
  }
  if (/\bbiome-ignore/.test(comment.text) && !/\bbiome-ignore[^:]*:\s*\w+/.test(comment.text)) {
    return [finding(file, comment.line, 'biome-ignore without a reason', 'a reason behind ":"')]
  }
  return []
}

function finding({ path }: SourceFile, line: number, banned: string, use: string): Finding {
  return { path, line, banned, use }
}
