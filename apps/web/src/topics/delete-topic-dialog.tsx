/** Removes a topic with all its records, for somebody who has typed its name. */

import type { wire } from '@millrace/pipeline'
import { type ReactNode, useState } from 'react'
import { type Api, messageOf } from '../api/api.ts'
import { Dialog } from '../dialogs/dialog.tsx'
import { bytesText, countText } from '../live/formats.ts'
import { FormRow } from './form-row.tsx'
import { totalsOf } from './topic-figures.ts'
import './topic-forms.css'

interface DeleteTopicDialogProps {
  readonly api: Api
  readonly topic: wire.WireTopic
  readonly uses: readonly wire.TopicUse[]
  readonly onDeleted: () => void
  readonly onClose: () => void
}

export default function DeleteTopicDialog(props: DeleteTopicDialogProps): ReactNode {
  const { api, topic, uses, onDeleted, onClose } = props
  const [typed, setTyped] = useState('')
  const [said, setSaid] = useState<string>()
  const [busy, setBusy] = useState(false)
  const { records, bytes } = totalsOf(topic)
  const running = uses.filter(({ job }) => job !== null)
  const matches = typed === topic.topic
  const remove = async (): Promise<void> => {
    if (!matches || busy) return
    setBusy(true)
    const answer = await api.call('deleteTopic', { params: { topic: topic.topic } })
    setBusy(false)
    if (answer.kind === 'done') onDeleted()
    else setSaid(messageOf(answer))
  }
  return (
    <Dialog title={`Delete ${topic.topic}`} width="narrow" onClose={onClose}>
      <form
        className="topic-form"
        onSubmit={(event) => {
          event.preventDefault()
          void remove()
        }}
      >
        <p>
          {records === 0
            ? 'It holds no records. '
            : `Its ${countText(records)} ${records === 1 ? 'record goes' : 'records go'} with it, ${bytesText(bytes)} on the disk. `}
          Nothing brings it back.
        </p>
        {running.length > 0 ? (
          <p className="form-below" data-error>
            {running.map(({ pipelineName }) => `"${pipelineName}"`).join(', ')}{' '}
            {running.length === 1 ? 'uses' : 'use'} it at this moment and will fail. Stop{' '}
            {running.length === 1 ? 'it' : 'them'} first.
          </p>
        ) : null}
        <FormRow title={`Type ${topic.topic} to delete it`} error={said}>
          {({ id, describedBy, refused }) => (
            <input
              id={id}
              aria-describedby={describedBy}
              aria-invalid={refused}
              className="input mono"
              type="text"
              spellCheck={false}
              autoComplete="off"
              value={typed}
              onChange={({ target }) => setTyped(target.value)}
            />
          )}
        </FormRow>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button danger" disabled={!matches || busy}>
            Delete the topic
          </button>
        </div>
      </form>
    </Dialog>
  )
}
