/** Checks a call of a function against the function's signatures. */

import { didYouMean } from '../problem.ts'
import { ANY, isScalar, type Type } from '../type.ts'
import { AGGREGATES_BY_NAME } from './aggregates/table.ts'
import { conversion } from './cast.ts'
import type { CheckContext } from './check-context.ts'
import { quoted } from './check-context.ts'
import type { FunctionDefinition } from './functions/definition.ts'
import { compileCall, generateCall } from './functions/definition.ts'
import { FUNCTIONS_BY_NAME, type KnownFunction, UNAVAILABLE_FUNCTIONS } from './functions/index.ts'
import { matchSignature, type Signature } from './functions/signature.ts'
import type { CallShape, Node } from './syntax.ts'
import { describe, type Typed } from './typed.ts'

type CallNode = Node & CallShape

/** Where the function is unknown, nothing is said about its arguments. */
export function checkCall(
  node: CallNode,
  check: (arg: Node) => Typed,
  context: CheckContext,
): Typed {
  const known = FUNCTIONS_BY_NAME.get(node.name)
  if (known === undefined) {
    const instead = UNAVAILABLE_FUNCTIONS.get(node.name)
    if (instead !== undefined) {
      return context.refuse(
        'function-not-available',
        node.nameSpan,
        `${node.name} is not available: ${instead}.`,
        node.span,
      )
    }
    const names = [...FUNCTIONS_BY_NAME.keys(), ...AGGREGATES_BY_NAME.keys()]
    const hint = didYouMean(node.name, names)
    const next = hint === '' ? ' The functions are listed in the docs under Expressions.' : ''
    return context.refuse(
      'function-unknown',
      node.nameSpan,
      `There is no function ${shortName(node.name)}.${hint}${next}`,
      node.span,
    )
  }
  const modifier = node.star
    ? '*'
    : node.distinct
      ? 'DISTINCT'
      : node.filter !== undefined
        ? 'FILTER'
        : undefined
  if (modifier !== undefined) {
    return context.refuse(
      'not-an-aggregate',
      node.nameSpan,
      `${node.name} is not an aggregate, so it takes no ${modifier}. Take it out.`,
      node.span,
    )
  }
  return checkArguments(node, known, node.args.map(check), context)
}

function isVolatile({ volatile }: FunctionDefinition, argumentCount: number): boolean {
  return volatile === 'always' || (volatile === 'without-arguments' && argumentCount === 0)
}

function checkArguments(
  node: CallNode,
  known: KnownFunction,
  args: readonly Typed[],
  context: CheckContext,
): Typed {
  const { definition, signatures } = known
  const fitting = signatures.filter(({ argumentsMin, argumentsMax }) => {
    return args.length >= argumentsMin && args.length <= argumentsMax
  })
  if (fitting.length === 0) {
    return context.refuse(
      'argument-count',
      node.nameSpan,
      countRefusal(definition, signatures, args.length),
      node.span,
    )
  }
  if (!context.known(args)) return context.unknown(node)
  const types = args.map((arg, index) =>
    definition.anyArguments === true && index > 0 ? ANY : arg.type,
  )
  let nearest: Misfit | undefined
  for (const signature of fitting) {
    const match = matchSignature(signature, types)
    if ('result' in match) {
      if (definition.check !== undefined && !definition.check(args, context))
        return context.unknown(node)
      const options = {
        metered: definition.weight !== undefined || definition.compile !== undefined,
        volatile: isVolatile(definition, args.length),
        call: definition.name,
        args,
        generate: generateCall(definition, args),
      }
      return context.derived(
        node,
        definition.resultType?.(args) ?? match.result,
        args,
        (compile) => compileCall(definition, args, compile),
        options,
      )
    }
    if (nearest === undefined || match.misfit > nearest.misfit) nearest = match
  }
  const arg = nearest === undefined ? undefined : args[nearest.misfit]
  if (nearest === undefined || arg === undefined) return context.unknown(node)
  return context.refuse(
    'argument-type',
    arg.span,
    typeRefusal(definition, signatures, nearest, arg),
    node.span,
  )
}

/** What the messages need of a function or an aggregate. */
interface Named {
  readonly name: string
  readonly usage?: string
  readonly signatures: readonly string[]
}

interface Misfit {
  readonly misfit: number
  readonly wanted: string
  readonly cast: Type | undefined
}

export function countRefusal(
  definition: Named,
  signatures: readonly Signature[],
  count: number,
): string {
  const counts = new Set<string>()
  for (const { argumentsMin, argumentsMax } of signatures) {
    if (argumentsMax === Number.POSITIVE_INFINITY) counts.add(`at least ${argumentsMin}`)
    else for (let n = argumentsMin; n <= argumentsMax; n++) counts.add(String(n))
  }
  const list = [...counts].join(' or ')
  const noun = list === '1' || list === 'at least 1' ? 'argument' : 'arguments'
  return `${definition.name} takes ${list} ${noun}, but ${count === 0 ? 'none is' : count === 1 ? '1 is' : `${count} are`} given. Write ${usage(definition)}.`
}

export function typeRefusal(
  definition: Named,
  signatures: readonly Signature[],
  { misfit, wanted, cast }: Misfit,
  arg: Typed,
): string {
  const parameters = new Set(signatures.map((signature) => signature.parameters[misfit]?.name))
  const [name] = parameters.size === 1 ? parameters : []
  const number = `Argument ${misfit + 1}${name === undefined ? '' : ` (${name})`}`
  // Where SQL has words between the arguments, their numbers would not say which is meant.
  const place = definition.usage === undefined || name === undefined ? number : `The ${name}`
  const fact = `${place} of ${definition.name} must be ${wanted}, but ${quoted(arg)} is ${describe(arg.type)}.`
  const castable = cast !== undefined && isScalar(cast) && conversion(arg.type, cast) !== undefined
  const next = castable
    ? `Write CAST(${shortName(arg.text)} AS ${cast.kind.toUpperCase()}).`
    : `Write ${usage(definition)}.`
  return `${fact} ${next}`
}

function usage({ usage: written, signatures }: Named): string {
  if (written !== undefined) return written
  const calls = signatures.map((text) => text.replace(/: \S+$/, ''))
  return calls
    .join(' or ')
    .replace(/: [TNC](?=[,)])/g, '')
    .replace(/list<[TNC]>/g, 'list')
}

function shortName(name: string): string {
  return name.length <= 60 ? name : `${name.slice(0, 59)}…`
}
