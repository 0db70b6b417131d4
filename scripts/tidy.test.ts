/** Holds the repository to its own rules, and each rule to a planted line that it must catch. */

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { resolveBelowRoots } from '../apps/runtime/src/env/file-roots.ts'
import { ROOT as ROOT_FOLDER, runNode, TOOLS } from './run-tool.mjs'
import { LINE_RULES } from './tidy/line-rules.ts'
import { unusedFindings } from './tidy/reachable.ts'
import { repositoryFiles } from './tidy/repository.ts'
import { declaredFindings, importFindings, packageFile } from './tidy/rooms.ts'
import { type Finding, findingText, isCode, isProduct, sourceFile } from './tidy/source-file.ts'
import { splitSource } from './tidy/source-text.ts'

const files = repositoryFiles()
const packages = files
  .filter(({ path }) => path.endsWith('package.json'))
  .map(({ path, text }) => packageFile(path, text))

function textOf(name: string): string {
  return files.find((file) => file.path === name)?.text ?? ''
}

function texts(findings: readonly Finding[]): readonly string[] {
  return findings.map(findingText)
}

describe('the repository', () => {
  test.each(LINE_RULES.map((rule) => [rule.title, rule] as const))('%s', (_, rule) => {
    const covered = files.filter(({ path }) => rule.applies(path))
    expect(covered.length).toBeGreaterThan(5)
    expect(texts(covered.flatMap((file) => rule.find(file)))).toEqual([])
  })

  test('packages declare only what their room may import, and import what they declare', () => {
    expect(packages.length).toBeGreaterThan(5)
    expect(texts(packages.flatMap((room) => declaredFindings(room, files)))).toEqual([])
  })

  test('imports go one way, and each library stays at home', () => {
    const product = files.filter(({ path }) => isProduct(path))
    expect(texts(product.flatMap((file) => importFindings(file, packages)))).toEqual([])
  })

  test('code is closed to pipelines of a server, in whatever folder it lies', () => {
    const code = files.filter(({ path }) => isCode(path) && !path.startsWith('examples/'))
    const open = code.filter(({ path }) => 'absolute' in resolveBelowRoots(path, [ROOT_FOLDER]))
    expect(code.length).toBeGreaterThan(500)
    expect(open.map(({ path }) => path)).toEqual([])
  })

  test('styles use only colours and measures that are there', () => {
    const web = files.filter(({ path }) => /^apps\/web\/src\/.*\.(?:css|tsx?)$/.test(path))
    const named = (pattern: RegExp) =>
      new Set(web.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, name]) => name)))
    const there = named(/(--[a-z][\w-]*)(?:['"]?:|['"],|['"] as )/g)
    expect(there.size).toBeGreaterThan(50)
    expect([...named(/var\((--[a-z][\w-]*)/g)].filter((name) => !there.has(name))).toEqual([])
  })

  test('texts name the version of pnpm that is pinned', () => {
    const pinned = /"packageManager": "(pnpm@[\d.]+)"/.exec(textOf('package.json'))?.[1]
    const named = files
      .filter(({ path }) => /\.(?:md|ts|mjs)$/.test(path))
      .flatMap(({ text }) => text.match(/pnpm@\d[\d.]*\d/g) ?? [])
    expect([...new Set(named)]).toEqual([pinned])
  })

  test('something leads to every file', () => {
    const entries = packages.flatMap(({ path: place, exports }) =>
      exports.map((entry) => path.posix.join(path.posix.dirname(place), entry)),
    )
    expect(texts(unusedFindings(files, entries))).toEqual([])
  })
})

const ENGINE = 'packages/engine/src/planted.ts'
const START = '/** Planted. */\nf()\n'

/** The planted line stands in line 3. */
const PLANTED: readonly (readonly [code: string, finding: string, path?: string])[] = [
  ['const a = Date.now()', 'Date.now is banned, use env.clock.nowMs().'],
  ['const a = new Date()', 'new Date() is banned, use new Date(env.clock.nowMs()).'],
  ['const a = new Date', 'new Date() is banned, use new Date(env.clock.nowMs()).'],
  ['const a = Math.random()', 'Math.random is banned, use env.random.'],
  ['performance.now()', 'performance.now is banned, use env.clock.monotonicMs().'],
  ['process.hrtime()', 'process.hrtime is banned, use env.clock.monotonicMs().'],
  ['process.nextTick(f)', 'process.nextTick is banned, use env.timers.yield().'],
  ['setTimeout(f, 5)', 'A bare timer is banned, use env.timers.'],
  ['queueMicrotask(f)', 'A bare timer is banned, use env.timers.', 'apps/runtime/src/planted.ts'],
  ['randomUUID()', 'Randomness of crypto is banned, use env.random or env.ids.'],
  ['a.getHours()', 'A local time is banned, use the getUTC… methods.'],
  ['a.localeCompare(b)', 'localeCompare is banned, use compareValues, or < and >.'],
  ['a.toLocaleString()', 'A locale text is banned, use a format of our own.'],
  ['f(a as any)', 'as any is banned, use a type guard, or unknown.'],
  ['test.only(f)', '.only( is banned, use the whole file.'],
  [
    'waitForTimeout(5)',
    'waitForTimeout is banned, use an expectation that waits for what is meant.',
  ],
  ['console.log(a)', 'console is banned, use a problem, a failure or the ledger.'],
  ["import 'node:fs'", 'Importing node:fs is banned, use env.disk.'],
  ["import { open } from 'fs/promises'", 'Importing fs/promises is banned, use env.disk.'],
  ['test.skip(f)', 'A skip without a reason is banned, use a comment that says why.'],
  ['// @ts-ignore', '@ts-ignore is banned, use @ts-expect-error with a reason.'],
  ['// @ts-expect-error', '@ts-expect-error without a reason is banned, use a reason behind it.'],
  ['// biome-ignore lint/a', 'biome-ignore without a reason is banned, use a reason behind ":".'],
  ["f('Invalid size')", '"Invalid" in a text is banned, use fact, values, limit and next step.'],
  [
    'f(`${a} failed to open`)',
    '"failed to" in a text is banned, use fact, values, limit and next step.',
  ],
  [`f('/${'home'}/ada')`, 'A path of one machine is banned, use a relative path.'],
  [`f('https://${'registry'}.example')`, 'A registry host is banned, use the name of the package.'],
  [`// ${'long '.repeat(25).trim()}`, 'A comment of 127 columns is banned, use at most 100.'],
]

describe('each rule catches a planted line', () => {
  test.each(PLANTED)('%s', (code, expected, place = ENGINE) => {
    const file = sourceFile(place, `${START}${code}\n`)
    const findings = LINE_RULES.filter((rule) => rule.applies(place)).flatMap((rule) =>
      rule.find(file),
    )
    expect(texts(findings)).toEqual([`${place}:3: ${expected}`])
  })

  test.each([
    ['the adapter', 'setTimeout(f, Date.now())', 'apps/runtime/src/env/node-env.ts'],
    ['arithmetic with times', 'f(new Date(timestampMs), new Date(0).getUTCHours())', ENGINE],
    ['a word in a comment', '// Date.now is banned, and so is console.log', ENGINE],
    ['a word in a string', "f('Date.now', `Math.random`)", ENGINE],
    ['a word in a regular expression', 'const a = b / c, d = /as any|console.log/', ENGINE],
    ['a property of another name', 'f({ setTimeout: 5 }, a.setTimeout)', ENGINE],
    ['a code of a library', "f(issue.code === 'invalid_type')", ENGINE],
    ['a test that says why it is skipped', '// Needs a broker.\ntest.skip(f)', ENGINE],
    [
      'a test that reads a fixture',
      "import { readFileSync } from 'node:fs'",
      'packages/engine/src/a.test.ts',
    ],
  ])('and lets %s pass', (_, code, place) => {
    const file = sourceFile(place, `${START}${code}\n`)
    const findings = LINE_RULES.filter((rule) => rule.applies(place)).flatMap((rule) =>
      rule.find(file),
    )
    expect(texts(findings)).toEqual([])
  })

  test('a file that does not say what it is for', () => {
    const rule = LINE_RULES.find(({ title }) => title === 'a file opens with what it is for')
    const found = ['const a = 1\n', '/** Words */\n', '// Sentence.\n'].flatMap(
      (text) => rule?.find(sourceFile(ENGINE, text)) ?? [],
    )
    const line = `${ENGINE}:1: Starting without a word is banned, use a first line /** What it is for. */.`
    expect(texts(found)).toEqual([line, line, line])
  })

  test.each(['packages/engine/src/utils/a.ts', 'packages/engine/src/job-manager.ts'])(
    '%s',
    (place) => {
      const rule = LINE_RULES.find(({ title }) => title === 'names say what a thing is')
      expect(texts(rule?.find(sourceFile(place, START)) ?? [])).toEqual([
        expect.stringMatching(
          /^\S+:1: "(utils|manager)" in a name is banned, use a name for what is in it\.$/,
        ),
      ])
    },
  )
})

describe('the rooms', () => {
  test('an import against the direction is refused where it is declared', () => {
    const room = packageFile(
      'packages/engine/package.json',
      '{"dependencies": {"@millrace/operators": "workspace:*", "left-pad": "1.0.0"}}',
    )
    expect(
      texts(declaredFindings(room, [sourceFile(ENGINE, "import '@millrace/operators'")])),
    ).toEqual([
      'packages/engine/package.json:1: @millrace/operators in packages/engine is banned, ' +
        'use an import in the other direction.',
      'packages/engine/package.json:1: Declaring left-pad without importing it is banned, ' +
        'use no declaration.',
    ])
  })

  test.each([
    ["import './clock.node.ts'", 'Importing ./clock.node.ts where a browser reads', ENGINE],
    [
      "import '@millrace/connectors/node'",
      'Importing @millrace/connectors/node where a browser reads',
      'apps/web/src/a.ts',
    ],
    [
      "import '../../pipeline/src/type.ts'",
      'Importing ../../pipeline/src/type.ts across rooms',
      ENGINE,
    ],
    ["import '../../../e2e/a.md?raw'", 'Importing ../../../e2e/a.md?raw across rooms', ENGINE],
    ["import * as z from 'zod/v4'", 'zod in this folder', ENGINE],
    ["import 'left-pad'", 'left-pad without a home', ENGINE],
    ["import { parse } from 'libpg-query'", 'libpg-query outside of tests', ENGINE],
    ["import { test } from 'vitest'", 'vitest outside of tests', ENGINE],
  ])('%s', (code, banned, place) => {
    const rooms = [
      packageFile('packages/engine/package.json', '{"devDependencies": {"libpg-query": "1.0.0"}}'),
    ]
    const found = texts(importFindings(sourceFile(place, code), rooms))
    expect(found).toEqual([expect.stringContaining(`${place}:1: ${banned} is banned, use `)])
  })

  test('a file that nothing imports is named', () => {
    const planted = [
      sourceFile('packages/engine/src/index.ts', "export * from './used.ts'"),
      sourceFile('packages/engine/src/used.ts', ''),
      sourceFile('packages/engine/src/lost.ts', "import './used.ts'"),
    ]
    expect(texts(unusedFindings(planted, ['packages/engine/src/index.ts']))).toEqual([
      'packages/engine/src/lost.ts:1: A file that nothing in packages/engine imports is banned, ' +
        'use it or remove it.',
    ])
  })
})

test('code, strings and comments are told apart', () => {
  const source = "f('a\\'b', /['\"`/]/, `x${g({ a: `y${1}z` })}w`) // 'no'\n/* \"no\" */ a / b / c"
  const { code, strings, comments } = splitSource(source)
  expect(strings.map(({ text }) => text)).toEqual(["a\\'b", 'x', 'y', 'z', 'w'])
  expect(comments.map(({ text }) => text)).toEqual([" 'no'", ' "no" '])
  expect(code.replace(/\s+/g, ' ')).toBe("f(' ', / /, ` ${g({ a: ` ${1} ` })} `) a / b / c")
  expect(code.length).toBe(source.length)
})

test('the linter refuses in the editor what reaches the world outside, and long functions', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-tidy-'))
  try {
    for (const file of ['biome.json', 'scripts/biome']) {
      cpSync(path.join(ROOT_FOLDER, file), path.join(folder, file), { recursive: true })
    }
    symlinkSync(path.join(ROOT_FOLDER, 'node_modules'), path.join(folder, 'node_modules'))
    mkdirSync(path.join(folder, 'packages/engine/src'), { recursive: true })
    writeFileSync(path.join(folder, ENGINE), LINTED)
    const lint = [TOOLS.biome(), 'lint', '--reporter=github', '--max-diagnostics=none', ENGINE]
    const { code, output } = await runNode(lint, { cwd: folder })
    const refused = [...output.matchAll(/title=([^,]+),.*?line=(\d+),/g)]
      .map(([, rule, line]) => `${line} ${rule?.replace(/^lint\//, '')}`)
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    expect(refused).toEqual([
      '2 style/noRestrictedImports',
      '3 nursery/noJsRestrictedProperties',
      '4 nursery/noJsRestrictedProperties',
      '5 plugin',
      '6 style/noRestrictedGlobals',
      '7 suspicious/noConsole',
      '8 suspicious/noExplicitAny',
      '9 style/noNonNullAssertion',
      '10 complexity/noExcessiveLinesPerFunction',
    ])
    expect(code).toBe(1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

const LINTED = `/** Planted. */
import { readFileSync } from 'node:fs'
export const now = Date.now()
export const dice = Math.random()
export const today = new Date()
setTimeout(readFileSync, 5)
console.log(new Date(0))
export const loose: any = 5
export const sure = [5][0]!
export function long(): number {
  let sum = 0
${'  sum += 1\n'.repeat(70)}  return sum
}
`
