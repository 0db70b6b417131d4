/** The JSON Schema of pipeline documents, for editors and other programs. */

import * as z from 'zod'
import type { OperatorDescription, Registry } from '../operator.ts'
import { documentSchema } from './format.ts'
import { FORMAT_VERSION } from './migrate.ts'

interface JsonSchema {
  readonly [keyword: string]: unknown
}

/**
 * JSON Schema 2020-12. It is as strict as shape allows: fields, types, choices, and the config of
 * each operator. What takes more, such as edges and expressions, `checkPipeline` checks. `widget`
 * and `unit` are notes for forms that validators pass over.
 */
export function documentJsonSchema(registry: Registry): object {
  const { $schema, ...document } = toJsonSchema(documentSchema)
  const operators = [...registry.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const properties = document.properties as JsonSchema
  const nodes = properties.nodes as JsonSchema
  const node = nodes.additionalProperties as JsonSchema
  return {
    $schema,
    $id: `urn:millrace:pipeline:${FORMAT_VERSION}`,
    ...document,
    properties: {
      ...properties,
      nodes: { ...nodes, additionalProperties: withOperators(node, operators) },
    },
    $defs: Object.fromEntries(operators.map((operator) => [operator.id, configSchema(operator)])),
  }
}

function withOperators(node: JsonSchema, operators: readonly OperatorDescription[]): JsonSchema {
  const properties = node.properties as JsonSchema
  return {
    ...node,
    properties: {
      ...properties,
      operator: {
        ...(properties.operator as JsonSchema),
        oneOf: operators.map(({ id, title, summary }) => {
          return { const: id, title, description: summary }
        }),
      },
    },
    allOf: operators.map((operator) => ({
      if: { properties: { operator: { const: operator.id } }, required: ['operator'] },
      // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema.
      then: {
        properties: { config: { $ref: `#/$defs/${operator.id}` } },
        ...(needsConfig(operator) ? { required: ['config'] } : {}),
      },
    })),
  }
}

function configSchema({ config, title, summary }: OperatorDescription): JsonSchema {
  const { $schema, ...schema } = toJsonSchema(config)
  return { title, description: summary, ...schema }
}

/** A node may leave out its config if the operator can do with an empty one. */
function needsConfig({ config }: OperatorDescription): boolean {
  return !config.safeParse({}).success
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' }) as JsonSchema
}
