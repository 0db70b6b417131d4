/** How requests to a webhook are signed: the settings, for the schemes that senders use. */

import { fields } from '@millrace/pipeline'
import * as z from 'zod'

const HEADER = /^[a-z0-9][a-z0-9-]{0,63}$/i

function header(title: string, description: string) {
  return z
    .string()
    .regex(HEADER, `${title} must be 1 to 64 letters, digits and hyphens.`)
    .meta({ title, description })
    .optional()
}

export function signature() {
  return z
    .strictObject({
      scheme: z.enum(['github', 'stripe', 'generic']).meta({
        title: 'Scheme',
        description:
          'github: "sha256=" and hex in X-Hub-Signature-256. stripe: "t=…,v1=…" in Stripe-Signature, with a time. ' +
          'generic: hex or Base64 in a header of your choice.',
        widget: 'choice',
      }),
      secret: z
        .string()
        .regex(
          /^secret:\/\/[a-z][a-z0-9-]{0,62}$/,
          'Secret must be "secret://" and a name of lower-case letters, digits and hyphens: the secret itself is never written into a pipeline.',
        )
        .meta({
          title: 'Secret',
          description:
            'Which secret both sides know. The server has it in the environment: secret://shop-hook in MILLRACE_SECRET_SHOP_HOOK.',
          examples: ['secret://shop-hook'],
        }),
      header: header('Header', 'Where the signature is, if it is not where the scheme has it.'),
      encoding: z.enum(['hex', 'base64']).prefault('hex').meta({
        title: 'Encoding',
        description: 'How the signature is written. For generic.',
        widget: 'choice',
      }),
      timestampHeader: header(
        'Timestamp header',
        'Where the time of sending is, in seconds. Then time, full stop and body are signed. For generic.',
      ),
      tolerance: fields
        .duration({
          title: 'Tolerance',
          description: 'How far the signed time may be from that of the server, before or behind.',
        })
        .prefault('5m'),
    })
    .refine(({ scheme, encoding }) => scheme === 'generic' || encoding === 'hex', {
      message: 'Encoding is for the scheme "generic"; the others write hex. Remove it.',
      path: ['encoding'],
      params: { code: 'signature-encoding' },
    })
    .refine(
      ({ scheme, timestampHeader }) => scheme === 'generic' || timestampHeader === undefined,
      {
        message:
          'Timestamp header is for the scheme "generic": of the others, stripe has the time beside the signature and ' +
          'github has none. Remove it.',
        path: ['timestampHeader'],
        params: { code: 'signature-timestamp-header' },
      },
    )
    .meta({
      title: 'Signature',
      description:
        'What each request must be signed with. Left out, whoever knows the path may send.',
    })
    .optional()
}
