/** What an endpoint's answer means for the records that were sent to it. */

import { fromUtf8, JobFailed, type NetAnswer } from '@millrace/engine'

export type Verdict =
  | { readonly kind: 'taken' }
  /** It will not take these records; `reason` is for whoever looks after them. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It may take them later, `afterMs` if it has said when. */
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs?: number | undefined }
  /** It takes no records at all, and only somebody can change that. */
  | { readonly kind: 'closed'; readonly failure: JobFailed }

/** 409 is said while an earlier try of the same request is in work. */
const LATER: readonly number[] = [408, 409, 425, 429]
/** About the endpoint, the way there or who asks; not about the records. */
const CLOSED: readonly number[] = [401, 402, 403, 404, 405, 407, 410]
const BODY_SHOWN_MAX = 300
const AFTER_MS_MAX = 15 * 60_000

export function judge(url: string, answer: NetAnswer, nowMs: number): Verdict {
  const { status, headers } = answer
  if (status >= 200 && status < 300) return { kind: 'taken' }
  const reason = `${url} answered ${status}${bodyText(answer)}`
  if (LATER.includes(status) || status >= 500) {
    return { kind: 'later', reason, afterMs: retryAfterMs(headers.get('retry-after'), nowMs) }
  }
  if (status < 400) {
    const to = headers.get('location')
    const where = to === undefined ? '' : ` It points to "${to.slice(0, BODY_SHOWN_MAX)}".`
    const message = `${reason}${where} Redirects are not followed. Set Url to where records are taken.`
    return { kind: 'closed', failure: new JobFailed({ domain: 'user', retry: false, message }) }
  }
  if (CLOSED.includes(status)) {
    const message = `${reason} It takes no records so. Correct Url and Headers, and start the job again.`
    return { kind: 'closed', failure: new JobFailed({ domain: 'user', retry: false, message }) }
  }
  return { kind: 'refused', reason }
}

/** Ends as a sentence. */
function bodyText({ body }: NetAnswer): string {
  const text = (fromUtf8(body) ?? '').trim().replaceAll(/\s+/g, ' ')
  if (text === '') return '.'
  const cut = text.length > BODY_SHOWN_MAX ? `${text.slice(0, BODY_SHOWN_MAX)}…` : text
  return `: ${cut}${/[.!?…]$/.test(cut) ? '' : '.'}`
}

/** Seconds, or a date. What is too far away is asked earlier. */
function retryAfterMs(written: string | undefined, nowMs: number): number | undefined {
  if (written === undefined) return undefined
  const ms = /^\d+$/.test(written.trim()) ? Number(written) * 1000 : Date.parse(written) - nowMs
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.min(ms, AFTER_MS_MAX))
}
