/**
 * What the command line writes to. Much of it is text of others: titles, paths, values of records.
 * On a terminal none of it moves the cursor, names the window or hides what stands before it.
 */

import { oneLine } from '@millrace/pipeline'
import type { TextOutput } from './terminal.ts'

const COLUMNS_ELSEWHERE = 100
const CLEAR_LINE = '\r\x1b[2K'

type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & {
  write(text: string): unknown
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
}

/** `onLost` hears that something could not be written, such as to a disk that is full. */
export function toOutput(
  stream: Stream,
  variables: NodeJS.ProcessEnv = process.env,
  onLost: (message: string) => void = () => {},
): TextOutput {
  const { isTTY } = stream
  // Whoever reads may stop, as `head` does, or close the terminal; that is no error of ours.
  stream.on('error', ({ code, message }) => {
    if (code === 'EPIPE' || (code === 'EIO' && isTTY)) return
    onLost(`What is printed cannot be written (${code ?? message}). Look after where it goes.`)
  })
  const isTerminal = isTTY === true && variables.TERM !== 'dumb'
  return {
    write: (text) => {
      stream.write(isTTY ? text.split('\n').map(oneLine).join('\n') : text)
    },
    refresh: (line) => {
      if (isTerminal) stream.write(`${CLEAR_LINE}${oneLine(line)}`)
    },
    isTerminal,
    get columns() {
      return isTTY === true ? stream.columns : COLUMNS_ELSEWHERE
    },
  }
}
