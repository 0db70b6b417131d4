/** Tests of priorities, with a process. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { expect, test } from 'vitest'
import { setNiceness } from './process-priority.ts'

test('all threads of a process come after others', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.on("data", () => {})'])
  const { pid = 0 } = child
  await once(child, 'spawn')
  const before = getPriority(pid)
  try {
    setNiceness(pid, before + 3)
    expect(getPriority(pid)).toBe(before + 3)
    for (const niceness of threads(pid)) expect(niceness).toBe(before + 3)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  expect(() => setNiceness(pid, before + 4)).toThrow(/ESRCH|no such process/)
})

/** None where the system has no `/proc`. */
function threads(pid: number): readonly number[] {
  const folder = `/proc/${pid}/task`
  if (!existsSync(folder)) return []
  return readdirSync(folder).map((thread) => {
    const stat = readFileSync(`${folder}/${thread}/stat`, 'utf8')
    const [, rest = ''] = /.*\) (.*)/s.exec(stat) ?? []
    return Number(rest.split(' ')[16])
  })
}
