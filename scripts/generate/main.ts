/**
 * Collects every generated file from the packages and writes or checks them: `main ROOT [--check]`.
 */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { openApiDocument } from '../../apps/runtime/src/server/open-api.ts'
import { connectors } from '../../packages/connectors/src/index.ts'
import { operators } from '../../packages/operators/src/index.ts'
import {
  documentJsonSchema,
  functionsMarkdown,
  type OperatorDescription,
} from '../../packages/pipeline/src/index.ts'
import { stalePaths, writeGenerated } from './generated-files.ts'
import { guaranteeTable, type MeasuredSink, withGuarantees } from './guarantee-table.ts'
import { operatorIndex, operatorPage } from './operator-page.ts'

const OPERATORS_FOLDER = 'docs/operators'
const MEASURED = 'docs/guarantees.json'

const [root, option] = process.argv.slice(2)
if (root === undefined) throw new Error('Name the root of the repository.')

const generated = { files: collect(root), folder: OPERATORS_FOLDER }
if (option === '--check') {
  const stale = stalePaths(root, generated)
  for (const file of stale) process.stdout.write(`${file} is not what the code says.\n`)
  if (stale.length > 0) process.stdout.write('Run "pnpm generate" and read the difference.\n')
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  const written = writeGenerated(root, generated)
  process.stdout.write(`${generated.files.size} generated files, ${written.length} changed.\n`)
  for (const file of written) process.stdout.write(`  ${file}\n`)
}

function collect(root: string): ReadonlyMap<string, string> {
  const all: readonly OperatorDescription[] = [...operators, ...connectors].toSorted((a, b) =>
    a.id < b.id ? -1 : 1,
  )
  const registry = new Map(all.map((operator) => [operator.id, operator]))
  const files = new Map<string, string>()
  for (const operator of all) {
    files.set(`${OPERATORS_FOLDER}/${operator.id}.md`, operatorPage(operator))
  }
  files.set(`${OPERATORS_FOLDER}/README.md`, operatorIndex(all))
  files.set('docs/expressions.md', functionsMarkdown())
  const schema = JSON.stringify(documentJsonSchema(registry), null, 2)
  files.set('docs/millrace-1.schema.json', `${schema}\n`)
  files.set('docs/openapi.json', `${JSON.stringify(openApiDocument(), null, 2)}\n`)
  const measured = JSON.parse(readFileSync(path.join(root, MEASURED), 'utf8')) as MeasuredSink[]
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
  files.set('README.md', withGuarantees(readme, guaranteeTable(measured, all)))
  return files
}
