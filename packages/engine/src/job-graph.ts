/**
 * The nodes of a job, started from the sources down and connected by their edges. Where the job
 * goes on from a checkpoint, each node starts where it stood.
 */

import type { StreamSchema } from '@millrace/pipeline'
import { EMPTY, type Observable } from 'rxjs'
import type { BusyMeter } from './busy-meter.ts'
import type { RestoredJob, SavedNode } from './checkpoint.ts'
import { identityOf, type RestoredNode, restoredNodes } from './checkpoint-fit.ts'
import { type Element, START_OF_TIME_MS } from './element.ts'
import type { Env } from './env.ts'
import type { JobTransaction } from './job-checkpoints.ts'
import { Ledger } from './ledger.ts'
import { MemoryState } from './memory-state.ts'
import type {
  Input,
  Kept,
  OperatorDefinition,
  Outstanding,
  Progress,
  RestoredRunner,
  RunContext,
  Told,
} from './operator.ts'
import { type JobPlan, type PlanEnd, type PlanNode, type Shape, shapesOf } from './plan.ts'
import { type DeadLetter, toDeadLetter } from './refusals.ts'
import { createReplayedReader } from './replayed-reader.ts'
import type { ClockedNode } from './replayed-turns.ts'
import type { RowLink } from './row-chain.ts'
import { type SavedSource, SourceNode } from './source-node.ts'
import type { Saved } from './state-codec.ts'
import { TurnAgenda } from './turn-agenda.ts'
import { withoutOldRows } from './upsert-view.ts'
import { START_VALVE_CHANNEL } from './valve.ts'

/** What nodes ask of their job. */
export interface GraphHost {
  readonly env: Env
  readonly jobId: string | undefined
  readonly meter: BusyMeter
  /** Whether neighbours run as one loop where they can. */
  readonly chains: boolean
  /** Whether checkpoints are stored. */
  readonly checkpointed: boolean
  readonly restored: RestoredJob | undefined
  /** Whether a recording says what comes, in place of what sources read. */
  readonly replays: boolean
  /** Processing time of this turn. */
  nowMs(): number
  resolvePath(path: string): string
  /** Work outside the loop has begun, or ended where `count` is negative. */
  outstanding(count: number, nodeId: string): void
  deadLetters(letters: readonly DeadLetter[], outstanding: Outstanding): void
  wake(): void
  fail(error: unknown, nodeId: string): void
  tell(told: Told, message: string, nodeId: string): void
}

export interface RunningNode {
  readonly node: PlanNode
  readonly context: RunContext
  readonly outputs: { readonly [port: string]: Observable<Element> }
  readonly source: SourceNode | undefined
  readonly state: MemoryState
  readonly runner: Kept | undefined
}

export class JobGraph {
  readonly nodes: RunningNode[] = []
  readonly sources: SourceNode[] = []
  readonly sinks: JobTransaction[] = []
  /** The nodes that do something at points in processing time, from the sources down. */
  readonly clocked: ClockedNode[] = []
  readonly agenda: TurnAgenda
  readonly #host: GraphHost
  readonly #plan: JobPlan
  readonly #shapes: readonly Shape[]
  readonly #restored: ReadonlyMap<string, RestoredNode>
  /** For each source without event time, where the nodes stand that give it one. */
  readonly #timedBy = new Map<SourceNode, readonly Progress[]>()
  /** The nodes that may be chained, by id. */
  readonly #rowLinks = new Map<string, RowLink>()

  constructor(plan: JobPlan, host: GraphHost) {
    this.#host = host
    this.#plan = plan
    this.#shapes = shapesOf(plan)
    this.#restored = host.restored ? restoredNodes(host.restored.meta, plan) : new Map()
    this.agenda = new TurnAgenda(this.#shapes, () => host.env.clock.monotonicMs())
  }

  /** What a node throws as it starts fails the job, so that those started before it are closed. */
  start(): void {
    for (const [depth, node] of this.#plan.nodes.entries()) {
      try {
        this.nodes.push(this.#start(node, depth))
      } catch (error) {
        this.#host.fail(error, node.id)
        return
      }
    }
  }

  find(nodeId: string): RunningNode | undefined {
    return this.nodes.find(({ node }) => node.id === nodeId)
  }

  /** Empty for a port that is not there. */
  tap(nodeId: string, port: string): Observable<Element> {
    return this.find(nodeId)?.outputs[port] ?? EMPTY
  }

  /**
   * Whether every node goes on from the checkpoint with all that it had, and the checkpoint has
   * nothing besides.
   */
  get isAsStored(): boolean {
    const { restored } = this.#host
    if (restored === undefined) return false
    const all = [...this.#restored.values()].every(
      ({ withState, migrate }) => withState && migrate === undefined,
    )
    return all && this.#restored.size === Object.keys(restored.meta.nodes).length
  }

  /** Whether there are nodes of which the checkpoint knows nothing. */
  get hasNewNodes(): boolean {
    return this.#plan.nodes.some(({ id }) => !this.#restored.has(id))
  }

  /** What a channel of the node carries; undefined for one that is not there. */
  channelSchema({ node, context }: RunningNode, channel: number): StreamSchema | undefined {
    const edge = this.#shapes[context.wiring.depth]?.channels[channel]
    return edge && node.inputSchemas[edge.to.port]
  }

  /** Where nodes stand that give the records of this source event time. */
  timedBy(source: SourceNode): readonly Progress[] {
    const known = this.#timedBy.get(source)
    if (known !== undefined) return known
    const depth = this.nodes.findIndex((running) => running.source === source)
    const below = this.#shapes[depth]?.timedBy ?? []
    const timedBy = below.flatMap((index) => this.nodes[index]?.context.progress ?? [])
    this.#timedBy.set(source, timedBy)
    return timedBy
  }

  /**
   * Edges that the checkpoint does not know hear where the node above stands: an idle one says
   * nothing by itself until it has something to bring. Before the first turn.
   */
  catchUp(): void {
    for (const [depth, { node, runner }] of this.nodes.entries()) {
      const saved = this.#restored.get(node.id)?.saved.runner
      for (const [channel, place] of this.#savedPlaces(depth, saved).entries()) {
        const from = this.#shapes[depth]?.channels[channel]?.from
        if (place >= 0 || from === undefined || !this.#restored.has(from.node)) continue
        const above = this.find(from.node)
        // What a source refuses has no time.
        if (above === undefined || (above.source !== undefined && from.port === 'errors')) continue
        const { watermarkMs, idle } = above.context.progress
        runner?.catchUp(channel, watermarkMs, idle)
      }
    }
  }

  /** What a checkpoint holds of the node, without its state. Between turns. */
  save({ node, context, source, runner, state }: RunningNode): SavedNode {
    const { operator, stateVersion, meaning } = identityOf(node)
    const hasState = !state.isEmpty
    const ledger = context.ledger.save()
    const { idle } = context.progress
    const kept = { operator, stateVersion, meaning, hasState, ledger, idle }
    if (source !== undefined) return { ...kept, source: source.save() }
    if (runner === undefined) return kept
    const channels = this.#shapes[context.wiring.depth]?.channelNames ?? []
    const { valve, ended, outgoingMs } = runner.save()
    return { ...kept, runner: { channels, valve, ended, outgoingMs } }
  }

  /** Every record that came in is in exactly one bucket, or there is a bug. */
  checkLedgers(): void {
    for (const { node, context } of this.nodes) {
      const { ledger } = context
      if (ledger.in === ledger.sum()) continue
      const books = JSON.stringify(ledger.toJson())
      throw new Error(`The ledger of "${node.id}" does not balance: ${books}`)
    }
  }

  /** What the sink had prepared for the checkpoint that the job goes on from. */
  preparedBy(nodeId: string | undefined): Saved {
    const prepared = this.#host.restored?.meta.prepared ?? {}
    if (nodeId !== undefined && this.#restored.get(nodeId)?.withState !== true) return undefined
    const name = nodeId ?? ''
    return Object.hasOwn(prepared, name) ? prepared[name] : undefined
  }

  #start(node: PlanNode, depth: number): RunningNode {
    const state = this.#stateOf(node.id)
    const kept: { runner: Kept | undefined } = { runner: undefined }
    const context = this.#createContext(node, depth, state, (runner) => {
      kept.runner = runner
    })
    this.#restore(context)
    const { operator, config } = node
    if (operator.read !== undefined) {
      const { replays } = this.#host
      const read = operator.read(config, context)
      const reader = replays ? createReplayedReader(read) : read
      const saved = this.#restored.get(node.id)?.saved.source
      const from = replays && saved !== undefined ? fromHere(saved) : saved
      const source = new SourceNode(context, reader, () => this.#host.wake(), from)
      this.sources.push(source)
      const outputs = Object.fromEntries(
        [...source.outputs].map(([name, { stream }]) => [name, stream]),
      )
      this.#keepDeadLetters(outputs, context, operator.id)
      return { node, context, outputs, source, state, runner: undefined }
    }
    if (operator.run === undefined) {
      throw new Error(`Operator "${operator.id}" has nothing to run it with.`)
    }
    const outputs = operator.run(config, this.#inputs(operator, depth), context)
    this.#keepDeadLetters(outputs, context, operator.id)
    return { node, context, outputs, source: undefined, state, runner: kept.runner }
  }

  #stateOf(nodeId: string): MemoryState {
    const { restored, checkpointed } = this.#host
    const goesOn = this.#restored.get(nodeId)?.withState === true
    const stored = goesOn ? restored?.states.get(nodeId) : undefined
    return stored ?? new MemoryState({ stored: checkpointed })
  }

  #restore({ nodeId, ledger, progress, state }: RunContext): void {
    const restored = this.#restored.get(nodeId)
    if (restored === undefined) return
    const { saved, withState } = restored
    ledger.restore(saved.ledger)
    progress.idle = saved.idle
    if (!withState) ledger.release('expired', ledger.held)
    const nowMs = this.#host.nowMs()
    const watermarkMs = saved.runner?.outgoingMs ?? START_OF_TIME_MS
    restored.migrate?.({ state, nowMs, watermarkMs })
  }

  #keepDeadLetters(outputs: RunningNode['outputs'], context: RunContext, operator: string): void {
    if (context.connected('errors')) return
    outputs.errors?.subscribe((element) => {
      if (element.kind !== 'batch' || element.rows.length === 0) return
      try {
        const nowMs = this.#host.nowMs()
        const letters = element.rows.map((row) => toDeadLetter(row, operator, nowMs))
        this.#host.deadLetters(letters, context.outstanding)
      } catch (error) {
        this.#host.fail(error, context.nodeId)
      }
    })
  }

  #inputs(operator: OperatorDefinition, depth: number): { readonly [port: string]: Input } {
    const channels = this.#shapes[depth]?.channels ?? []
    return Object.fromEntries(
      operator.inputs.map((port) => {
        const edges = channels.filter((edge) => edge.to.port === port)
        const upserts = operator.upsertInputs?.includes(port) ?? false
        return [port, { channels: edges.map(({ from }) => this.#channel(from, upserts)) }]
      }),
    )
  }

  #channel({ node, port }: PlanEnd, upserts: boolean): Observable<Element> {
    const isUpsert = this.find(node)?.node.outputSchemas[port]?.changes === 'upsert'
    const elements = this.tap(node, port)
    return upserts && isUpsert ? withoutOldRows(elements) : elements
  }

  /** Nodes are started from the sources down, so the one above is known. */
  #linkRows(link: RowLink, depth: number): void {
    const from = this.#shapes[depth]?.channels[0]?.from
    const above = from?.port === 'out' ? this.#rowLinks.get(from.node) : undefined
    if (above !== undefined) above.next = link
    this.#rowLinks.set(link.context.nodeId, link)
  }

  #createContext(
    node: PlanNode,
    depth: number,
    state: MemoryState,
    keep: (runner: Kept) => void,
  ): RunContext {
    const host = this.#host
    const shape = this.#shapes[depth]
    const read = new Set(
      this.#plan.edges.filter(({ from }) => from.node === node.id).map(({ from }) => from.port),
    )
    return {
      nodeId: node.id,
      jobId: host.jobId,
      env: host.env,
      state,
      ledger: new Ledger(),
      progress: { watermarkMs: START_OF_TIME_MS, idle: false, inputs: [] },
      inputSchemas: node.inputSchemas,
      outputSchemas: node.outputSchemas,
      channels: (port) => (node.channels.get(port) ?? []).map(({ schema }) => schema),
      connected: (port) => read.has(port),
      nowMs: () => host.nowMs(),
      resolvePath: (path) => host.resolvePath(path),
      fail: (error) => host.fail(error, node.id),
      tell: (told, message) => host.tell(told, message, node.id),
      outstanding: {
        add: (count) => host.outstanding(count, node.id),
        remove: (count) => host.outstanding(-count, node.id),
      },
      onCheckpoint: (sink) => {
        this.sinks.push({ nodeId: node.id, sink })
      },
      checkpointed: host.checkpointed,
      bounded: this.#isBounded(depth),
      position: this.#restored.get(node.id)?.saved.source?.position,
      wiring: {
        depth,
        tracksOrigins: shape?.tracksOrigins ?? false,
        merges: shape?.merges ?? false,
        agenda: this.agenda,
        meter: host.meter,
        watcher: { onWatermark: undefined },
        goByClock: (clocked) => this.clocked.push({ nodeId: node.id, clocked }),
        restored: this.#restoredRunner(node.id, depth),
        keep,
        ...(host.chains ? { linkRows: (link) => this.#linkRows(link, depth) } : {}),
      },
    }
  }

  #restoredRunner(nodeId: string, depth: number): RestoredRunner | undefined {
    const saved = this.#restored.get(nodeId)?.saved.runner
    if (saved === undefined) return undefined
    const places = this.#savedPlaces(depth, saved)
    return {
      outgoingMs: saved.outgoingMs,
      ended: places.map((place) => saved.ended[place] ?? false),
      valve: {
        ...saved.valve,
        channels: places.map((place) => saved.valve.channels[place] ?? START_VALVE_CHANNEL),
      },
    }
  }

  /**
   * For each channel its place in the checkpoint, by where it comes from: an edited pipeline may
   * have others. -1 for one that is new, or whose node above begins anew.
   */
  #savedPlaces(depth: number, saved: SavedNode['runner']): readonly number[] {
    const { channels = [], channelNames = [] } = this.#shapes[depth] ?? {}
    return channels.map(({ from }, channel) => {
      if (saved === undefined || !this.#restored.has(from.node)) return -1
      return saved.channels.indexOf(channelNames[channel] ?? '')
    })
  }

  #isBounded(depth: number): boolean {
    const above = this.#shapes[depth]?.ancestors.flatMap((set) => [...set]) ?? []
    return above.every((index) => this.nodes[index]?.source?.bounded !== false)
  }
}

/** A recording brings nothing that was handed on before it began. */
function fromHere(saved: SavedSource): SavedSource {
  return { ...saved, replayable: false, ended: false }
}
