/** A folder of a test's own, in which commands run on real files. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runCommandLine } from '../../command-line.ts'
import { createNodeEnv } from '../node-env.ts'
import { createTestTerminal } from './test-terminal.ts'

export class Folder {
  readonly path = mkdtempSync(path.join(tmpdir(), 'millrace-'))

  /** Text as it is, anything else as JSON. */
  write(name: string, content: unknown): void {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    writeFileSync(path.join(this.path, name), text)
  }

  read(name: string): string {
    return readFileSync(path.join(this.path, name), 'utf8')
  }

  has(name: string): boolean {
    return existsSync(path.join(this.path, name))
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }

  /** Runs a command here, in this process. */
  async millrace(...words: readonly string[]) {
    const terminal = createTestTerminal({ env: createNodeEnv(), folder: this.path })
    const code = await runCommandLine(words, terminal)
    return { code, ...terminal.written }
  }
}
