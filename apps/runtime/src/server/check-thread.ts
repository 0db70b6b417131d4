/**
 * What a thread beside the server does with documents that are large: to check their expressions
 * takes seconds, and the server's own thread answers everybody else.
 */

import { isMainThread, type MessagePort } from 'node:worker_threads'
import type { OperatorDefinition } from '@millrace/engine'
import type { CheckedNode, CheckedPipeline, Problem, Registry } from '@millrace/pipeline'
import type { NewVersion } from '../storage/pipeline-store.ts'
import { Refusal } from '../supervision/refusal.ts'
import {
  type AnyDocument,
  findProblems,
  type LookedAt,
  lookAt,
  readVersion,
} from './document-checks.ts'

/** What is wanted, and of which document. */
export type CheckRequest =
  | { readonly want: 'version'; readonly document: Record<string, unknown> }
  | { readonly want: 'problems' | 'all'; readonly document: AnyDocument }

export interface CheckReplies {
  readonly version: NewVersion
  readonly problems: readonly Problem[]
  readonly all: CopiedLook
}

export type CheckAnswer =
  | { readonly reply: CheckReplies[keyof CheckReplies] }
  | { readonly refusal: Pick<Refusal, 'kind' | 'code' | 'message' | 'problems'> }
  /** A bug of ours: its stack. */
  | { readonly fault: string }

type CopiedNode = Omit<CheckedNode, 'operator'> & { readonly operatorId: string }

/** Plain data: operators are functions, which stay in the thread that has them. */
export interface CopiedLook extends Omit<LookedAt, 'checked'> {
  readonly checked:
    | (Omit<CheckedPipeline, 'nodes'> & { readonly nodes: ReadonlyMap<string, CopiedNode> })
    | undefined
}

export function answerCheck(
  request: CheckRequest,
  registry: Registry<OperatorDefinition>,
): CheckAnswer {
  try {
    return { reply: reply(request, registry) }
  } catch (error) {
    if (!(error instanceof Refusal)) {
      return { fault: (error instanceof Error && error.stack) || String(error) }
    }
    const { kind, code, message, problems } = error
    return { refusal: { kind, code, message, problems } }
  }
}

function reply(request: CheckRequest, registry: Registry<OperatorDefinition>) {
  if (request.want === 'version') return readVersion(request.document)
  if (request.want === 'problems') return findProblems(request.document, registry)
  return copyOf(lookAt(request.document, registry))
}

function copyOf({ checked, ...look }: LookedAt): CopiedLook {
  if (checked === undefined) return { ...look, checked }
  const nodes = [...checked.nodes].map(([id, { operator, ...node }]) => {
    return [id, { ...node, operatorId: operator.id }] as const
  })
  return { ...look, checked: { ...checked, nodes: new Map(nodes) } }
}

/** The same with the operators of this thread. */
export function ofCopy<Operator extends OperatorDefinition>(
  { checked, ...look }: CopiedLook,
  registry: Registry<Operator>,
): LookedAt<Operator> {
  if (checked === undefined) return { ...look, checked }
  const nodes = [...checked.nodes].map(([id, { operatorId, ...node }]) => {
    const operator = registry.get(operatorId)
    if (operator === undefined) throw new Error(`The thread knows an operator "${operatorId}".`)
    return [id, { ...node, operator }] as const
  })
  return { ...look, checked: { ...checked, nodes: new Map(nodes) } }
}

/** Answers one request after the other. */
export function runCheckThread(
  port: MessagePort | null,
  registry: Registry<OperatorDefinition>,
): void {
  if (isMainThread || port === null) throw new Error('This is started as a thread alone.')
  port.on('message', (request: CheckRequest) => port.postMessage(answerCheck(request, registry)))
}
