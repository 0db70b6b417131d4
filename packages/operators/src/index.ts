/** All operators that need no Node: one line each. */

import type { OperatorDefinition } from '@millrace/engine'
import { intervalJoin } from './joins/interval-join.ts'
import { tableJoin } from './joins/table-join.ts'
import { temporalJoin } from './joins/temporal-join.ts'
import { windowJoin } from './joins/window-join.ts'
import { pattern } from './patterns/pattern.ts'
import { inspectSink } from './sinks/inspect-sink.ts'
import { viewSink } from './sinks/view-sink.ts'
import { generatorSource } from './sources/generator-source.ts'
import { nexmarkSource } from './sources/nexmark-source.ts'
import { deduplicate } from './tables/deduplicate.ts'
import { fromChangelog } from './tables/from-changelog.ts'
import { groupAggregate } from './tables/group-aggregate.ts'
import { suppress } from './tables/suppress.ts'
import { toTable } from './tables/to-table.ts'
import { topN } from './tables/top-n.ts'
import { assignTime } from './transforms/assign-time.ts'
import { filter } from './transforms/filter.ts'
import { select } from './transforms/select.ts'
import { split } from './transforms/split.ts'
import { union } from './transforms/union.ts'
import { unnest } from './transforms/unnest.ts'
import { countWindow } from './windows/count-window.ts'
import { cumulateWindow } from './windows/cumulate-window.ts'
import { hoppingWindow } from './windows/hopping-window.ts'
import { sessionWindow } from './windows/session-window.ts'
import { slidingWindow } from './windows/sliding-window.ts'
import { tumblingWindow } from './windows/tumbling-window.ts'

export const operators: readonly OperatorDefinition[] = [
  generatorSource,
  nexmarkSource,
  filter,
  select,
  unnest,
  split,
  union,
  assignTime,
  tumblingWindow,
  hoppingWindow,
  cumulateWindow,
  slidingWindow,
  sessionWindow,
  countWindow,
  windowJoin,
  intervalJoin,
  temporalJoin,
  tableJoin,
  deduplicate,
  groupAggregate,
  topN,
  toTable,
  fromChangelog,
  suppress,
  pattern,
  inspectSink,
  viewSink,
]

export { type ExampleOperator, type ExampleParts, exampleDocument } from './example-document.ts'
export { type InspectedRow, readInspected } from './sinks/inspect-sink.ts'
export { readView, type ViewRow } from './sinks/view-sink.ts'
