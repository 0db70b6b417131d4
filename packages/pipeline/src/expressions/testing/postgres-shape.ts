/** PostgreSQL's parse tree of an expression as text in full parentheses, to compare with ours. */

import type { Node } from '../syntax.ts'

/**
 * A part of the tree that libpg-query returns: an object with one property, named for what it is.
 */
type Part = { readonly [name: string]: unknown }

const NAMES: Readonly<Record<string, string>> = {
  AEXPR_LIKE: 'LIKE',
  AEXPR_BETWEEN: 'BETWEEN',
  AEXPR_NOT_BETWEEN: 'NOT BETWEEN',
  AEXPR_BETWEEN_SYM: 'BETWEEN SYMMETRIC',
  AEXPR_NOT_BETWEEN_SYM: 'NOT BETWEEN SYMMETRIC',
  AEXPR_DISTINCT: 'IS DISTINCT FROM',
  AEXPR_NOT_DISTINCT: 'IS NOT DISTINCT FROM',
  AEXPR_IN: 'IN',
  AEXPR_SIMILAR: 'SIMILAR TO',
}

export function postgresShape(part: unknown): string {
  const [entry] = Object.entries(part as Part)
  if (entry === undefined) return '?'
  const [kind, value] = entry as [string, Part]
  switch (kind) {
    case 'ColumnRef':
      return parts(value.fields)
        .map((field) => textOf(field))
        .join('.')
    case 'A_Const':
      return constant(value)
    case 'BoolExpr':
      return boolean(value)
    case 'NullTest':
      return `(${postgresShape(value.arg)} ${value.nulltesttype === 'IS_NULL' ? 'IS NULL' : 'IS NOT NULL'})`
    case 'BooleanTest':
      return `(${postgresShape(value.arg)} ${String(value.booltesttype).replaceAll('_', ' ')})`
    case 'A_Expr':
      return operator(value)
    case 'CaseExpr':
      return caseShape(value)
    case 'RowExpr':
      return `ROW(${parts(value.args).map(postgresShape).join(', ')})`
    case 'FuncCall':
      return `${textOf(parts(value.funcname).at(-1))}(${parts(value.args).map(postgresShape).join(', ')})`
    case 'CoalesceExpr':
      return `coalesce(${parts(value.args).map(postgresShape).join(', ')})`
    default:
      return kind
  }
}

function operator(value: Part): string {
  const kind = String(value.kind)
  const sign = textOf(parts(value.name)[0])
  const right = value.rexpr
  const left = value.lexpr === undefined ? '' : postgresShape(value.lexpr)
  if (kind === 'AEXPR_NULLIF') return `nullif(${left}, ${postgresShape(right)})`
  if (kind === 'AEXPR_OP')
    return left === ''
      ? signed(sign, postgresShape(right))
      : `(${left} ${sign} ${postgresShape(right)})`
  const negated =
    sign === '!~~' ||
    (kind === 'AEXPR_IN' && sign === '<>') ||
    (kind === 'AEXPR_SIMILAR' && sign === '!~')
  const name = `${negated ? 'NOT ' : ''}${NAMES[kind] ?? kind}`
  const list = (right as { List?: { items?: unknown } }).List
  const operands = list === undefined ? [right] : parts(list.items)
  return `(${[left, ...operands.map(patternShape)].join(` ${name} `)})`
}

/** A pattern stands in a call with its escape character. */
function patternShape(part: unknown): string {
  const call = (part as { FuncCall?: Part }).FuncCall
  if (call === undefined || !/escape$/.test(textOf(parts(call.funcname).at(-1))))
    return postgresShape(part)
  return parts(call.args).map(postgresShape).join(' ESCAPE ')
}

/** PostgreSQL makes one constant of a minus and a number later; we make it while reading. */
function signed(sign: string, operand: string): string {
  return sign === '-' && /^[0-9.]+$/.test(operand) ? `-${operand}` : `(${sign} ${operand})`
}

function boolean(value: Part): string {
  const [first = '', ...others] = parts(value.args).map(postgresShape)
  if (value.boolop === 'NOT_EXPR') return `(NOT ${first})`
  const word = value.boolop === 'AND_EXPR' ? 'AND' : 'OR'
  return others.reduce((left, right) => `(${left} ${word} ${right})`, first)
}

function caseShape(value: Part): string {
  const branches = parts(value.args).map((part) => {
    const branch = (part as { CaseWhen: Part }).CaseWhen
    return `WHEN ${postgresShape(branch.expr)} THEN ${postgresShape(branch.result)}`
  })
  const operand = value.arg === undefined ? '' : ` ${postgresShape(value.arg)}`
  const otherwise = value.defresult === undefined ? '' : ` ELSE ${postgresShape(value.defresult)}`
  return `CASE${operand} ${branches.join(' ')}${otherwise} END`
}

function constant(value: Part): string {
  if (value.isnull === true) return 'NULL'
  if ('ival' in value) return String((value.ival as { ival?: number }).ival ?? 0)
  if ('fval' in value) return String(Number((value.fval as { fval?: string }).fval))
  if ('boolval' in value)
    return String((value.boolval as { boolval?: boolean }).boolval ?? false).toUpperCase()
  return `'${(value.sval as { sval?: string }).sval ?? ''}'`
}

function parts(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? list : []
}

function textOf(part: unknown): string {
  return (part as { String?: { sval?: string } } | undefined)?.String?.sval ?? ''
}

export function ourShape(node: Node): string {
  switch (node.kind) {
    case 'name':
      return node.quoted ? node.name : node.name.toLowerCase()
    case 'field':
      return `${ourShape(node.of)}.${node.name.toLowerCase()}`
    case 'literal':
      return typeof node.value === 'string' ? `'${node.value}'` : String(node.value).toUpperCase()
    case 'row':
      return `ROW(${node.items.map(ourShape).join(', ')})`
    case 'call':
      return `${node.name.toLowerCase()}(${node.args.map(ourShape).join(', ')})`
    case 'case': {
      const branches = node.branches.map(
        ({ when, result }) => `WHEN ${when.map(ourShape).join(', ')} THEN ${ourShape(result)}`,
      )
      const operand = node.operand === undefined ? '' : ` ${ourShape(node.operand)}`
      const otherwise = node.otherwise === undefined ? '' : ` ELSE ${ourShape(node.otherwise)}`
      return `CASE${operand} ${branches.join(' ')}${otherwise} END`
    }
    case 'operator': {
      const [first = '', ...others] = node.operands.map(ourShape)
      if (node.operator === 'negate' || node.operator === 'plus')
        return `(${node.operator === 'negate' ? '-' : '+'} ${first})`
      if (node.operator === 'NOT') return `(NOT ${first})`
      if (others.length === 0) return `(${first} ${node.operator})`
      if (node.operator === 'AND' || node.operator === 'OR' || node.operator === '||') {
        return others.reduce((left, right) => `(${left} ${node.operator} ${right})`, first)
      }
      if (/LIKE|SIMILAR/.test(node.operator)) {
        return `(${first} ${node.operator} ${others.join(' ESCAPE ')})`
      }
      return `(${[first, ...others].join(` ${node.operator} `)})`
    }
    default:
      return node.kind
  }
}
