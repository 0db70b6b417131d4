/** The API as an OpenAPI 3.1 document, from the same registry that the server runs. */

import { wire } from '@millrace/pipeline'
import * as z from 'zod'

interface AnyRoute {
  readonly method: string
  readonly path: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  readonly reply: z.ZodType
}

/** Statuses beside the success, with what each means. */
const REFUSALS: Readonly<Record<string, string>> = {
  400: 'The request does not fit.',
  403: 'The host or origin is not allowed.',
  404: 'It is not there.',
  409: 'It conflicts with what is there.',
  413: 'The request is too large.',
  415: 'The body is not JSON.',
  422: 'The document has problems.',
  429: 'There are too many requests.',
  503: 'The server is stopping, or the engine is being started again.',
}

export function openApiDocument(): object {
  const paths = new Map<string, Record<string, unknown>>()
  for (const [name, route] of Object.entries<AnyRoute>(wire.routes)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    const operations = paths.get(path) ?? {}
    operations[route.method] = operation(name, route)
    paths.set(path, operations)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Millrace',
      version: '1',
      description: 'What the designer asks of its host. Live values come over socket.io beside it.',
    },
    servers: [{ url: wire.API_ROOT }],
    paths: Object.fromEntries(paths),
    components: { schemas: { Error: schemaOf(wire.apiError, 'output') } },
  }
}

/** Strict readers of answers look here. */
const DONE =
  'Done. Where the body had fields that are not known, `warnings` is a list of sentences beside the rest.'

function operation(name: string, { params, query, body, reply }: AnyRoute): object {
  const refusals = Object.entries(REFUSALS).map(([status, description]) => [
    status,
    { description, content: json({ $ref: '#/components/schemas/Error' }) },
  ])
  return {
    operationId: name,
    parameters: [...parameters(params, 'path'), ...parameters(query, 'query')],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: json(schemaOf(body, 'input')) } }),
    responses: {
      200: {
        description: body === undefined ? 'Done.' : DONE,
        content: json(schemaOf(reply, 'output')),
      },
      ...Object.fromEntries(refusals),
    },
  }
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): readonly object[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: schemaOf(field as z.ZodType, 'output'),
  }))
}

function json(schema: object): object {
  return { 'application/json': { schema } }
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
