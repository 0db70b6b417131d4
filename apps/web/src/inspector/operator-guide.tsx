/** How an operator works and what it makes of examples, as the server's API tells it. */

import { type ExampleParts, exampleDocument } from '@millrace/operators'
import type { JsonObject, Value } from '@millrace/pipeline'
import { type ReactNode, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { messageOf } from '../api/api.ts'
import { setConfig } from '../editor/commands.ts'
import { useSession } from '../editor/session.tsx'
import { isObject, ownValueOf } from './field-value.ts'
import './operator-guide.css'

interface GuideProps {
  readonly nodeId: string
  readonly operatorId: string
}

export default function OperatorGuide({ nodeId, operatorId }: GuideProps): ReactNode {
  const guide = useGuide(operatorId)
  if (guide === undefined) return <p className="field-hint">Asking the server…</p>
  if (typeof guide === 'string') return <p className="field-hint">{guide}</p>
  const details = ownValueOf(guide, 'details')
  const examples = ownValueOf(guide, 'examples')
  return (
    <div className="guide">
      <p>{textOf(ownValueOf(guide, 'summary'))}</p>
      {typeof details === 'string'
        ? details.split('\n\n').map((text) => <Paragraph key={text} text={text} />)
        : null}
      {listOf(examples).map((example) => (
        <GuideExample
          key={textOf(ownValueOf(example, 'title'))}
          nodeId={nodeId}
          operator={guide}
          example={example}
        />
      ))}
    </div>
  )
}

/** Undefined until it has come; a text is the reason why it has not. */
function useGuide(operatorId: string): JsonObject | string | undefined {
  const { api } = useSession()
  const [guide, setGuide] = useState<JsonObject | string>()
  useEffect(() => {
    let gone = false
    void api.call('listOperators', {}).then((answer) => {
      if (gone) return
      if (answer.kind !== 'done') {
        setGuide(messageOf(answer))
        return
      }
      const found = (answer.reply as readonly JsonObject[]).find(({ id }) => id === operatorId)
      setGuide(found ?? `The server does not know "${operatorId}".`)
    })
    return () => {
      gone = true
    }
  }, [api, operatorId])
  return guide
}

/** Words in backquotes are code, and those between two stars stand out. */
function Paragraph({ text }: { readonly text: string }): ReactNode {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*)/)
  return (
    <p>
      {parts.map((part, index) => {
        const key = `${index} ${part}`
        if (part.startsWith('`')) return <code key={key}>{part.slice(1, -1)}</code>
        if (part.startsWith('**')) return <strong key={key}>{part.slice(2, -2)}</strong>
        return part
      })}
    </p>
  )
}

interface GuideExampleProps {
  readonly nodeId: string
  readonly operator: JsonObject
  readonly example: Value
}

function GuideExample({ nodeId, operator, example }: GuideExampleProps): ReactNode {
  const { editor, workbench } = useSession()
  const config = ownValueOf(example, 'config')
  const title = textOf(ownValueOf(example, 'title'))
  const take = (): void => {
    editor.endGesture()
    editor.change('Take the config of an example', (pipeline) =>
      setConfig(pipeline, nodeId, [], config ?? {}),
    )
    workbench.announce(`The node is set as in the example "${title}".`)
  }
  return (
    <section className="guide-example" aria-label={`Example: ${title}`}>
      <h4>{title}</h4>
      <pre className="mono">{JSON.stringify(config, null, 2)}</pre>
      <p className="guide-ways">
        <button type="button" className="button" onClick={take}>
          Set the node so
        </button>
        <OpenExample operator={operator} example={example} />
      </p>
      <Streams title="In" streams={ownValueOf(example, 'inputs')} />
      <Streams title="Out" streams={ownValueOf(example, 'outputs')} />
    </section>
  )
}

/** Nothing where no source can say what the example does. */
function OpenExample(props: { readonly operator: JsonObject; readonly example: Value }): ReactNode {
  const { api, workbench } = useSession()
  const [, navigate] = useLocation()
  const [opening, setOpening] = useState(false)
  const { operator, example } = props
  const outputs = listOf(ownValueOf(operator, 'outputs')).map(textOf)
  const document = exampleDocument(
    { id: textOf(operator.id), title: textOf(operator.title), outputs },
    example as unknown as ExampleParts,
  )
  if (document === undefined) return null
  const open = async (): Promise<void> => {
    setOpening(true)
    const answer = await api.call('createPipeline', { body: { document } })
    setOpening(false)
    if (answer.kind === 'done') navigate(`/pipelines/${answer.reply.id}`)
    else workbench.notify({ kind: 'refused', title: messageOf(answer) })
  }
  return (
    <button type="button" className="button" disabled={opening} onClick={() => void open()}>
      Open as a pipeline
    </button>
  )
}

function Streams(props: {
  readonly title: string
  readonly streams: Value | undefined
}): ReactNode {
  const { title, streams } = props
  const ports = Object.entries(isObject(streams) ? streams : {})
  return ports.flatMap(([port, value]) => {
    const several = Array.isArray(value) && value.some((part) => ownValueOf(part, 'schema'))
    return (several ? listOf(value) : [value]).map((stream, index) => {
      const elements = Array.isArray(stream) ? stream : listOf(ownValueOf(stream, 'elements'))
      const word = port === 'in' || port === 'out' ? title : `${title}, ${port}`
      // biome-ignore lint/suspicious/noArrayIndexKey: edges to one port have no other name
      return <Elements key={`${port} ${index}`} title={word} elements={elements} />
    })
  })
}

function Elements(props: {
  readonly title: string
  readonly elements: readonly Value[]
}): ReactNode {
  const { title, elements } = props
  const columns = new Set(elements.flatMap((each) => namesOf(ownValueOf(each, 'row'))))
  const changes = elements.some((each) => ownValueOf(each, 'change') !== undefined)
  const timed = elements.some((each) => ownValueOf(each, 'at') !== undefined)
  return (
    <div className="guide-rows">
      <table className="mono">
        <caption>{title}</caption>
        <thead>
          <tr>
            {timed ? <th scope="col">time</th> : null}
            {changes ? <th scope="col">change</th> : null}
            {[...columns].map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {elements.map((element, index) => (
            // Rows may be equal, and are never moved.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <tr key={index}>
              <Row element={element} columns={[...columns]} timed={timed} changes={changes} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Row(props: {
  readonly element: Value
  readonly columns: readonly string[]
  readonly timed: boolean
  readonly changes: boolean
}): ReactNode {
  const { element, columns, timed, changes } = props
  const watermark = ownValueOf(element, 'watermark')
  if (watermark !== undefined) {
    const span = columns.length + (timed ? 1 : 0) + (changes ? 1 : 0)
    return (
      <td className="guide-watermark" colSpan={span}>
        watermark {timeText(watermark)}
      </td>
    )
  }
  const row = ownValueOf(element, 'row')
  return (
    <>
      {timed ? <td>{timeText(ownValueOf(element, 'at'))}</td> : null}
      {changes ? <td>{textOf(ownValueOf(element, 'change') ?? '+I')}</td> : null}
      {columns.map((column) => (
        <td key={column}>{textOf(ownValueOf(row, column))}</td>
      ))}
    </>
  )
}

/** Examples are of one day, or of milliseconds since the epoch. */
function timeText(time: Value | undefined): string {
  const text = textOf(time)
  return /^\d{4}-\d{2}-\d{2}T/.test(text) ? text.slice(11).replace(/(?:\.000)?Z$/, '') : text
}

function textOf(value: Value | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function namesOf(value: Value | undefined): readonly string[] {
  return isObject(value) ? Object.keys(value) : []
}

function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : []
}
