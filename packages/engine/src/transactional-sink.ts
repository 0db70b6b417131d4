/**
 * The seam between checkpoints and what a job writes. Output is made durable, the checkpoint that
 * holds how to make it visible is stored, and then it is made visible: whatever is cut off in
 * between, a restart finds out from the checkpoint what to complete and what to take back. Files,
 * topics, brokers and databases all fit in here.
 */

import type { Saved } from './state-codec.ts'

export interface TransactionalSink {
  /**
   * Before anything arrives, in a job whose checkpoints are stored. `prepared` is what the
   * checkpoint holds that the job goes on from: that output is made visible, whether or not it
   * was already, and whatever was written after it is taken away. Undefined where the job begins.
   */
  recover(prepared: Saved): Promise<void>
  /**
   * Between turns: what has come so far belongs to this checkpoint, what comes from now on to the
   * next. Where no checkpoints are stored, there is one cut, at the end.
   */
  cut(cut: SinkCut): PreparedOutput
  /** Makes the output visible. Called again after a restart, so it must not mind. */
  commit(prepared: Saved): Promise<void>
  /** There will be no restart: leaves what was there before. Must not throw. */
  abort(): Promise<void>
  /** Lets go of files and sockets; what was prepared stays, for a restart. Must not throw. */
  close(): Promise<void>
}

export interface SinkCut {
  readonly checkpointId: number
  /** All input has ended: nothing comes after this. */
  readonly isLast: boolean
}

export interface PreparedOutput {
  /**
   * Resolves when everything up to the cut lasts through a power cut, though nobody can see it,
   * with what `commit` needs to know.
   */
  prepare(): Promise<Saved>
}

/** What a sink refused, and which one. */
export class NodeFailed extends Error {
  readonly nodeId: string | undefined

  constructor(nodeId: string | undefined, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.nodeId = nodeId
  }
}

/** The same sink, whose refusals say which node it is. */
export function namedSink(nodeId: string | undefined, sink: TransactionalSink): TransactionalSink {
  const named = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act()
    } catch (error) {
      throw new NodeFailed(nodeId, error)
    }
  }
  return {
    recover: (prepared) => named(() => sink.recover(prepared)),
    cut: (cut) => {
      const output = sink.cut(cut)
      return { prepare: () => named(() => output.prepare()) }
    },
    commit: (prepared) => named(() => sink.commit(prepared)),
    abort: () => sink.abort(),
    close: () => sink.close(),
  }
}
