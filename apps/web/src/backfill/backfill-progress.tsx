/** How far a backfill is, and what can be done with it. */

import type { wire } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { type Session, useSession } from '../editor/session.tsx'
import { countText, watermarkText } from '../live/formats.ts'
import { cancelBackfill, switchBackfill } from './backfill-acts.ts'
import { lettersText, remainingText, shareOf } from './backfill-words.ts'
import './backfill.css'

interface Props {
  readonly backfill: wire.BackfillStatus
  /** It is to be asked for at once. */
  readonly refresh: () => void
}

export function BackfillProgress({ backfill, refresh }: Props): ReactNode {
  const session = useSession()
  const { records, recordsBehind, caughtUp, automatic, state, deadLetters } = backfill
  const share = shareOf(backfill)
  const switching = state === 'switching'
  const act = async (work: (of: Session) => Promise<void>): Promise<void> => {
    const done = work(session)
    refresh()
    await done
    refresh()
  }
  return (
    <div className="backfill-progress">
      <progress max={1} value={share} aria-label="Old records that have been read" />
      <p>{remainingText(backfill)}</p>
      <dl className="backfill-figures">
        <dt>Read</dt>
        <dd>{countText(records)} records</dd>
        <dt>Left, up to the last checkpoint of the job</dt>
        <dd>{countText(recordsBehind)} records</dd>
        <dt>Watermark</dt>
        <dd>{watermarkText(backfill.watermark)}</dd>
        <dt>Watermark of the job</dt>
        <dd>{watermarkText(backfill.liveWatermark)}</dd>
      </dl>
      {deadLetters > 0 ? <p className="backfill-note">{lettersText(deadLetters)}</p> : null}
      <p className="backfill-note">
        {automatic
          ? 'It is switched by itself when it has caught up.'
          : 'It is switched when you say so.'}{' '}
        Until then the job goes on as it is.
      </p>
      <div className="dialog-actions">
        <button
          type="button"
          className="button"
          disabled={switching}
          onClick={() => void act(cancelBackfill)}
        >
          Cancel the backfill
        </button>
        <button
          type="button"
          className="button primary"
          disabled={!caughtUp || switching}
          title={caughtUp ? 'Version and job change places' : 'It has not caught up yet'}
          onClick={() => void act(switchBackfill)}
        >
          {switching ? 'Switching' : 'Switch now'}
        </button>
      </div>
    </div>
  )
}
