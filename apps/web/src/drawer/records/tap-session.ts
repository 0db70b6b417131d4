/**
 * Opens a tap on the host and keeps its rows: filter, pause, reconnect.
 *
 * A tap lives as long as the socket that opened it, so it is opened again after each connect; then
 * its numbers start anew, and so does the table. Rows are committed once a paint, however often the
 * host sends.
 */

import type { wire } from '@millrace/pipeline'
import type { Connection } from '../../live/connection.ts'
import type { LiveEnv } from '../../live/env.ts'
import { createValueStore, type ReadableValue } from '../../live/value-store.ts'
import { clearTap, fillTap, NO_ROWS, pauseTap, resumeTap, type TapRows } from './tap-rows.ts'

export interface TapTarget {
  readonly jobId: string
  readonly nodeId: string
  readonly port: string
}

export type Columns = wire.SocketReply<'openTap'>['columns']

export type TapPhase =
  | { readonly kind: 'opening' }
  | {
      readonly kind: 'open'
      readonly columns: Columns
      readonly eventTime: boolean
      /** How many records that passed before come first. */
      readonly earlier: number
    }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }

export interface TapView {
  readonly phase: TapPhase
  readonly rows: TapRows
  /** The condition in force; empty for none. */
  readonly where: string
}

export interface TapSession {
  readonly view: ReadableValue<TapView>
  setWhere(where: string): void
  setPaused(paused: boolean): void
  clear(): void
  close(): void
}

const KEEP = 1_000

const OPENING: TapPhase = { kind: 'opening' }

export function openTapSession(
  connection: Connection,
  target: TapTarget,
  env: LiveEnv,
  where = '',
): TapSession {
  return new Tap(connection, target, env, where)
}

class Tap implements TapSession {
  readonly view
  readonly #connection: Connection
  readonly #target: TapTarget
  readonly #env: LiveEnv
  readonly #stops: (() => void)[]
  #tapId: string | undefined
  /** Counts the openings, so that an answer that comes too late is known. */
  #opening = 0
  #pending: TapRows | undefined
  #cancelPaint: (() => void) | undefined

  constructor(connection: Connection, target: TapTarget, env: LiveEnv, where: string) {
    this.#connection = connection
    this.#target = target
    this.#env = env
    this.view = createValueStore<TapView>({ phase: OPENING, rows: NO_ROWS, where })
    this.#stops = [
      connection.on('tapFilled', (filled) => {
        if (filled.tapId === this.#tapId) this.#stage(fillTap(this.#rows(), filled))
      }),
      connection.onConnected(() => this.#open()),
    ]
  }

  setWhere(where: string): void {
    if (where === this.view.get().where) return
    this.view.set({ ...this.view.get(), where })
    this.#open()
  }

  setPaused(paused: boolean): void {
    const before = this.#rows()
    if (paused === (before.pausedAt !== undefined)) return
    this.#commit(paused ? pauseTap(before) : resumeTap(before))
    this.#tellPaused(paused)
  }

  clear(): void {
    this.#commit(clearTap(this.#rows()))
  }

  close(): void {
    this.#opening++
    this.#cancelPaint?.()
    for (const stop of this.#stops) stop()
    this.#closeOnHost()
  }

  #open(): void {
    const opening = ++this.#opening
    const paused = this.#rows().pausedAt !== undefined
    this.#closeOnHost()
    this.#pending = undefined
    const { where } = this.view.get()
    const rows = paused ? pauseTap(NO_ROWS) : NO_ROWS
    this.view.set({ phase: OPENING, rows, where })
    const condition = where.trim() === '' ? {} : { where }
    this.#connection
      .request('openTap', { ...this.#target, keep: KEEP, earlier: true, ...condition })
      .then((answer) => {
        if (opening !== this.#opening) {
          if (answer.ok) this.#closeTap(answer.reply.tapId)
          return
        }
        if (!answer.ok) {
          const { code, message } = answer
          this.view.set({ ...this.view.get(), phase: { kind: 'refused', code, message } })
          return
        }
        const { tapId, ...opened } = answer.reply
        this.#tapId = tapId
        this.view.set({ ...this.view.get(), phase: { kind: 'open', ...opened } })
        if (this.#rows().pausedAt !== undefined) this.#tellPaused(true)
      }, rethrow)
  }

  #tellPaused(paused: boolean): void {
    if (this.#tapId === undefined) return
    void this.#connection.request('pauseTap', { tapId: this.#tapId, paused })
  }

  #closeOnHost(): void {
    if (this.#tapId !== undefined) this.#closeTap(this.#tapId)
    this.#tapId = undefined
  }

  #closeTap(tapId: string): void {
    void this.#connection.request('closeTap', { tapId })
  }

  #rows(): TapRows {
    return this.#pending ?? this.view.get().rows
  }

  #stage(rows: TapRows): void {
    this.#pending = rows
    this.#cancelPaint ??= this.#env.onNextFrame(() => {
      if (this.#pending !== undefined) this.#commit(this.#pending)
      this.#cancelPaint = undefined
    })
  }

  #commit(rows: TapRows): void {
    this.#pending = undefined
    this.view.set({ ...this.view.get(), rows })
  }
}

/** A request never rejects; if one does, it is a fault of this page and must be seen. */
function rethrow(error: unknown): never {
  throw error
}
