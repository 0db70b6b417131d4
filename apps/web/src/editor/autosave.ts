/**
 * Saves what is drawn, and says at any time where it stands.
 *
 * Edits are kept in this browser as well until the host has them: a host that is away loses
 * nothing,
 * and a page that is closed meanwhile finds them again. A version that somebody else has saved is
 * never written over: that is a conflict, and the user decides. So it is where the host does not
 * have the pipeline any more.
 */

import { type Pipeline, parseDocument, type wire, writeDocument } from '@millrace/pipeline'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Answer, Api } from '../api/api.ts'
import { fromDocumentJson, toDocumentJson } from '../api/document-json.ts'
import type { BrowserEnv, Cancel, TextStore } from '../env/browser-env.ts'
import type { Editor } from './editor.ts'

export type SaveState =
  | { readonly kind: 'saved'; readonly version: number; readonly savedAtMs: number }
  /** Edited; the save begins after a moment without edits. */
  | { readonly kind: 'waiting'; readonly version: number }
  | { readonly kind: 'saving'; readonly version: number }
  /** The host is away; the edits are kept here and saved when it is back. */
  | { readonly kind: 'away'; readonly version: number; readonly keptHere: boolean }
  | { readonly kind: 'refused'; readonly version: number; readonly error: wire.ApiError }
  | { readonly kind: 'conflict'; readonly version: number; readonly theirs: Theirs }
  /** The host does not have the pipeline any more; what is drawn is kept here. */
  | { readonly kind: 'gone'; readonly version: number; readonly keptHere: boolean }

/** The version that somebody else has saved. */
export interface Theirs {
  readonly version: number
  readonly name: string
  readonly savedAtMs: number
  /** Absent where this page cannot read it. */
  readonly pipeline: Pipeline | undefined
}

export interface Autosave {
  readonly store: StoreApi<SaveState>
  /** Saves at once; the version that is then saved, or undefined where that was not possible. */
  saveNow(): Promise<number | undefined>
  /** Ends a conflict: mine becomes a new version, or theirs is shown (which can be undone). */
  resolve(choice: 'keep-mine' | 'take-theirs'): Promise<void>
  /**
   * Another tab has saved this version. It is shown at once where nothing is unsaved here, and
   * true is the answer.
   */
  noticeVersion(version: number): Promise<boolean>
  /** Another tab has deleted the pipeline. */
  noticeDeleted(): void
  /**
   * Looks whether the host still has the pipeline, and which version. That version, where it is
   * somebody else's and shown now.
   */
  lookAgain(): Promise<number | undefined>
  /** Stops watching; what is unsaved stays kept in this browser. */
  close(): void
  /** Stops watching, and keeps nothing: the pipeline is gone. */
  abandon(): void
}

const QUIET_MS = 900
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 15_000

export interface AutosaveOptions {
  readonly pipelineId: string
  readonly editor: Editor
  readonly api: Api
  readonly env: BrowserEnv
  readonly saved: { readonly version: number; readonly savedAtMs: number }
}

export function createAutosave(options: AutosaveOptions): Autosave {
  const saver = new Saver(options)
  return {
    store: saver.store,
    saveNow: () => saver.saveNow(),
    resolve: (choice) => saver.resolve(choice),
    noticeVersion: (version) => saver.noticeVersion(version),
    noticeDeleted: () => saver.noticeDeleted(),
    lookAgain: () => saver.lookAgain(),
    close: () => saver.close(),
    abandon: () => saver.abandon(),
  }
}

class Saver {
  readonly store: StoreApi<SaveState>
  readonly #options: AutosaveOptions
  readonly #unsubscribe: () => void
  #saved: Pipeline
  #version: number
  #cancel: Cancel = () => undefined
  #retryMs = RETRY_FIRST_MS
  #running: Promise<number | undefined> | undefined
  #closed = false

  constructor(options: AutosaveOptions) {
    this.#options = options
    const { editor, saved } = options
    this.#saved = editor.store.getState().pipeline
    this.#version = saved.version
    this.store = createStore<SaveState>(() => ({ kind: 'saved', ...saved }))
    this.#unsubscribe = editor.store.subscribe(({ pipeline }, before) => {
      if (pipeline !== before.pipeline) this.#edited()
    })
    this.#restore()
  }

  async saveNow(): Promise<number | undefined> {
    this.#cancel()
    if (this.#waitsForChoice()) return undefined
    if (this.#running !== undefined) await this.#running
    if (this.#isClean()) return this.#version
    this.#running = this.#save()
    try {
      return await this.#running
    } finally {
      this.#running = undefined
    }
  }

  async resolve(choice: 'keep-mine' | 'take-theirs'): Promise<void> {
    const state = this.store.getState()
    if (state.kind !== 'conflict') return
    const { theirs } = state
    if (choice === 'take-theirs' && theirs.pipeline === undefined) return
    this.#version = theirs.version
    if (choice === 'take-theirs' && theirs.pipeline !== undefined) {
      this.#show(theirs.pipeline, theirs)
      return
    }
    this.store.setState({ kind: 'waiting', version: this.#version }, true)
    await this.saveNow()
  }

  async noticeVersion(version: number): Promise<boolean> {
    if (version <= this.#version || this.#running !== undefined) return false
    const theirs = await this.#readTheirs()
    return theirs !== undefined && this.#takeUp(theirs)
  }

  noticeDeleted(): void {
    this.#becomeGone()
  }

  async lookAgain(): Promise<number | undefined> {
    if (this.#running !== undefined) return undefined
    const theirs = await this.#readTheirs()
    if (theirs === undefined) return undefined
    if (this.store.getState().kind === 'gone') {
      // As if nothing had been known of it: what is unsaved is saved, or meets a newer version.
      if (this.#isClean()) this.#becomeSaved(theirs.savedAtMs)
      else this.#wait()
    }
    return this.#takeUp(theirs) ? theirs.version : undefined
  }

  /** A version of somebody else is shown at once where nothing is unsaved here. */
  #takeUp(theirs: Theirs): boolean {
    if (theirs.version <= this.#version || this.#waitsForChoice()) return false
    if (this.#isClean() && theirs.pipeline !== undefined) {
      this.#version = theirs.version
      this.#show(theirs.pipeline, theirs)
      return true
    }
    this.#conflict(theirs)
    return false
  }

  close(): void {
    this.#closed = true
    this.#cancel()
    this.#unsubscribe()
    if (!this.#isClean()) this.#keep()
  }

  abandon(): void {
    this.#saved = this.#pipeline()
    this.close()
  }

  #pipeline(): Pipeline {
    return this.#options.editor.store.getState().pipeline
  }

  #waitsForChoice(): boolean {
    const { kind } = this.store.getState()
    return kind === 'conflict' || kind === 'gone'
  }

  #isClean(): boolean {
    return this.#pipeline() === this.#saved
  }

  #edited(): void {
    if (this.#waitsForChoice()) {
      this.#keep()
      return
    }
    if (this.#isClean() && this.#running === undefined) {
      this.#cancel()
      this.#becomeSaved(this.#options.env.nowMs())
      return
    }
    this.#keep()
    const { kind } = this.store.getState()
    if (kind !== 'saving') this.store.setState({ kind: 'waiting', version: this.#version }, true)
    this.#plan(QUIET_MS)
  }

  #plan(delayMs: number): void {
    this.#cancel()
    this.#cancel = this.#options.env.after(delayMs, () => {
      void this.saveNow()
    })
  }

  async #save(): Promise<number | undefined> {
    const { api, pipelineId } = this.#options
    const sent = this.#pipeline()
    this.store.setState({ kind: 'saving', version: this.#version }, true)
    const answer = await api.call('savePipeline', {
      params: { id: pipelineId },
      body: { document: toDocumentJson(sent), baseVersion: this.#version },
    })
    return this.#answered(sent, answer)
  }

  async #answered(sent: Pipeline, answer: Answer<wire.SavedPipeline>): Promise<number | undefined> {
    if (answer.kind === 'done') {
      this.#retryMs = RETRY_FIRST_MS
      this.#version = answer.reply.version
      this.#saved = sent
      if (this.#isClean()) this.#becomeSaved(answer.reply.savedAtMs)
      else this.#wait()
      return this.#version
    }
    if (answer.kind === 'away') this.#becomeAway()
    else if (answer.status === 409) {
      const theirs = await this.#readTheirs()
      if (theirs !== undefined) this.#conflict(theirs)
      else if (!this.#waitsForChoice()) this.#becomeAway()
    } else if (answer.status === 404) this.#becomeGone()
    else {
      const { error } = answer
      this.store.setState({ kind: 'refused', version: this.#version, error }, true)
    }
    return undefined
  }

  #becomeSaved(savedAtMs: number): void {
    this.#options.env.storage.remove(draftKey(this.#options.pipelineId))
    this.store.setState({ kind: 'saved', version: this.#version, savedAtMs }, true)
  }

  #wait(): void {
    this.store.setState({ kind: 'waiting', version: this.#version }, true)
    this.#plan(QUIET_MS)
  }

  #becomeAway(): void {
    const keptHere = this.#keep()
    this.store.setState({ kind: 'away', version: this.#version, keptHere }, true)
    this.#plan(this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS)
  }

  /** Also of a pipeline of which all is saved: what is drawn is nowhere else any more. */
  #becomeGone(): void {
    // Who has left has chosen, and what they let go is not kept anew.
    if (this.#closed) return
    this.#cancel()
    const keptHere = this.#keep()
    this.store.setState({ kind: 'gone', version: this.#version, keptHere }, true)
  }

  #conflict(theirs: Theirs): void {
    this.#cancel()
    this.#keep()
    this.store.setState({ kind: 'conflict', version: this.#version, theirs }, true)
  }

  async #readTheirs(): Promise<Theirs | undefined> {
    const { api, pipelineId } = this.#options
    const answer = await api.call('getPipeline', { params: { id: pipelineId } })
    if (answer.kind === 'refused' && answer.status === 404) this.#becomeGone()
    if (answer.kind !== 'done') return undefined
    const { version, name, savedAtMs, document } = answer.reply
    return { version, name, savedAtMs, pipeline: fromDocumentJson(document).pipeline }
  }

  #show(pipeline: Pipeline, { version, savedAtMs }: Theirs): void {
    this.#saved = pipeline
    // What is selected stays so: somebody may be typing in its form.
    this.#options.editor.change(`Take version ${version}`, () => pipeline)
    this.#becomeSaved(savedAtMs)
  }

  #keep(): boolean {
    const { env, pipelineId } = this.#options
    const draft = { baseVersion: this.#version, document: writeDocument(this.#pipeline()) }
    return env.storage.write(draftKey(pipelineId), JSON.stringify(draft))
  }

  /**
   * Takes up edits that the host never got. What was edited on an older version ends in a
   * conflict.
   */
  #restore(): void {
    const { env, pipelineId, editor } = this.#options
    const draft = readDraft(env.storage.read(draftKey(pipelineId)))
    if (draft === undefined) return
    const unchanged = writeDocument(draft.pipeline) === writeDocument(this.#saved)
    if (unchanged) {
      env.storage.remove(draftKey(pipelineId))
      return
    }
    // A save on the old base is refused by the host where that base is no longer the latest.
    this.#version = draft.baseVersion
    editor.load('Take up unsaved edits', draft.pipeline)
  }
}

/** What this browser keeps of a pipeline that the host does not have like that. */
export function readKeptEdits(storage: TextStore, pipelineId: string): Pipeline | undefined {
  return readDraft(storage.read(draftKey(pipelineId)))?.pipeline
}

/** Under which this browser keeps edits of a pipeline that the host does not have yet. */
export function draftKey(pipelineId: string): string {
  return `millrace.draft.${pipelineId}`
}

function readDraft(
  text: string | undefined,
): { readonly baseVersion: number; readonly pipeline: Pipeline } | undefined {
  if (text === undefined) return undefined
  try {
    const { baseVersion, document } = JSON.parse(text) as {
      readonly baseVersion: unknown
      readonly document: unknown
    }
    if (typeof baseVersion !== 'number' || typeof document !== 'string') return undefined
    const { pipeline } = parseDocument(document)
    return pipeline === undefined ? undefined : { baseVersion, pipeline }
  } catch {
    return undefined
  }
}
