/** When somebody is asked before a job goes on from what was kept, and what comes of it. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import type { Api } from '../api/api.ts'
import { createFakeEnv } from '../editor/testing/fakes.ts'
import { createWorkbench } from '../workbench/workbench-store.ts'
import { type BeginningOptions, type DeployChoice, findBeginning } from './beginning.ts'

const FROM = {
  kind: 'checkpoint',
  checkpointId: 4,
  title: null,
  atMs: 0,
  finished: false,
} as const
const KEPT: wire.NodeImpact = {
  ...{ nodeId: 'w', title: 'Window', kind: 'kept', reason: null, hasState: true, held: 3 },
}
const LOST: wire.NodeImpact = { ...KEPT, kind: 'lost', reason: 'Its size changed.' }

/** `choice` is what somebody presses when asked. */
function begin(impact: wire.DeployImpact | undefined, choice: DeployChoice | undefined) {
  const workbench = createWorkbench(createFakeEnv())
  const asked: unknown[] = []
  const api: Pick<Api, 'call'> = {
    call: (async (_: string, { body }: { body: unknown }) => {
      asked.push(body)
      return impact === undefined
        ? { kind: 'away', message: 'Away.' }
        : { kind: 'done', reply: impact }
    }) as Api['call'],
  }
  let questions = 0
  workbench.store.subscribe(({ deployQuestion }, before) => {
    if (deployQuestion === undefined || deployQuestion === before.deployQuestion) return
    questions++
    if (choice !== undefined) deployQuestion.choose(choice)
  })
  const session = { api: api as Api, workbench, pipelineId: 'p1' }
  return {
    find: (options: BeginningOptions) => findBeginning(session, options),
    asked,
    questions: () => questions,
    workbench,
  }
}

test('the same version goes on without a question', async () => {
  const { find, asked, questions } = begin(
    { from: FROM, nodes: [KEPT], lost: 0, since: [], edit: null },
    undefined,
  )
  expect(await find({ version: 2, keptBy: 2 })).toEqual({})
  expect(asked).toEqual([{ version: 2 }])
  expect(questions()).toBe(0)
})

test('a job that begins at its sources, or is to, asks nothing', async () => {
  const { find, asked, questions } = begin(
    { from: null, nodes: [], lost: 0, since: [], edit: null },
    undefined,
  )
  expect(await find({ version: 2, keptBy: 1 })).toEqual({})
  const from = { kind: 'beginning' } as const
  expect(await find({ version: 2, keptBy: 1, from })).toEqual({ from })
  expect(asked).toHaveLength(1)
  expect(questions()).toBe(0)
})

test.each<[DeployChoice, unknown]>([
  ['keep', { from: { kind: 'newest' }, acceptLoss: true }],
  ['anew', { from: { kind: 'beginning' } }],
  ['anew-earliest', { from: { kind: 'earliest' } }],
  ['cancel', undefined],
])('where state would be lost, "%s" decides', async (choice, beginning) => {
  const { find, questions } = begin(
    { from: FROM, nodes: [LOST], lost: 1, since: [], edit: null },
    choice,
  )
  expect(await find({ version: 2, keptBy: 2 })).toEqual(beginning)
  expect(questions()).toBe(1)
})

test('an edit that loses nothing is shown before it runs, and needs no consent to loss', async () => {
  const { find } = begin({ from: FROM, nodes: [KEPT], lost: 0, since: [], edit: null }, 'keep')
  expect(await find({ version: 3, keptBy: 2 })).toEqual({
    from: { kind: 'newest' },
    acceptLoss: false,
  })
})

test('a checkpoint that was chosen stays the one', async () => {
  const from = { kind: 'checkpoint', id: 2 } as const
  const { find, asked } = begin(
    { from: FROM, nodes: [LOST], lost: 1, since: [], edit: null },
    'keep',
  )
  expect(await find({ version: 3, from })).toEqual({ from, acceptLoss: true })
  expect(asked).toEqual([{ version: 3, from }])
})

test('where the host is away the start itself says so', async () => {
  const { find, questions } = begin(undefined, undefined)
  expect(await find({ version: 2, keptBy: 1 })).toEqual({})
  expect(questions()).toBe(0)
})

test('another question takes back the one before', async () => {
  const { find, workbench } = begin(
    { from: FROM, nodes: [LOST], lost: 1, since: [], edit: null },
    undefined,
  )
  const first = find({ version: 2 })
  await Promise.resolve()
  const second = find({ version: 2 })
  await Promise.resolve()
  workbench.store.getState().deployQuestion?.choose('anew')
  expect(await first).toBeUndefined()
  expect(await second).toEqual({ from: { kind: 'beginning' } })
})
