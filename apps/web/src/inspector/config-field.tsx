/** Chooses the control of a field by its widget, and else by its shape: every config has a form. */

import { type FieldSchema, propertiesOf, titleOf } from '@millrace/pipeline'
import { type ReactNode, Suspense } from 'react'
import { latePart } from '../parts/late-part.ts'
import { FieldShell } from './field-shell.tsx'
import type { ConfigFieldProps } from './form-context.ts'
import { ObjectFields } from './object-fields.tsx'
import { ColumnField, ColumnsField } from './widgets/column-fields.tsx'
import { EntriesField } from './widgets/entries-field.tsx'
import { ExpressionField } from './widgets/expression-field.tsx'
import {
  ChoiceField,
  NumberField,
  SwitchField,
  TextField,
  TimeZoneField,
} from './widgets/scalar-fields.tsx'
import { TypeField } from './widgets/type-field.tsx'
import { UnionField } from './widgets/union-field.tsx'

type Control = (props: ConfigFieldProps) => ReactNode

const BY_WIDGET: ReadonlyMap<string, Control> = new Map<string, Control>([
  ['after-match', late(() => import('./pattern/after-match-field.tsx'))],
  ['aggregate', ExpressionField],
  ['aggregates', EntriesField],
  ['choice', ChoiceField],
  ['column', ColumnField],
  ['columns', ColumnsField],
  ['duration', TextField],
  ['entries', EntriesField],
  ['expression', ExpressionField],
  ['expressions', EntriesField],
  ['hook-path', late(() => import('./widgets/hook-path-field.tsx'))],
  ['number', NumberField],
  ['path', late(() => import('./widgets/path-field.tsx'))],
  ['pattern-stages', late(() => import('./pattern/stages-field.tsx'))],
  ['rows', late(() => import('./widgets/rows-field.tsx'))],
  ['schema', EntriesField],
  ['stage-name', late(() => import('./pattern/stage-name-field.tsx'))],
  ['switch', SwitchField],
  ['time-zone', TimeZoneField],
  ['times', late(() => import('./pattern/times-field.tsx'))],
  ['topic', late(() => import('./widgets/topic-field.tsx'))],
  ['type', TypeField],
])

const AnyField = late(() => import('./widgets/any-field.tsx'))
const ListField = late(() => import('./widgets/list-field.tsx'))

/** A control that few operators have is loaded with the first form that shows it. */
function late(load: () => Promise<{ readonly default: Control }>): Control {
  const Loaded = latePart(load)
  return (props) => (
    <Suspense fallback={<Waiting {...props} />}>
      <Loaded {...props} />
    </Suspense>
  )
}

function Waiting({ field, path }: ConfigFieldProps): ReactNode {
  return (
    <div className="field" data-field={path.join('/')}>
      <span className="field-label">{titleOf(field.name, field.schema)}</span>
    </div>
  )
}

export function ConfigField(props: ConfigFieldProps): ReactNode {
  const { schema } = props.field
  const Chosen = BY_WIDGET.get(schema.widget ?? '') ?? byShape(schema)
  return <Chosen {...props} />
}

/** For fields without a widget of that name, so that an operator may have one that is new. */
function byShape(schema: FieldSchema): Control {
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) return UnionField
  if (schema.enum !== undefined || schema.const !== undefined) return ChoiceField
  if (schema.properties !== undefined) return GroupField
  switch (schema.type) {
    case 'string':
      return TextField
    case 'number':
    case 'integer':
      return NumberField
    case 'boolean':
      return SwitchField
    case 'array':
      return ListField
    case 'object':
      return typeof schema.additionalProperties === 'object' ? EntriesField : AnyField
    default:
      return AnyField
  }
}

/** An object with fields of its own. */
function GroupField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { name, schema } = field
  return (
    <FieldShell
      title={titleOf(name, schema)}
      path={path}
      hint={schema.description}
      reach="exact"
      group
    >
      {() => (
        <div className="field-group">
          <ObjectFields fields={propertiesOf(schema)} path={path} value={value} />
        </div>
      )}
    </FieldShell>
  )
}
