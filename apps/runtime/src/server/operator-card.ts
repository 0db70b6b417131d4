/** What the API says of an operator: everything but how it runs. */

import type { OperatorDescription } from '@millrace/pipeline'
import * as z from 'zod'

export function operatorCard(operator: OperatorDescription): Record<string, unknown> {
  const {
    id,
    category,
    title,
    icon,
    summary,
    details,
    inputs,
    outputs,
    manyInput,
    examples,
    guarantee,
  } = operator
  const config = z.toJSONSchema(operator.config, { io: 'input', unrepresentable: 'any' })
  return {
    ...{ id, category, title, icon, summary, config, inputs, outputs, examples },
    ...(details === undefined ? {} : { details }),
    ...(guarantee === undefined ? {} : { guarantee }),
    ...(manyInput === undefined ? {} : { manyInput }),
  }
}
