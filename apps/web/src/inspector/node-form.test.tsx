/** Every operator can be edited: the form is made from its schema alone. */

import {
  fieldsOf,
  type JsonObject,
  type Pipeline,
  parseDocument,
  titleOf,
  type wire,
  writeDocument,
} from '@millrace/pipeline'
import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createAutosave } from '../editor/autosave.ts'
import { setConfig } from '../editor/commands.ts'
import { createEditor } from '../editor/editor.ts'
import { type Session, SessionProvider } from '../editor/session.tsx'
import { createFakeEnv, createFakeHost, pipelineOf, QUAKES } from '../editor/testing/fakes.ts'
import { type Live, LiveContext } from '../live/live.tsx'
import type { LiveJob } from '../live/live-job.ts'
import { statusOf } from '../live/testing/wire-values.ts'
import { createValueStore, type ValueStore } from '../live/value-store.ts'
import { registry } from '../operators/registry.ts'
import { helpAtFocus } from '../workbench/focus-places.ts'
import { createWorkbench } from '../workbench/workbench-store.ts'
import { NodeForm } from './node-form.tsx'

const WAIT = { timeout: 60_000 }

let root: Root
let page: HTMLElement
let job: ValueStore<wire.JobStatus | undefined>

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  page = document.createElement('div')
  document.body.append(page)
  root = createRoot(page)
  job = createValueStore<wire.JobStatus | undefined>(undefined)
})

afterEach(() => {
  act(() => root.unmount())
  page.remove()
})

function open(pipeline: Pipeline): Session {
  const env = createFakeEnv()
  const api = createFakeHost(pipeline)
  const editor = createEditor(pipeline, registry)
  const saved = { version: 1, savedAtMs: 0 }
  const autosave = createAutosave({ pipelineId: 'p1', editor, api, env, saved })
  return { pipelineId: 'p1', editor, autosave, workbench: createWorkbench(env), api, env }
}

/** What a page loads with the first form that shows it, once a server answers. */
beforeAll(async () => {
  vi.stubGlobal('fetch', async () => new Response())
  await Promise.all([
    import('./pattern/after-match-field.tsx'),
    import('./pattern/stages-field.tsx'),
    import('./pattern/stage-name-field.tsx'),
    import('./pattern/times-field.tsx'),
    import('./widgets/any-field.tsx'),
    import('./widgets/hook-path-field.tsx'),
    import('./widgets/path-field.tsx'),
    import('./widgets/rows-field.tsx'),
    import('./widgets/topic-field.tsx'),
  ])
})

async function show(session: Session, nodeId: string): Promise<void> {
  // What a form does not use is left out.
  const status: Partial<LiveJob> = { status: job }
  const live = { job: status } as Partial<Live>
  await act(async () => {
    root.render(
      <SessionProvider session={session}>
        <LiveContext value={live as Live}>
          <NodeForm nodeId={nodeId} />
        </LiveContext>
      </SessionProvider>,
    )
  })
}

function fieldAt(path: string): HTMLElement {
  const field = page.querySelector<HTMLElement>(`[data-field="${path}"]`)
  if (field === null) throw new Error(`There is no field ${path}.`)
  return field
}

function type(control: Element | null, text: string): void {
  if (!(control instanceof HTMLInputElement)) throw new Error('There is no field to type into.')
  act(() => {
    const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value') ?? {}
    set?.call(control, text)
    control.dispatchEvent(new Event('input', { bubbles: true }))
  })
}

test.each([...registry.keys()])('%s has a control for each of its fields', async (operator) => {
  const { pipeline } = parseDocument(
    `{ "format": "millrace/1", "name": "n", "nodes": { "a": { "operator": "${operator}" } } }`,
  )
  if (pipeline === undefined) throw new Error('The document can be read.')
  await show(open(pipeline), 'a')
  const known = registry.get(operator)
  for (const { name, schema } of known === undefined ? [] : fieldsOf(known)) {
    if (schema.onlyWith !== undefined) continue
    // Some controls are loaded with the first form that shows them.
    await vi.waitFor(async () => {
      await act(async () => {})
      const field = fieldAt(name)
      expect(field.textContent).toContain(titleOf(name, schema))
      expect(field.querySelector('input, select, textarea, button, pre')).not.toBeNull()
    }, WAIT)
  }
})

test('a field that is typed into changes the config, and is emptied out of it', async () => {
  const session = open(pipelineOf(QUAKES))
  await show(session, 'per-day')
  const config = () => session.editor.store.getState().pipeline.nodes.get('per-day')?.config
  type(fieldAt('size').querySelector('input'), '12h')
  expect(config()).toMatchObject({ size: '12h' })
  type(fieldAt('offset').querySelector('input'), '1h')
  expect(config()).toMatchObject({ offset: '1h' })
  type(fieldAt('offset').querySelector('input'), '')
  expect(config()).not.toHaveProperty('offset')
})

test('what the check says of a field stands below it, in the words of the command line', async () => {
  const session = open(pipelineOf(QUAKES))
  await show(session, 'per-day')
  type(fieldAt('size').querySelector('input'), '0s')
  const said = session.editor.store.getState().analysis.problems[0]?.message ?? ''
  expect(said).toContain('must be longer than 0s')
  expect(`"Per day": ${fieldAt('size').querySelector('li')?.textContent}`).toBe(said)
  expect(fieldAt('size').querySelector('input')?.getAttribute('aria-invalid')).toBe('true')
})

test('a field that is of use only with a choice of another comes and goes with it', async () => {
  const session = open(
    pipelineOf(`{ "format": "millrace/1", "name": "n",
      "nodes": { "orders": { "operator": "topic-source", "config": { "topic": "orders" } } } }`),
  )
  await show(session, 'orders')
  const choose = (config: JsonObject) =>
    act(() =>
      session.editor.change('Choose', (pipeline) =>
        Object.entries(config).reduce(
          (changed, [name, value]) => setConfig(changed, 'orders', [name], value),
          pipeline,
        ),
      ),
    )
  const shown = () =>
    ['startTimestamp', 'startOffset'].filter(
      (name) => page.querySelector(`[data-field="${name}"]`) !== null,
    )
  expect(shown()).toEqual([])
  choose({ start: 'offset' })
  expect(shown()).toEqual(['startOffset'])
  choose({ startOffset: 12, start: 'timestamp' })
  // What was given is not hidden: it has to be taken out.
  expect(shown()).toEqual(['startTimestamp', 'startOffset'])
})

test('the path of a webhook shows its address and a request to try it', async () => {
  const session = open(
    pipelineOf(`{ "format": "millrace/1", "name": "n", "nodes": { "hook": {
      "operator": "http-source", "config": { "path": "orders", "schema": { "n": "integer" } } } } }`),
  )
  await show(session, 'hook')
  await vi.waitFor(async () => {
    await act(async () => {})
    const lines = [...page.querySelectorAll('.hook-line')].map(({ textContent }) => textContent)
    expect(lines).toEqual([
      `${location.origin}/hooks/orders`,
      expect.stringContaining(`-d '{"n":1}'`),
    ])
  }, WAIT)
})

test('a path that no webhook can have has no address to copy', async () => {
  const session = open(
    pipelineOf(`{ "format": "millrace/1", "name": "n", "nodes": { "hook": {
      "operator": "http-source", "config": { "path": "orders", "schema": { "n": "integer" } } } } }`),
  )
  await show(session, 'hook')
  const addresses = () => page.querySelectorAll('.hook-line').length
  await vi.waitFor(async () => {
    await act(async () => {})
    expect(addresses()).toBe(2)
  }, WAIT)
  type(fieldAt('path').querySelector('input'), 'no such/../path?')
  expect(fieldAt('path').querySelector('li')).not.toBeNull()
  expect(addresses()).toBe(0)
})

test('a topic that the job has made is told as one that is there', async () => {
  const session = open(
    pipelineOf(`{ "format": "millrace/1", "name": "n", "nodes": { "out": {
      "operator": "topic-sink", "config": { "topic": "made" } } } }`),
  )
  const partitions = [{ partition: 0, startOffset: 0, endOffset: 3 }]
  const made = { topic: 'made', partitions } as unknown as wire.WireTopic
  const topics: wire.WireTopic[] = []
  const env = createFakeEnv()
  let asked = 0
  const api = {
    call: async (name: string) => {
      if (name === 'listTopics') {
        asked++
        return { kind: 'done', reply: [...topics] }
      }
      return { kind: 'away', message: 'The server does not answer.' }
    },
  } as unknown as Session['api']
  await show({ ...session, api, env }, 'out')
  const told = (text: string) =>
    vi.waitFor(async () => {
      await act(async () => {})
      expect(fieldAt('topic').parentElement?.textContent).toContain(text)
    }, WAIT)
  await told('"made" is made when the job starts.')
  await act(async () => job.set(statusOf({ state: 'running' })))
  expect(asked).toBe(2)
  // Running, a job takes a moment until it has made its topics.
  topics.push(made)
  await told('"made" is made when the job starts.')
  await act(() => env.pass(2_000))
  await told('1 partition, 3 offsets.')
})

const GENERATED = `{ "format": "millrace/1", "name": "n", "nodes": { "made": {
  "operator": "generator-source",
  "config": { "columns": { "who": { "type": "choice", "values": ["ann"] } } } } } }`

function pressAdd(path: string): void {
  const buttons = [...fieldAt(path).querySelectorAll<HTMLElement>('.add-row')]
  act(() => buttons.at(-1)?.click())
}

test('a value of several kinds is typed plain, and an empty one stands in the way', async () => {
  const session = open(pipelineOf(GENERATED))
  await show(session, 'made')
  const state = () => session.editor.store.getState()
  const values = () => JSON.stringify(state().pipeline.nodes.get('made')?.config)
  pressAdd('columns/who/values')
  expect(values()).toContain('"values":["ann",null]')
  expect(state().analysis.problems.map(({ severity }) => severity)).toEqual(['error'])
  const added = fieldAt('columns/who/values/1')
  type(added.querySelector('input'), 'bob')
  expect(values()).toContain('"values":["ann","bob"]')
  expect(added.querySelector('.any-kind')?.textContent).toBe('text')
  expect(state().analysis.problems).toEqual([])
  type(added.querySelector('input'), '12')
  expect(values()).toContain('"values":["ann",12]')
  expect(added.querySelector('.any-kind')?.textContent).toBe('number')
  type(added.querySelector('input'), '"12"')
  expect(values()).toContain('"values":["ann","12"]')
  expect(added.querySelector('.any-kind')?.textContent).toBe('text')
  type(added.querySelector('input'), '')
  expect(values()).toContain('"values":["ann",null]')
})

test('a new column of a generator makes something from the start', async () => {
  const session = open(pipelineOf(GENERATED))
  await show(session, 'made')
  pressAdd('columns')
  pressAdd('columns')
  pressAdd('columns')
  const { pipeline, analysis } = session.editor.store.getState()
  expect(pipeline.nodes.get('made')?.config).toMatchObject({
    columns: {
      id: { type: 'sequence' },
      amount: { type: 'uniform', min: 0, max: 100 },
      column: { type: 'uniform', min: 0, max: 100, decimals: 2 },
    },
  })
  expect(analysis.problems).toEqual([])
})

test('a result column keeps its place when it is renamed', async () => {
  const session = open(
    pipelineOf(QUAKES.replace('"COUNT(*)" }', '"COUNT(*)", "top": "MAX(magnitude)" }')),
  )
  await show(session, 'per-day')
  type(fieldAt('aggregates').querySelector('.entry-name input'), 'quakes')
  const written = writeDocument(session.editor.store.getState().pipeline)
  expect(written.indexOf('"quakes": "COUNT(*)"')).toBeLessThan(written.indexOf('"top"'))
  expect(written.indexOf('"quakes": "COUNT(*)"')).toBeGreaterThan(0)
})

test('a name that stands there already is not taken over, and says so', async () => {
  const session = open(
    pipelineOf(QUAKES.replace('"COUNT(*)" }', '"COUNT(*)", "top": "MAX(magnitude)" }')),
  )
  await show(session, 'per-day')
  const before = session.editor.store.getState().pipeline
  type(fieldAt('aggregates').querySelector('.entry-name input'), 'top')
  expect(session.editor.store.getState().pipeline).toBe(before)
  expect(fieldAt('aggregates').textContent).toContain('"top" stands here already.')
})

const JOINED = `{ "format": "millrace/1", "name": "n",
  "nodes": {
    "orders": { "operator": "generator-source", "title": "Orders",
      "config": { "columns": { "id": { "type": "sequence" } } } },
    "counted": { "operator": "group-aggregate", "title": "Counted",
      "config": { "groupBy": ["id"], "aggregates": { "orders": "COUNT(*)" } } },
    "customers": { "operator": "generator-source", "title": "Customers",
      "config": { "columns": { "id": { "type": "choice", "values": ["a"] } } } },
    "both": { "operator": "temporal-join", "title": "Both", "config": {
      "on": [["id", "id"]], "columns": { "x": "stream.id" } } },
    "top": { "operator": "top-n", "config": {
      "n": 1, "orderBy": [{ "expression": "x", "order": "up" }] } }
  },
  "edges": [
    { "from": "orders", "to": "counted" },
    { "from": "counted", "to": "both.stream" },
    { "from": "customers", "to": "both.table" },
    { "from": "both", "to": "top" }
  ] }`

test('two columns that cannot be compared are said at their pair', async () => {
  await show(open(pipelineOf(JOINED)), 'both')
  const said = fieldAt('on').querySelector('.entry .field-problems')?.textContent
  expect(said).toContain('only columns of the same type can be compared')
})

test('what is wrong with an input is said beside what comes in by it', async () => {
  await show(open(pipelineOf(JOINED)), 'both')
  const sides = [...page.querySelectorAll('.input-side')].map(({ textContent }) => textContent)
  expect(sides[0]).toContain('streamCountedTable, keyed by id')
  expect(sides[0]).toContain('is a table (retract), whose rows replace each other')
  expect(sides[1]).toBe('tableCustomersStream with event time')
  expect(page.querySelector('.loose-problems')).toBeNull()
})

test('a name that an entry does not have is said in the entry', async () => {
  await show(open(pipelineOf(JOINED)), 'top')
  const said = fieldAt('orderBy').querySelector('.entry .field-problems')?.textContent
  expect(said).toContain('"orderBy[0].order" is not known')
})

test('what a field is for is read out with it, and shown when one asks', async () => {
  await show(open(pipelineOf(QUAKES)), 'per-day')
  const field = fieldAt('offset')
  const help = document.getElementById(
    field.querySelector('input')?.getAttribute('aria-describedby') ?? '',
  )
  expect(help?.textContent).toContain('How far windows are moved')
  expect(help?.hasAttribute('hidden')).toBe(true)
  act(() => field.querySelector<HTMLElement>('.field-help')?.click())
  expect(help?.hasAttribute('hidden')).toBe(false)
  // By the key that explains what has the focus, too; nothing is explained where nothing is said.
  field.querySelector('input')?.focus()
  act(() => helpAtFocus()?.click())
  expect(help?.hasAttribute('hidden')).toBe(true)
  act(() => page.querySelector<HTMLElement>('.title-field')?.focus())
  expect(helpAtFocus()).toBeUndefined()
})

test('markup in a title is text', async () => {
  const session = open(pipelineOf(QUAKES.replace('Per day', '<img src=x onerror=alert(1)>')))
  await show(session, 'per-day')
  expect(page.querySelector('img')).toBeNull()
  expect(page.querySelector<HTMLInputElement>('.title-field')?.value).toBe(
    '<img src=x onerror=alert(1)>',
  )
})

test('a sink says what it promises, and which source may lose records', async () => {
  const nodes = {
    machine: { operator: 'host-metrics-source', title: 'This machine', config: {} },
    out: { operator: 'topic-sink', config: { topic: 'load' } },
  }
  const edges = [{ from: 'machine', to: 'out' }]
  const document = { format: 'millrace/1', name: 'Load', nodes, edges }
  const session = open(pipelineOf(JSON.stringify(document)))
  await show(session, 'out')
  const shown = page.querySelector('[aria-label="Guarantee"]')
  const texts = [...(shown?.querySelectorAll('p') ?? [])].map(({ textContent }) => textContent)
  expect(texts).toEqual([
    '≤ 1At most once over crashes with checkpoints, no guarantee without.',
    expect.stringContaining('checkpoint'),
    '“This machine” cannot be read again: what it gave since the last checkpoint is lost at a crash.',
  ])
  const sign = shown?.querySelector('[role="img"]')
  expect(sign?.getAttribute('aria-label')).toBe('Guarantee: at most once')
  expect(sign?.getAttribute('title')).toContain('“This machine” cannot be read again')
})
