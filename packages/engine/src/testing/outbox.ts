/**
 * A sink for tests whose output outlives crashes, as a database would: what a checkpoint prepares
 * becomes visible when it is committed, and what a crash cuts off is taken back on recovery.
 */

import { createRowText, type StreamSchema } from '@millrace/pipeline'
import * as z from 'zod'
import { defineOperator, type OperatorDefinition } from '../operator.ts'
import { process } from '../process.ts'
import type { TransactionalSink } from '../transactional-sink.ts'

/** Stands between a job and what outlives it: after a crash the job no longer reaches it. */
export interface Reach {
  /** Waits a while, and for ever if the job has crashed meanwhile. */
  pause(): Promise<void>
}

/** What has become visible, a line a row; by node. */
export class Outbox {
  readonly visible = new Map<string, string[]>()
  readonly #staged = new Map<string, Map<number, readonly string[]>>()

  /** Lines go to what `write` returned, until the next cut. */
  open(
    nodeId: string,
    reach: Reach,
  ): { readonly sink: TransactionalSink; write(line: string): void } {
    const visible = this.#of(this.visible, nodeId, () => [])
    const staged = this.#of(this.#staged, nodeId, () => new Map())
    let lines: string[] = []
    const publish = (id: number) => {
      visible.push(...(staged.get(id) ?? []))
      staged.delete(id)
    }
    const sink: TransactionalSink = {
      recover: async (prepared) => {
        await reach.pause()
        if (typeof prepared === 'number') publish(prepared)
        staged.clear()
      },
      cut: ({ checkpointId }) => {
        const cut = lines
        lines = []
        return {
          prepare: async () => {
            await reach.pause()
            staged.set(checkpointId, cut)
            await reach.pause()
            return checkpointId
          },
        }
      },
      commit: async (prepared) => {
        await reach.pause()
        if (typeof prepared === 'number') publish(prepared)
        await reach.pause()
      },
      abort: async () => staged.clear(),
      close: async () => {},
    }
    return { sink, write: (line) => lines.push(line) }
  }

  #of<T>(map: Map<string, T>, nodeId: string, create: () => T): T {
    const found = map.get(nodeId) ?? create()
    map.set(nodeId, found)
    return found
  }
}

/** Takes any stream. */
export function createOutboxSink(outbox: Outbox, reach: Reach): OperatorDefinition {
  return defineOperator({
    id: 'outbox-sink',
    category: 'sink',
    title: 'Outbox',
    icon: 'test',
    summary: 'For tests.',
    config: z.strictObject({}),
    inputs: ['in'],
    outputs: [],
    examples: [],
    outputSchemas: () => ({}),
    run: (_, inputs, context) => {
      const schema: StreamSchema | undefined = context.inputSchemas.in
      const text = createRowText(schema?.columns ?? [])
      const { sink, write } = outbox.open(context.nodeId, reach)
      context.onCheckpoint(sink)
      return process<'in', never>(inputs, context, { ports: [] }, () => ({
        rows: (_, { rows, times, changes }, from, to) => {
          context.ledger.passed += to - from
          for (let index = from; index < to; index++) {
            const row = text(rows[index] ?? [])
            write(`${times?.[index] ?? ''} ${changes?.[index] ?? ''} ${row}`)
          }
        },
      }))
    },
  })
}
