/** The port at which a pipeline on the command line receives what is sent to its webhooks. */

import type { Problem } from '@millrace/pipeline'
import type { PlacedWebhook } from './open-webhooks.ts'

/** The port is not to be had. */
export class PortRefused extends Error {}

/** What speaks against running webhooks without a port, or on this one. */
export function refusePort(
  placed: readonly PlacedWebhook[],
  written: string | undefined,
): readonly Problem[] {
  if (written === undefined) {
    return placed.map(({ nodeId, webhook: { path } }) => {
      const message =
        `Webhook "${path}" receives nothing without a port. Add --port 4000 for instance, or start the ` +
        'pipeline on a server ("millrace serve").'
      return { code: 'webhook-needs-port', severity: 'error', nodeId, message }
    })
  }
  const port = Number(written)
  if (written.trim() !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return []
  const message = `"${written}" is not a port. Choose one from 0 to 65535.`
  return [{ code: 'bad-port', severity: 'error', message }]
}
