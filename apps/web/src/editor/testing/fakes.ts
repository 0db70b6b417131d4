/** Small pipelines, a clock that is moved by hand and a host in memory, for tests of the editor. */

import { type Pipeline, parseDocument, type wire } from '@millrace/pipeline'
import type { Answer, Api, ApiInput, ApiReply } from '../../api/api.ts'
import { type DocumentJson, toDocumentJson } from '../../api/document-json.ts'
import type { BrowserEnv } from '../../env/browser-env.ts'

/** Quakes by region, with a filter before the window and a sink behind it. */
export const QUAKES = `{
  "format": "millrace/1",
  "name": "Quakes",
  "nodes": {
    "quakes": { "operator": "dataset-source", "config": { "name": "earthquakes" } },
    "strong": { "operator": "filter", "config": { "where": "magnitude > 4" } },
    "per-day": {
      "operator": "tumbling-window",
      "title": "Per day",
      "config": { "size": "1d", "groupBy": ["region"], "aggregates": { "count": "COUNT(*)" } }
    },
    "out": { "operator": "file-sink", "config": { "path": "out.jsonl", "format": "jsonl" } }
  },
  "edges": [
    { "from": "quakes", "to": "strong" },
    { "from": "strong", "to": "per-day" },
    { "from": "per-day", "to": "out" }
  ],
  "layout": { "quakes": [0, 0], "strong": [280, 0], "per-day": [560, 0], "out": [840, 0] }
}`

export function pipelineOf(text: string): Pipeline {
  const { pipeline, problems } = parseDocument(text)
  if (pipeline === undefined) throw new Error(problems.map(({ message }) => message).join(' '))
  return pipeline
}

export interface FakeEnv extends BrowserEnv {
  readonly kept: Map<string, string>
  /** Lets time pass; what is due happens in order. */
  pass(ms: number): Promise<void>
}

export function createFakeEnv(): FakeEnv {
  const kept = new Map<string, string>()
  let nowMs = 1_000
  let waiting: { readonly atMs: number; readonly act: () => void }[] = []
  return {
    kept,
    nowMs: () => nowMs,
    after: (delayMs, act) => {
      const timer = { atMs: nowMs + delayMs, act }
      waiting.push(timer)
      return () => {
        waiting = waiting.filter((other) => other !== timer)
      }
    },
    random: () => 0.5,
    storage: {
      read: (key) => kept.get(key),
      write: (key, text) => kept.set(key, text).has(key),
      remove: (key) => void kept.delete(key),
      keys: () => [...kept.keys()],
    },
    panelsWithRoom: () => 2,
    clientId: 'this-tab',
    async pass(ms) {
      nowMs += ms
      const due = waiting.filter(({ atMs }) => atMs <= nowMs)
      waiting = waiting.filter(({ atMs }) => atMs > nowMs)
      for (const { act } of due) act()
      await settled()
    },
  }
}

/** Lets every promise that is ready go on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

export interface FakeHost extends Api {
  readonly saved: { readonly version: number; readonly document: DocumentJson }[]
  away: boolean
  /** Whether it does not have the pipeline any more. */
  gone: boolean
}

/** Knows the two routes that saving takes, and has no topics. */
const NOTHING_HERE: Answer<unknown> = {
  kind: 'refused',
  status: 404,
  error: { code: 'not-found', message: 'The stand-in keeps pipelines only.' },
}

export function createFakeHost(first: Pipeline): FakeHost {
  const saved = [{ version: 1, document: toDocumentJson(first) }]
  const latest = () => saved.at(-1) ?? { version: 0, document: {} }
  const reply = (): wire.SavedPipeline => ({
    id: 'p1',
    name: String(latest().document.name),
    version: latest().version,
    savedAtMs: 5_000,
    nodeCount: 0,
    job: null,
    document: latest().document,
  })
  const host: FakeHost = {
    saved,
    away: false,
    gone: false,
    async call<Name extends wire.RouteName>(name: Name, input: ApiInput<Name>) {
      const answer = (): Answer<unknown> => {
        if (host.away) return { kind: 'away', message: 'The server does not answer.' }
        if (host.gone) return NOTHING_HERE
        if (name === 'getPipeline') return { kind: 'done', reply: reply() }
        if (name === 'listTopics') return { kind: 'done', reply: [] }
        const { body } = input as {
          readonly body?: { readonly document: DocumentJson; readonly baseVersion: number }
        }
        if (name !== 'savePipeline' || body === undefined) return NOTHING_HERE
        if (body.baseVersion !== latest().version) {
          const error = { code: 'conflict', message: 'There is a newer version.' }
          return { kind: 'refused', status: 409, error }
        }
        saved.push({ version: latest().version + 1, document: body.document })
        return { kind: 'done', reply: reply() }
      }
      return answer() as Answer<ApiReply<Name>>
    },
  }
  return host
}
