/**
 * Who may talk to the server. It listens on this machine only, but a page from anywhere can make a
 * browser here send requests to it, or give its own host name this machine's address. So the host
 * name that was asked for must be one of ours, and a page that asks must itself come from here.
 */

import type { IncomingHttpHeaders } from 'node:http'

const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]']

export interface CallerRefusal {
  readonly code: 'host-not-allowed' | 'origin-not-allowed'
  readonly message: string
}

/**
 * Undefined where the request may go on. `allowedHosts` are host names beside those of this
 * machine.
 */
export function refuseCaller(
  headers: IncomingHttpHeaders,
  allowedHosts: readonly string[],
): CallerRefusal | undefined {
  const host = headers.host ?? ''
  const name = hostName(`http://${host}`)
  if (name === undefined || !(LOOPBACK_NAMES.includes(name) || allowedHosts.includes(name))) {
    const message =
      `The request is for host "${host}", which this server does not answer for. Open ` +
      `http://127.0.0.1 with its port, or start the server with --allow-host ${name ?? 'NAME'}.`
    return { code: 'host-not-allowed', message }
  }
  const { origin } = headers
  if (origin !== undefined && originHost(origin) !== host) return notFromHere(`"${origin}"`, host)
  // Of what a page only loads, a browser does not say from where; but it says whether from here.
  return isFromElsewhere(headers) ? notFromHere('elsewhere', host) : undefined
}

function notFromHere(from: string, host: string): CallerRefusal {
  const message =
    `The page that asks comes from ${from}, and this server answers only to its own pages, from ` +
    `"http://${host}". Open that address in the browser.`
  return { code: 'origin-not-allowed', message }
}

/** A link may lead here, from wherever: then nobody but the user sees what is answered. */
function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site']
  if (site !== 'cross-site' && site !== 'same-site') return false
  return headers['sec-fetch-mode'] !== 'navigate'
}

function hostName(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined
}

/** As browsers write it in `Host`; "null" is the origin of sandboxed pages and files. */
function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
