/** What `--allow-net` says, from the command line to the engine hosts. */

import { type Env, NetFailure } from '@millrace/engine'
import { parseNetRule } from './net-rules.ts'
import { createNodeNet } from './node-net.ts'

/** In the environment of engine hosts. */
const VARIABLE = 'MILLRACE_ALLOW_NET'

/** The first that cannot be read; undefined where all can. */
export function refuseNetRules(texts: readonly string[]): string | undefined {
  const read = texts.map(parseNetRule).find((rule) => 'message' in rule)
  return read !== undefined && 'message' in read ? read.message : undefined
}

export function netVariables(texts: readonly string[]): Readonly<Record<string, string>> {
  return { [VARIABLE]: texts.join(',') }
}

/** The rules must be readable. */
export function createAllowedNet(texts: readonly string[]): NonNullable<Env['net']> {
  return createNodeNet(
    texts.map((text) => {
      const rule = parseNetRule(text)
      if ('message' in rule) throw new NetFailure('not-allowed', rule.message)
      return rule
    }),
  )
}

/** In an engine host. */
export function netOfVariables(): NonNullable<Env['net']> {
  return createAllowedNet((process.env[VARIABLE] ?? '').split(',').filter((text) => text !== ''))
}
