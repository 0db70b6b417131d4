/** The editor of an expression: CodeMirror with our own words, completion and problems. */

import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { type Diagnostic, setDiagnostics } from '@codemirror/lint'
import { Annotation, Compartment, EditorState } from '@codemirror/state'
import { EditorView, keymap, placeholder as placeholderText } from '@codemirror/view'
import type { Field, Problem } from '@millrace/pipeline'
import { type ReactNode, useEffect, useRef } from 'react'
import type { FieldPath, FormState } from '../inspector/form-context.ts'
import { completeExpression } from './complete-expression.ts'
import { expressionScope } from './expression-scope.ts'
import { highlightExpression } from './highlight-expression.ts'
import './expression-editor.css'

/** From the letter where it began to the one where the caret is. */
export interface SelectedText {
  readonly anchor: number
  readonly head: number
}

interface ExpressionEditorProps {
  readonly id: string
  readonly label: string
  readonly text: string
  readonly form: FormState
  readonly field: Field
  readonly path: FieldPath
  readonly problems: readonly Problem[]
  readonly placeholder: string
  /** If this field has the focus already. */
  readonly selected: { readonly current: SelectedText | undefined }
  readonly required: boolean
  readonly invalid: boolean
  readonly describedBy: string | undefined
  readonly onChange: (text: string) => void
  readonly onDone: () => void
}

/** Marks what comes from the pipeline and not from the keyboard. */
const fromOutside = Annotation.define<boolean>()

export default function ExpressionEditor(props: ExpressionEditorProps): ReactNode {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const current = useRef(props)
  current.current = props
  const attributes = useRef(new Compartment())
  const { text, problems, id, label, describedBy, invalid, selected } = props

  // biome-ignore lint/correctness/useExhaustiveDependencies: one editor for the life of the field
  useEffect(() => {
    if (host.current === null) return undefined
    const made = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: text,
        extensions: extensionsOf(current, attributes.current.of([])),
      }),
    })
    view.current = made
    return () => made.destroy()
  }, [])

  useEffect(() => {
    const editor = view.current
    if (editor === undefined || editor.state.doc.toString() === text) return
    editor.dispatch({
      changes: { from: 0, to: editor.state.doc.length, insert: text },
      annotations: fromOutside.of(true),
    })
  }, [text])

  useEffect(() => {
    if (view.current !== undefined) view.current.contentDOM.ariaInvalid = `${invalid}`
    view.current?.dispatch({
      effects: attributes.current.reconfigure(
        EditorView.contentAttributes.of({
          id,
          'aria-label': label,
          ...(describedBy === undefined ? {} : { 'aria-describedby': describedBy }),
        }),
      ),
    })
  }, [id, label, describedBy, invalid])

  useEffect(() => {
    const editor = view.current
    if (editor === undefined) return
    editor.dispatch(setDiagnostics(editor.state, diagnosticsOf(problems, editor.state.doc.length)))
  }, [problems])

  // The last one, so that all else is in its place.
  useEffect(() => {
    const editor = view.current
    if (editor === undefined || selected.current === undefined) return
    const { anchor, head } = selected.current
    const { length } = editor.state.doc
    editor.focus()
    editor.dispatch({
      selection: { anchor: Math.min(anchor, length), head: Math.min(head, length) },
    })
  }, [selected])

  return (
    <div
      ref={host}
      className="expression input"
      data-required={props.required}
      aria-invalid={invalid}
    />
  )
}

function extensionsOf(
  current: { readonly current: ExpressionEditorProps },
  attributes: ReturnType<Compartment['of']>,
) {
  return [
    EditorView.cspNonce.of(pageNonce()),
    history(),
    closeBrackets(),
    EditorView.lineWrapping,
    highlightExpression,
    placeholderText(current.current.placeholder),
    autocompletion({
      override: [
        (context) => {
          const { form, field, path } = current.current
          return completeExpression(context, expressionScope(form, field, path))
        },
      ],
      icons: false,
      activateOnTyping: true,
    }),
    // Tab goes on to the next field, as in every other one. Undo here undoes letters; the
    // pipeline's own undo takes the whole edit back once the field is left.
    keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
    attributes,
    EditorView.updateListener.of((update) => {
      const outside = update.transactions.some((change) => change.annotation(fromOutside) === true)
      if (update.docChanged && !outside) current.current.onChange(update.state.doc.toString())
    }),
    EditorView.domEventHandlers({
      blur: () => current.current.onDone(),
      keydown: clearBeforeTyping,
    }),
  ]
}

/** Typed over a selection, these are put around it. */
const AROUND = '([{"\''

/**
 * Takes away what is selected before it is typed over. Left to do both, the browser keeps the looks
 * of what stood there in a style of its own, which the Content-Security-Policy refuses.
 */
function clearBeforeTyping(event: KeyboardEvent, view: EditorView): boolean {
  const { key, ctrlKey, metaKey, altKey, isComposing } = event
  const { from, to, empty } = view.state.selection.main
  const types = key.length === 1 && !ctrlKey && !metaKey && !altKey && !isComposing
  if (types && !empty && !AROUND.includes(key)) {
    view.dispatch({ changes: { from, to }, userEvent: 'delete.selection' })
  }
  // The letter itself is the browser's.
  return false
}

/** The host writes it into the page; the browser shows it to scripts as a property only. */
function pageNonce(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')
  return meta?.nonce ?? ''
}

/** The part of the text that each problem means; a problem without one means all of it. */
function diagnosticsOf(problems: readonly Problem[], length: number): Diagnostic[] {
  // Nothing is written yet, so nothing in it can be wrong.
  if (length === 0) return []
  return problems
    .filter(({ code }) => code !== 'missing-field')
    .map(({ span, severity, message }) => {
      const from = Math.min(span?.start ?? 0, length)
      const to = Math.min(Math.max(span?.end ?? length, from), length)
      return { from, to, severity, message }
    })
}
