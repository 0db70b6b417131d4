/** Which check each operator has. */

import type { CheckContext } from '../check-context.ts'
import type { Node, Operator, OperatorShape } from '../syntax.ts'
import type { Typed } from '../typed.ts'
import { checkArithmetic, checkSign } from './arithmetic.ts'
import { checkBetween, checkComparison, checkIn, checkOverlaps } from './comparison.ts'
import { checkIs, checkLogic, checkNot } from './logic.ts'
import { checkConcatenation, checkIsJson, checkLike, checkSimilar } from './text.ts'

type Check = (
  node: Node & OperatorShape,
  operands: readonly Typed[],
  context: CheckContext,
) => Typed

const CHECKS: Readonly<Record<Operator, Check>> = {
  AND: checkLogic,
  OR: checkLogic,
  NOT: checkNot,
  '=': checkComparison,
  '<>': checkComparison,
  '<': checkComparison,
  '<=': checkComparison,
  '>': checkComparison,
  '>=': checkComparison,
  '+': checkArithmetic,
  '-': checkArithmetic,
  '*': checkArithmetic,
  '/': checkArithmetic,
  '%': checkArithmetic,
  '||': checkConcatenation,
  negate: checkSign,
  plus: checkSign,
  'IS NULL': checkIs,
  'IS NOT NULL': checkIs,
  'IS TRUE': checkIs,
  'IS NOT TRUE': checkIs,
  'IS FALSE': checkIs,
  'IS NOT FALSE': checkIs,
  'IS UNKNOWN': checkIs,
  'IS NOT UNKNOWN': checkIs,
  'IS DISTINCT FROM': checkComparison,
  'IS NOT DISTINCT FROM': checkComparison,
  'IS JSON': checkIsJson,
  'IS NOT JSON': checkIsJson,
  BETWEEN: checkBetween,
  'NOT BETWEEN': checkBetween,
  'BETWEEN SYMMETRIC': checkBetween,
  'NOT BETWEEN SYMMETRIC': checkBetween,
  IN: checkIn,
  'NOT IN': checkIn,
  LIKE: checkLike,
  'NOT LIKE': checkLike,
  'SIMILAR TO': checkSimilar,
  'NOT SIMILAR TO': checkSimilar,
  OVERLAPS: checkOverlaps,
}

export function checkOperator(
  node: Node & OperatorShape,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  return CHECKS[node.operator](node, operands, context)
}
