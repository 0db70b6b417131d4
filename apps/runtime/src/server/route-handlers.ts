/**
 * How requests of the API are typed: from the registry of routes, so that none can be forgotten.
 */

import type { wire } from '@millrace/pipeline'
import type * as z from 'zod'

type Parsed<Route, Part extends string> = Route extends { readonly [part in Part]: infer Schema }
  ? Schema extends z.ZodType
    ? z.output<Schema>
    : Record<never, never>
  : Record<never, never>

export interface RouteRequest<Name extends wire.RouteName> {
  readonly params: Parsed<wire.Routes[Name], 'params'>
  readonly query: Parsed<wire.Routes[Name], 'query'>
  readonly body: Parsed<wire.Routes[Name], 'body'>
  /** As the client named itself; empty where it did not. */
  readonly client: string
}

export type RouteReply<Name extends wire.RouteName> = z.input<wire.Routes[Name]['reply']>

/** One for each route: one that is missing, or one too many, does not compile. */
export type RouteHandlers = {
  readonly [Name in wire.RouteName]: (
    request: RouteRequest<Name>,
  ) => RouteReply<Name> | Promise<RouteReply<Name>>
}
