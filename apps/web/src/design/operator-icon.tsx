/** The glyph of an operator: by the name its definition gives, or by its category. */

import type { Category, OperatorDescription } from '@millrace/pipeline'
import {
  Activity,
  AlarmClock,
  ArrowRightFromLine,
  ArrowRightToLine,
  Box,
  Braces,
  ChartNoAxesColumn,
  Columns3,
  Combine,
  Copy,
  Cpu,
  Database,
  Dices,
  Eye,
  File,
  FileInput,
  FileOutput,
  Funnel,
  Gavel,
  Globe,
  Grid2x2,
  Hash,
  Hourglass,
  Layers,
  Library,
  ListFilter,
  ListTree,
  type LucideIcon,
  Merge,
  Package,
  Pause,
  Radio,
  Rows3,
  Search,
  Shuffle,
  Split,
  SquareStack,
  Table,
  Timer,
  Trophy,
  Waypoints,
  Webhook,
} from 'lucide-react'
import type { ReactNode } from 'react'

const BY_NAME: ReadonlyMap<string, LucideIcon> = new Map([
  ['activity', Activity],
  ['box', Box],
  ['braces', Braces],
  ['chart', ChartNoAxesColumn],
  ['clock', AlarmClock],
  ['columns', Columns3],
  ['copy', Copy],
  ['cpu', Cpu],
  ['database', Database],
  ['dataset', Database],
  ['deduplicate', Layers],
  ['dices', Dices],
  ['eye', Eye],
  ['file', File],
  ['file-input', FileInput],
  ['file-output', FileOutput],
  ['filter', Funnel],
  ['funnel', Funnel],
  ['gavel', Gavel],
  ['generator', Shuffle],
  ['git-merge', Merge],
  ['globe', Globe],
  ['hash', Hash],
  ['hopping', SquareStack],
  ['hourglass', Hourglass],
  ['inspect', Search],
  ['join', Combine],
  ['layers', Layers],
  ['library', Library],
  ['list', ListTree],
  ['list-filter', ListFilter],
  ['merge', Merge],
  ['package', Package],
  ['pause', Pause],
  ['radio', Radio],
  ['rows', Rows3],
  ['search', Search],
  ['session', Activity],
  ['shuffle', Shuffle],
  ['split', Split],
  ['table', Table],
  ['timer', Timer],
  ['trophy', Trophy],
  ['union', Merge],
  ['unnest', ListTree],
  ['webhook', Webhook],
  ['window', Grid2x2],
  ['windows', SquareStack],
])

const BY_CATEGORY: Readonly<Record<Category, LucideIcon>> = {
  source: ArrowRightToLine,
  transform: Columns3,
  window: Grid2x2,
  join: Combine,
  table: Table,
  pattern: Waypoints,
  sink: ArrowRightFromLine,
}

export function OperatorIcon(props: {
  readonly operator: Pick<OperatorDescription, 'icon' | 'category'> | undefined
  readonly size?: number
}): ReactNode {
  const { operator, size = 15 } = props
  const Icon =
    operator === undefined
      ? Package
      : (BY_NAME.get(operator.icon) ?? BY_CATEGORY[operator.category])
  return <Icon size={size} strokeWidth={1.7} aria-hidden />
}
