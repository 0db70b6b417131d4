/** Runs the README's first pipeline as it is printed there. */

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ROOT, runNode } from './run-tool.mjs'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-readme-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function millrace(...words: readonly string[]) {
  return runNode([path.join(ROOT, 'scripts/millrace.mjs'), ...words], { cwd: folder })
}

/** The texts of the README's code blocks in one language. */
function blocks(language: string): readonly string[] {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
  const fenced = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm')
  return [...readme.matchAll(fenced)].map(([, text]) => text ?? '')
}

test('the first pipeline of the README gives the rows that stand there', async () => {
  const [expected] = blocks('jsonl')
  const [document] = blocks('json')
  mkdirSync(path.join(folder, 'examples'))
  const clicks = 'examples/clicks.jsonl'
  copyFileSync(path.join(ROOT, clicks), path.join(folder, clicks))
  writeFileSync(path.join(folder, 'pipeline.json'), document ?? '')
  expect(await millrace('validate', 'pipeline.json')).toMatchObject({ code: 0 })
  expect(await millrace('run', 'pipeline.json')).toMatchObject({ code: 0 })
  const read = (name: string) => readFileSync(path.join(folder, name), 'utf8')
  expect(expected).toMatch(/^(?:\{.+\}\n){3}$/)
  expect(read('per-page.jsonl').startsWith(expected ?? '-')).toBe(true)
  expect(read('late.jsonl')).toMatch(/^(?:\{[^\n]*"user":"eve"[^\n]*\}\n){2}$/)
})

test('the exit code, the arguments and the folder of the caller reach the command line', async () => {
  const { code, output } = await millrace('validate', 'no-such-pipeline.json')
  expect(code).toBe(2)
  expect(output).toContain('no-such-pipeline.json')
})

test('pnpm starts the command line with the flags that it would otherwise start itself with again', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: { millrace: string }
  }
  const launcher = readFileSync(path.join(ROOT, 'scripts/millrace.mjs'), 'utf8')
  const flags = [...(/FLAGS = \[([^\]]+)\]/.exec(launcher)?.[1] ?? '').matchAll(/'([^']+)'/g)]
  expect(flags.length).toBe(3)
  for (const [, flag] of flags) expect(scripts.millrace.split(' ')).toContain(flag)
})
