/**
 * Where a job begins: what it has kept is looked at before it starts, and where an edit would lose
 * some of it, or changes what runs, somebody is asked.
 */

import type { wire } from '@millrace/pipeline'
import type { Session } from '../editor/session.tsx'

/** What becomes of what was kept. */
export type DeployChoice = 'keep' | AnewChoice | 'cancel' | 'as-it-was'
/** Where sources begin where nothing is kept: as their settings say, or as early as they can. */
type AnewChoice = 'anew' | 'anew-earliest'

export interface DeployQuestion {
  /** With what is drawn. */
  readonly impact: wire.DeployImpact
  /** With the version that has kept what is gone on from, where what is drawn is another. */
  readonly asItWas?: KeptVersion
  /** Which of the two is shown, and would run. */
  readonly takes?: 'drawn' | 'as-it-was'
  /** The running job is stopped at a checkpoint of that moment, and it goes on from that one. */
  readonly fromNow?: boolean
  readonly choose: (choice: DeployChoice) => void
}

export interface KeptVersion {
  readonly version: number
  readonly impact: wire.DeployImpact
}

/** Of what would run as the question stands. */
export function askedImpact({ impact, asItWas, takes }: DeployQuestion): wire.DeployImpact {
  return takes === 'as-it-was' && asItWas !== undefined ? asItWas.impact : impact
}

/** For `startJob`. */
export interface Beginning {
  readonly from?: wire.StartFrom
  readonly acceptLoss?: boolean
}

export interface BeginningOptions {
  /** Which version starts. */
  readonly version: number
  /** Where it is to begin; what the host would choose if left out. */
  readonly from?: wire.StartFrom | undefined
  /** The version that has kept what it would go on from, where that is known. */
  readonly keptBy?: number | undefined
}

/** Undefined where somebody was asked and did not want to. */
export async function findBeginning(
  session: Pick<Session, 'api' | 'workbench' | 'pipelineId'>,
  { version, from, keptBy }: BeginningOptions,
): Promise<Beginning | undefined> {
  const { api, workbench, pipelineId } = session
  const asWanted: Beginning = from === undefined ? {} : { from }
  if (from?.kind === 'beginning') return asWanted
  const body = { version, ...asWanted }
  const answer = await api.call('getDeployImpact', { params: { id: pipelineId }, body })
  // Whatever was wrong here is wrong with the start too, which says so.
  if (answer.kind !== 'done' || answer.reply.from === null) return asWanted
  const impact = answer.reply
  const isEdited = keptBy !== undefined && keptBy !== version
  if (impact.lost === 0 && !isEdited) return asWanted
  const choice = await ask(workbench, impact)
  if (choice === 'cancel') return undefined
  const anew = anewFrom(choice)
  if (anew !== undefined) return { from: anew }
  return { from: from ?? { kind: 'newest' }, acceptLoss: impact.lost > 0 }
}

/** Undefined where something is kept. */
export function anewFrom(choice: DeployChoice): wire.StartFrom | undefined {
  if (choice === 'anew') return { kind: 'beginning' }
  return choice === 'anew-earliest' ? { kind: 'earliest' } : undefined
}

/** One question at a time: another one takes back the one before. */
export function ask(
  workbench: Session['workbench'],
  impact: wire.DeployImpact,
  more: Pick<DeployQuestion, 'asItWas' | 'fromNow'> = {},
): Promise<DeployChoice> {
  workbench.store.getState().deployQuestion?.choose('cancel')
  return new Promise((resolve) => {
    const choose = (choice: DeployChoice): void => {
      workbench.update({ deployQuestion: undefined })
      resolve(choice)
    }
    // What loses nothing comes first.
    const takes = more.asItWas !== undefined && impact.lost > 0 ? 'as-it-was' : 'drawn'
    workbench.update({ deployQuestion: { impact, ...more, takes, choose } })
  })
}
