/**
 * A file sink whose input an edit has made endless, or made to end: what it wrote as the other kind
 * of file is completed, and it begins as its own.
 */

import type { Saved, TransactionalSink } from '@millrace/engine'
import { NumberedFiles, type NumberedFilesOptions } from './numbered-files.node.ts'
import { PartFile } from './part-file.node.ts'

export interface FileKindOptions extends NumberedFilesOptions {
  readonly checkpointed: boolean
  /** A file for each checkpoint, in place of one at the end. */
  readonly numbered: boolean
}

export interface WritableSink extends TransactionalSink {
  write(text: string): void
}

export function openFileSink(options: FileKindOptions): WritableSink {
  const sink = options.numbered ? new NumberedFiles(options) : new PartFile(options)
  return {
    write: (text) => sink.write(text),
    recover: async (prepared) => {
      const other = otherKind(prepared, options)
      if (other === undefined) return sink.recover(prepared)
      await other.sink.recover(other.prepared)
      await other.sink.close()
      return sink.recover(undefined)
    },
    cut: (cut) => sink.cut(cut),
    commit: (prepared) => sink.commit(prepared),
    abort: () => sink.abort(),
    close: () => sink.close(),
  }
}

/** What has to be completed before the sink begins; undefined where it goes on. */
function otherKind(
  prepared: Saved,
  options: FileKindOptions,
): { readonly sink: TransactionalSink; readonly prepared: Saved } | undefined {
  if (typeof prepared !== 'object' || prepared === null) return undefined
  const wasNumbered = 'number' in prepared
  if (wasNumbered === options.numbered) return undefined
  if (wasNumbered) return { sink: new NumberedFiles(options), prepared }
  return { sink: new PartFile(options), prepared: { ...prepared, isLast: true } }
}
