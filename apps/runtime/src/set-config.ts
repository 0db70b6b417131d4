/** Applies `--set node.field=value` to a pipeline before it is checked. */

import {
  didYouMean,
  isJsonObject,
  type JsonObject,
  type Pipeline,
  type Problem,
  type Value,
} from '@millrace/pipeline'

export interface Setting {
  readonly node: string
  /** At least one name. */
  readonly path: readonly string[]
  readonly value: Value
}

/** The setting, or why the text is none. */
export function parseSetting(text: string): Setting | { readonly message: string } {
  const match = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(text)
  if (match === null) {
    const message =
      `"${text}" is not a setting. Write node.field=value, for instance ` +
      '--set clicks.path=other.jsonl.'
    return { message }
  }
  const [, node = '', field = '', written = ''] = match
  const path = field.split('.')
  if (path.includes('')) {
    return { message: `"${field}" in --set "${text}" has an empty part. Write names between dots.` }
  }
  return { node, path, value: parseValue(written) }
}

/** JSON where it is JSON, else the text as it stands: `5`, `true`, `["a"]`, `10s`, `out.jsonl`. */
function parseValue(text: string): Value {
  try {
    return JSON.parse(text) as Value
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}

/**
 * A node that is not there is a problem; a field that is not there is found when the pipeline is
 * checked.
 */
export function applySettings(
  pipeline: Pipeline,
  settings: readonly Setting[],
): { readonly pipeline: Pipeline; readonly problems: readonly Problem[] } {
  const nodes = new Map(pipeline.nodes)
  const problems: Problem[] = []
  for (const { node: id, path, value } of settings) {
    const node = nodes.get(id)
    if (node === undefined) {
      const known = [...nodes.keys()].sort()
      const listed = known.map((name) => `"${name}"`).join(', ')
      const advice = didYouMean(id, known) || ` Its nodes are ${listed}.`
      const message = `--set names node "${id}", and the pipeline has none with this id.${advice}`
      problems.push({ code: 'set-unknown-node', severity: 'error', message })
      continue
    }
    nodes.set(id, { ...node, config: withValue(node.config, path, value) })
  }
  return { pipeline: { ...pipeline, nodes }, problems }
}

/** What is meant as text and read as JSON needs quotes, which nothing else says. */
export function withAdvice(problem: Problem, settings: readonly Setting[]): Problem {
  const { code, nodeId, path } = problem
  if (code !== 'wrong-type' || path === undefined) return problem
  const place = [nodeId, ...path].join('.')
  const meant = settings.findLast(({ node, path: own, value }) => {
    return [node, ...own].join('.') === place && !['string', 'object'].includes(typeof value)
  })
  if (meant === undefined || !problem.message.includes('must be text')) return problem
  const written = `--set '${place}="${String(meant.value)}"'`
  return { ...problem, message: `${problem.message} As text it is ${written}.` }
}

function withValue(object: JsonObject, path: readonly string[], value: Value): JsonObject {
  const [name = '', ...rest] = path
  const inner = Object.hasOwn(object, name) ? (object[name] ?? null) : null
  const next = rest.length === 0 ? value : withValue(isJsonObject(inner) ? inner : {}, rest, value)
  // Entries, so that a field named __proto__ is a field and no prototype.
  const entries = Object.entries(object).filter(([known]) => known !== name)
  const index = Object.keys(object).indexOf(name)
  entries.splice(index < 0 ? entries.length : index, 0, [name, next])
  return Object.fromEntries(entries)
}
