/** What is kept of a group for each call of an aggregate: nobody needs it who only checks them. */

import { INTEGER } from '../../type.ts'
import type { CheckedCall } from './check.ts'
import { distinctState, retractableDistinctState } from './counting.ts'
import type { AggregateState } from './definition.ts'

/**
 * What the states must be good for: records only added; the same with a result read after each;
 * or records taken back too.
 */
export type StateUse = 'add' | 'update' | 'retract'

export interface AggregateCall extends CheckedCall {
  readonly state: AggregateState
}

/** A call, and where its slots are. */
export interface Place {
  readonly call: AggregateCall
  /** Its first slot. */
  readonly at: number
}

export function layOut(calls: readonly CheckedCall[], first: number, use: StateUse): Place[] {
  let at = first
  return calls.map((checked) => {
    const call = { ...checked, state: stateOf(checked, use) }
    const place = { call, at }
    at += call.state.slots().length
    return place
  })
}

function stateOf(call: CheckedCall, use: StateUse): AggregateState {
  const { definition, args } = call
  const type = args[0]?.type ?? INTEGER
  const distinct = call.distinct && definition.ownDistinct !== true
  const readsFaster = use === 'update' && definition.retractableReadsFaster === true
  if (use === 'retract' || readsFaster) {
    const state = definition.retractableState(type, args, call.distinct)
    return distinct ? retractableDistinctState(state, type) : state
  }
  const state = definition.state(type, args, call.distinct)
  return distinct ? distinctState(state, type) : state
}
