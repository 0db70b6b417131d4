/** `millrace schema`: the JSON Schema of documents, or the columns on every edge of one. */

import type { OperatorDefinition } from '@millrace/engine'
import {
  type CheckedPipeline,
  columnsText,
  documentJsonSchema,
  problemLine,
  type StreamSchema,
} from '@millrace/pipeline'
import { checkDocument } from '../checked-document.ts'
import { createRegistry } from '../registry.ts'
import { EXIT, type Terminal } from '../terminal.ts'

export async function schema(file: string | undefined, terminal: Terminal): Promise<number> {
  const { stdout, stderr } = terminal
  if (file === undefined) {
    stdout.write(`${JSON.stringify(documentJsonSchema(createRegistry()), null, 2)}\n`)
    return EXIT.ok
  }
  const { problems, checked } = await checkDocument(file, [], terminal)
  for (const problem of problems) stderr.write(`${problemLine(problem)}\n`)
  if (checked === undefined) return EXIT.problems
  stdout.write(edgesText(checked))
  return EXIT.ok
}

function edgesText({ edges, nodes }: CheckedPipeline<OperatorDefinition>): string {
  return edges
    .map(({ from, to }) => {
      // An edge may carry other changes than the port gives: towards most nodes, old rows too.
      const arriving = nodes.get(to.node)?.channels.get(to.port)
      const channel = arriving?.find(
        (one) => one.from.node === from.node && one.from.port === from.port,
      )
      const carried = channel?.schema ?? nodes.get(from.node)?.outputSchemas[from.port]
      const columns = carried === undefined ? '' : `  ${columnsText(carried.columns)}\n`
      const kind = carried === undefined ? '' : ` (${kindText(carried)})`
      return `${from.node}.${from.port} -> ${to.node}.${to.port}${kind}\n${columns}`
    })
    .join('')
}

function kindText({ changes, eventTime, key }: StreamSchema): string {
  const keyed = key === undefined ? '' : ` keyed by ${key.join(', ')}`
  const kind = changes === 'append' ? 'stream' : `table, ${changes}${keyed}`
  return `${kind}, ${eventTime ? 'with' : 'without'} event time`
}
