/**
 * Keeps the steps back and forward of pipelines that were open in this page: whoever looks at a
 * comparison, a topic or letters, and comes back, still can undo. They end with the page.
 */

import { type Pipeline, writeDocument } from '@millrace/pipeline'
import type { Editor, Step } from './editor.ts'

/** Steps share what they do not change, so that many of them cost little more than one. */
export const PIPELINES_MAX = 8

export interface KeptSteps {
  keep(pipelineId: string, editor: Editor): void
  /** Goes on where the editor of this pipeline was left. */
  takeUp(pipelineId: string, editor: Editor): void
}

interface Left {
  readonly pipeline: Pipeline
  readonly past: readonly Step[]
  readonly future: readonly Step[]
}

export function createKeptSteps(): KeptSteps {
  /** The one that was left last stands last. */
  const left = new Map<string, Left>()
  return {
    keep(pipelineId, editor) {
      editor.endGesture()
      const { pipeline, past, future } = editor.store.getState()
      left.delete(pipelineId)
      if (past.length + future.length > 0) left.set(pipelineId, { pipeline, past, future })
      const [oldest] = left.keys()
      if (left.size > PIPELINES_MAX && oldest !== undefined) left.delete(oldest)
    },
    takeUp(pipelineId, editor) {
      const found = left.get(pipelineId)
      if (found === undefined) return
      const { pipeline } = editor.store.getState()
      const same = writeDocument(pipeline) === writeDocument(found.pipeline)
      editor.goOnFrom(same ? found : changedSince(found, pipeline))
    },
  }
}

/** What somebody else has saved meanwhile is one more step, and nothing is left to be redone. */
function changedSince({ pipeline: before, past }: Left, after: Pipeline): Left {
  const title = 'Take what was saved meanwhile'
  return { pipeline: after, past: [...past, { title, before, after }], future: [] }
}
