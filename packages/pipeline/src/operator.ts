/**
 * What an operator says about itself before anything runs: name, ports, config, schemas, examples.
 * Designer, checker, docs and command line read this; the engine adds how it runs.
 */

import type * as z from 'zod'
import type { Guarantee } from './guarantee.ts'
import type { Problem } from './problem.ts'
import type { ResultWindow, StreamSchema } from './schema.ts'

export type Category = 'source' | 'transform' | 'window' | 'join' | 'table' | 'pattern' | 'sink'

export type Ports<Name extends string, T> = { readonly [name in Name]: T }

/** Every output except `errors`, whose schema is the same everywhere. */
export type DataPort<Out extends string> = Exclude<Out, 'errors'>

export interface OperatorDescription<
  Config = unknown,
  In extends string = string,
  Out extends string = string,
> {
  /** Kebab case. Saved pipelines refer to it, so it never changes. */
  readonly id: string
  readonly category: Category
  readonly title: string
  /** The name of an icon in the designer's set. */
  readonly icon: string
  /** One sentence for palette and docs. */
  readonly summary: string
  /**
   * More for the docs page: when to use it, what it does with late, NULL and bad records. Markdown.
   */
  readonly details?: string
  /** Sources and sinks. */
  readonly guarantee?: Guarantee
  readonly config: z.ZodType<Config>
  readonly inputs: readonly In[]
  /** The input that takes several edges. */
  readonly manyInput?: In
  /** The inputs to which an `upsert` table comes without the rows that are replaced. */
  readonly upsertInputs?: readonly In[]
  /** `errors` is among them where records can be refused. */
  readonly outputs: readonly Out[]
  readonly examples: readonly Example[]

  /**
   * The outputs where they depend on the config; then `outputs` lists those that are always there.
   */
  outputPorts?(config: Config): readonly string[]

  /**
   * What only one node of a pipeline may have, as a message begins: `File "out.jsonl"`.
   * Two nodes that claim the same are refused.
   */
  exclusiveResources?(config: Config): readonly string[]

  /** The files that a node reads and writes, by their paths in the document. */
  files?(config: Config): readonly { readonly path: string; readonly use: 'read' | 'write' }[]

  /** The topics that a node reads and writes. */
  topics?(config: Config): readonly { readonly topic: string; readonly use: 'read' | 'write' }[]

  /**
   * Of a source, where a job begins to read that goes on from nothing, to follow the word "begins";
   * absent or undefined where it is the first record that there is.
   */
  beginsAnew?(config: Config): string | undefined

  /** Where others may send records to it over HTTP. */
  webhooks?(config: Config): readonly Webhook[]

  /**
   * Checks the config against the input schemas and says what each output carries. Problems are
   * reported, never thrown; what depends on a reported problem is left out of the schema or has
   * type `unknown`.
   */
  outputSchemas(
    config: Config,
    inputs: Ports<In, StreamSchema>,
    plan: PlanContext,
  ): Ports<DataPort<Out>, StreamSchema>
}

/** What is sent to it is kept in a topic, which the node reads. */
export interface Webhook {
  /** Below `/hooks/`. */
  readonly path: string
  readonly topic: string
  readonly requestBytesMax: number
  readonly requestsPerSecond: number
  /** While more than this has not been read, nothing is taken. */
  readonly unreadBytesMax: number
  /** Whether requests are taken while no job reads them. */
  readonly whileStopped: 'accept' | 'refuse'
  /** Absent where whoever knows the path may send. */
  readonly signature?: WebhookSignature
}

/** How each request is signed, with HMAC and SHA-256. */
export interface WebhookSignature {
  readonly scheme: 'github' | 'stripe' | 'generic'
  /** A reference, `secret://name`. */
  readonly secret: string
  /** That of the scheme if absent. */
  readonly header?: string | undefined
  readonly encoding: 'hex' | 'base64'
  readonly timestampHeader?: string | undefined
  readonly toleranceMs: number
}

export interface PlanContext {
  readonly nodeId: string
  /** `path` counts from the node's config. */
  report(problem: Omit<Problem, 'nodeId' | 'severity'> & { severity?: Problem['severity'] }): void
  /**
   * The schema of each edge into a `manyInput` port, in the order in which the edges are followed.
   */
  channels(port: string): readonly StreamSchema[]
}

/** What goes in and what must come out. Every example is shown in the docs and is a test. */
export interface Example {
  readonly title: string
  readonly config: unknown
  /** Absent for sources. For a `manyInput` port, one entry per edge. */
  readonly inputs?: { readonly [port: string]: ExampleStream | readonly ExampleStream[] }
  /** Files by path, for sources that read them. */
  readonly files?: { readonly [path: string]: string }
  /** Topics by name, with what is in their only partition, for sources that read them. */
  readonly topics?: { readonly [topic: string]: readonly ExampleRecord[] }
  /** What leaves each named port; a port that is not named is not compared. */
  readonly outputs?: { readonly [port: string]: readonly ExampleElement[] }
  /** What each file holds at the end, for sinks that write them. */
  readonly outputFiles?: { readonly [path: string]: string }
  /** What each topic holds at the end, for sinks that write them. */
  readonly outputTopics?: { readonly [topic: string]: readonly ExampleRecord[] }
  /** What is sent, in order, for sinks that send. */
  readonly outputRequests?: readonly ExampleRequest[]
}

/** A request as method and address, with its body. */
export interface ExampleRequest {
  readonly to: string
  readonly body: string
}

/** A record of a topic, key and value as text. */
export interface ExampleRecord {
  readonly at: string
  readonly key: string | null
  readonly value: string | null
}

export interface ExampleStream {
  /** Column names and types as documents write them. */
  readonly schema: { readonly [column: string]: string }
  /** False for a stream without event time. */
  readonly eventTime?: boolean
  /** Absent for an append stream; of a table, how its rows change and what identifies them. */
  readonly table?: {
    readonly changes: 'upsert' | 'retract'
    readonly key: readonly string[]
    readonly insertsOnly?: true
  }
  /** Present where the rows are results of windows. */
  readonly window?: ResultWindow
  readonly elements: readonly ExampleInput[]
}

/**
 * A record (`at` is its event time: ISO-8601 or milliseconds) or a watermark. Records are JSON
 * objects as sinks write them; missing columns are NULL. An expected record may leave `at` out
 * where there is none.
 */
export type ExampleElement =
  | {
      readonly at?: string | number
      /** How the row changes a table; absent on append streams. */
      readonly change?: '+I' | '-U' | '+U' | '-D'
      readonly row: { readonly [column: string]: unknown }
    }
  | { readonly watermark: string | number }

/** What goes in, or processing time that moves on to `clock`. */
export type ExampleInput = ExampleElement | { readonly clock: string | number }

/** Operators by id. */
export type Registry<Operator extends OperatorDescription = OperatorDescription> = ReadonlyMap<
  string,
  Operator
>
