/**
 * The form of a node, made from the config's schema: whatever an operator declares can be edited
 * here.
 */

import { fieldsOf, oneLine, type Value } from '@millrace/pipeline'
import { Trash2 } from 'lucide-react'
import { type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { SchemaTable } from '../canvas/schema-table.tsx'
import { OperatorIcon } from '../design/operator-icon.tsx'
import type { NodeView } from '../editor/analysis.ts'
import { setConfig, setTitle } from '../editor/commands.ts'
import { useEditorState, useNodeView, useSession, useWorkbench } from '../editor/session.tsx'
import { latePart } from '../parts/late-part.ts'
import { actionById } from '../workbench/page-actions.ts'
import { ConfigField } from './config-field.tsx'
import { FieldProblems } from './field-shell.tsx'
import { isObject } from './field-value.ts'
import { focusOnceThere } from './focus-once-there.ts'
import { type FieldPath, FormContext, type FormInput, type FormState } from './form-context.ts'
import { GuaranteeNote } from './guarantee-note.tsx'
import { InputSides, isOfSide } from './input-sides.tsx'
import { ObjectFields } from './object-fields.tsx'

export function NodeForm({ nodeId }: { readonly nodeId: string }): ReactNode {
  const view = useNodeView(nodeId)
  return view === undefined ? null : <KnownNodeForm view={view} />
}

function KnownNodeForm({ view }: { readonly view: NodeView }): ReactNode {
  const session = useSession()
  const form = useFormState(view)
  const scroll = useRef<HTMLDivElement>(null)
  useWantedField(view.id, scroll)
  const { operator, node } = view
  const fields = operator === undefined ? [] : fieldsOf(operator)
  const loose = view.problems.filter(
    (problem) => !isOfSide(view, problem) && !fields.some(({ name }) => name === problem.path?.[0]),
  )
  return (
    <FormContext value={form}>
      <header className="inspector-head">
        <span className="glyph">
          <OperatorIcon operator={operator} />
        </span>
        <div className="inspector-words">
          <TitleField view={view} />
          <p title={operator?.summary}>
            {node.title === undefined ? operator?.summary : (operator?.title ?? node.operator)}
          </p>
        </div>
        <button
          type="button"
          className="button quiet icon"
          aria-label="Delete the node"
          title="Delete the node"
          onClick={() => void actionById('delete').run(session)}
        >
          <Trash2 size={14} aria-hidden />
        </button>
      </header>
      <div className="inspector-scroll" ref={scroll}>
        {loose.length > 0 ? (
          <div className="loose-problems" data-field="">
            <FieldProblems problems={loose} />
          </div>
        ) : null}
        <Suspense>
          <NodeLetters nodeId={view.id} />
        </Suspense>
        <InputSides view={view} />
        {fields.length === 0 && operator !== undefined ? (
          <p className="empty-state">This operator has nothing to set.</p>
        ) : null}
        <ObjectFields fields={fields} path={[]} value={node.config} />
        <Outputs view={view} />
        <GuaranteeNote view={view} />
        <HowItWorks view={view} />
      </div>
    </FormContext>
  )
}

const NodeLetters = latePart(() => import('../letters/node-letters.tsx'))
const OperatorGuide = latePart(() => import('./operator-guide.tsx'))

/** What the operator does at length, loaded when somebody asks. */
function HowItWorks({ view }: { readonly view: NodeView }): ReactNode {
  const [open, setOpen] = useState(false)
  const { id, operator } = view
  if (operator === undefined) return null
  return (
    <details
      className="how-it-works"
      open={open}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>How it works, with examples</summary>
      {open ? (
        <Suspense>
          <OperatorGuide nodeId={id} operatorId={operator.id} />
        </Suspense>
      ) : null}
    </details>
  )
}

function useFormState(view: NodeView): FormState {
  const { editor } = useSession()
  const edges = useEditorState((state) => state.analysis.edges)
  const { id, operator, problems, node } = view
  return useMemo(() => {
    const inputs = (operator?.inputs ?? []).map((port): FormInput => {
      const edge = [...edges.values()].find(({ to }) => to.node === id && to.port === port)
      return { port, schema: edge?.schema }
    })
    const declared = Object.hasOwn(node.config, 'schema') ? node.config.schema : undefined
    return {
      nodeId: id,
      Field: ConfigField,
      problems,
      fields: operator === undefined ? [] : fieldsOf(operator),
      config: node.config,
      inputs,
      ownColumns: isObject(declared) ? Object.keys(declared) : [],
      set: (path: FieldPath, value: Value | undefined) =>
        editor.change(`Edit ${view.title}`, (pipeline) => setConfig(pipeline, id, path, value), {
          gesture: `field:${id}:${path.join('/')}`,
        }),
      endGesture: () => editor.endGesture(),
    }
  }, [editor, edges, id, operator, problems, node, view.title])
}

function TitleField({ view }: { readonly view: NodeView }): ReactNode {
  const { editor } = useSession()
  const [edits, setEdits] = useState(false)
  const { title = '' } = view.node
  return (
    <input
      className="title-field"
      data-field="title"
      aria-label="Title of the node"
      maxLength={200}
      spellCheck={false}
      placeholder={view.operator?.title ?? view.id}
      value={edits ? title : oneLine(title)}
      onChange={({ target }) =>
        editor.change(
          'Rename',
          (pipeline) => setTitle(pipeline, view.id, target.value.trimStart()),
          { gesture: `title:${view.id}` },
        )
      }
      onFocus={() => setEdits(true)}
      onBlur={() => {
        setEdits(false)
        editor.endGesture()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === 'Escape') event.currentTarget.blur()
      }}
    />
  )
}

/** What leaves the node, by port: the same schemas that stand on its edges. */
function Outputs({ view }: { readonly view: NodeView }): ReactNode {
  const schemas = useEditorState((state) => state.analysis.checked.outputSchemas.get(view.id))
  const shown = view.outputs.filter(({ kind, missing }) => kind === 'data' && !missing)
  if (shown.length === 0) return null
  return (
    <section className="outputs" aria-label="Outputs">
      {shown.map(({ name }) => (
        <details key={name}>
          <summary>{shown.length === 1 ? 'What leaves it' : `What leaves by ${name}`}</summary>
          <div className="schema-box">
            <SchemaTable
              schema={
                schemas !== undefined && Object.hasOwn(schemas, name) ? schemas[name] : undefined
              }
            />
          </div>
        </details>
      ))}
    </section>
  )
}

const FOCUSABLE = 'input, select, textarea, button:not(.field-help), [contenteditable="true"]'

/** Brings the field that was asked for into view: the one itself, or the nearest around it. */
function useWantedField(nodeId: string, scroll: { readonly current: HTMLElement | null }): void {
  const { workbench } = useSession()
  const wanted = useWorkbench((state) => state.wantedField)
  const stopWaiting = useRef<() => void>(undefined)
  useEffect(() => () => stopWaiting.current?.(), [])
  useEffect(() => {
    const panel = scroll.current?.parentElement
    if (wanted === undefined || wanted.nodeId !== nodeId || panel == null) return
    workbench.update({ wantedField: undefined })
    stopWaiting.current?.()
    stopWaiting.current = focusOnceThere(panel, () => leadTo(panel, wanted.path))
  }, [wanted, nodeId, workbench, scroll])
}

/** False while the field has no control yet. */
function leadTo(panel: HTMLElement, path: string): boolean {
  const parts = path === '' ? [] : path.split('/')
  let field: Element | null = null
  for (let count = parts.length; count > 0 && field === null; count--) {
    field = panel.querySelector(`[data-field="${CSS.escape(parts.slice(0, count).join('/'))}"]`)
  }
  field ??= panel.querySelector('.inspector-scroll [data-field]:not([data-field=""])')
  field?.scrollIntoView({ block: 'nearest' })
  const control = field?.matches(FOCUSABLE) === true ? field : field?.querySelector(FOCUSABLE)
  if (control instanceof HTMLElement) control.focus()
  return field === null || control instanceof HTMLElement
}
