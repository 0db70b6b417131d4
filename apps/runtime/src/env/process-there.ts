/** Whether another process still runs, by its number. */

import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'

/** Also where it belongs to another user. */
export function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !isOver(pid)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Whether nothing of it runs any more, though its number is still taken: whoever should ask how it
 * ended takes a second or two to do so, or never does, as in many containers. Where one cannot know
 * it is not.
 */
function isOver(pid: number): boolean {
  try {
    const [, state] = /.*\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    // Its first thread may be over while another one still writes.
    return state === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1
  } catch {
    return false
  }
}
