/** Who comes and goes while the engine host has not answered yet. */

import { VirtualEnv } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import type { Supervisor } from '../supervision/supervisor.ts'
import { JobWatchers } from './job-watchers.ts'
import type { Viewer } from './outbox.ts'

/** A host that answers what opens something when it is told to. */
function watched() {
  const asked: string[] = []
  const waiting: (() => void)[] = []
  const ask = async (_: string, name: string, { tapId }: { readonly tapId?: string }) => {
    asked.push(name)
    if (name.startsWith('open')) await new Promise<void>((resolve) => waiting.push(resolve))
    return { tapId }
  }
  const supervisor = { ask, watch: () => {} } as unknown as Supervisor
  const watchers = new JobWatchers({
    env: new VirtualEnv(),
    supervisor: () => supervisor,
    noted: () => {},
    onFault: (error) => {
      throw error
    },
  })
  const answer = () => {
    for (const goOn of waiting.splice(0)) goOn()
  }
  return { asked, answer, watchers }
}

function viewer(id: string): Viewer & { readonly seen: string[] } {
  const seen: string[] = []
  const send = (name: string) => {
    seen.push(name)
  }
  return { id, writable: true, seen, send, sendVolatile: send }
}

const PICTURE = { jobId: 'job', nodeId: 'node' } as Parameters<JobWatchers['pictureDrawn']>[0]
const TAP = { jobId: 'job', nodeId: 'node', port: 'out', keep: 10 }

test('a picture that was opened for a page which has left meanwhile is closed', async () => {
  const { asked, answer, watchers } = watched()
  const page = viewer('a')
  const opened = watchers.openPicture(page, 'job', 'node')
  await watchers.leave(page)
  answer()
  await opened
  expect(asked).toEqual(['openPicture', 'closePicture'])
  watchers.pictureDrawn(PICTURE)
  expect(page.seen).toEqual([])
})

test('a picture stays open for a page that comes while another one goes', async () => {
  const { asked, answer, watchers } = watched()
  const [first, second] = [viewer('a'), viewer('b')]
  const opened = watchers.openPicture(first, 'job', 'node')
  answer()
  await opened
  const joined = watchers.openPicture(second, 'job', 'node')
  await watchers.closePicture(first, 'job', 'node')
  answer()
  await joined
  expect(asked).toEqual(['openPicture', 'openPicture'])
  watchers.pictureDrawn(PICTURE)
  expect([first.seen, second.seen]).toEqual([[], ['pictureDrawn']])
})

test('a tap that its host opens late, when the page has left, is closed after that', async () => {
  const { asked, answer, watchers } = watched()
  const page = viewer('a')
  const opened = watchers.openTap(page, TAP)
  await watchers.leave(page)
  answer()
  await opened
  expect(asked).toEqual(['openTap', 'closeTap', 'closeTap'])
})

test('records that come before the answer which names their tap are sent after it', async () => {
  const { answer, watchers } = watched()
  const page = viewer('a')
  const opened = watchers.openTap(page, TAP)
  answer()
  const { tapId } = await opened
  const record = { number: 1, eventTime: null, seenAtMs: 0, change: null, row: {} }
  watchers.tapFilled({ tapId, records: [record], seen: 1 })
  expect(page.seen).toEqual([])
  watchers.tapAnswered(page, tapId)
  expect(page.seen).toEqual(['tapFilled'])
})
