/** Finds records that follow each other as a pattern says. */

import { defineOperator, process } from '@millrace/engine'
import { PATTERN_PORTS } from './match-results.ts'
import { checkPattern } from './pattern-check.ts'
import { patternConfig } from './pattern-config.ts'
import { patternDetails } from './pattern-details.ts'
import { patternExamples } from './pattern-examples.ts'
import { PatternMatcher } from './pattern-matcher.ts'

export const pattern = defineOperator({
  id: 'pattern',
  category: 'pattern',
  title: 'Pattern',
  icon: 'waypoints',
  summary: 'Finds records of a key that follow each other as a pattern of stages says.',
  details: patternDetails,
  config: patternConfig,
  inputs: ['in'],
  outputs: PATTERN_PORTS,
  outputSchemas: (config, { in: input }, plan) => checkPattern(config, input, plan),
  run: (config, inputs, context) =>
    process(
      inputs,
      context,
      { ports: PATTERN_PORTS, onError: config.onError },
      (emit) => new PatternMatcher(config, context, emit),
    ),
  examples: patternExamples,
})
