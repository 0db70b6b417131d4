/** The config fields that say where requests go and what stands at their head. */

import { fields } from '@millrace/pipeline'
import * as z from 'zod'

/** Of the request itself, or ours: whoever could set them would make another request of it. */
const TAKEN = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export const endpointUrl = () =>
  z
    .string()
    .superRefine((text, context) => {
      const refusal = refuseUrl(text)
      if (refusal === undefined) return
      context.addIssue({ code: 'custom', message: refusal, params: { code: 'bad-url' } })
    })
    .meta({
      title: 'Url',
      description: 'Where records are sent: http or https.',
      examples: ['https://shop.example/orders'],
    })

function refuseUrl(text: string): string | undefined {
  const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text
  const [, scheme, authority = ''] = /^([a-z]+):\/\/([^/?#]*)/i.exec(text) ?? []
  const known = scheme?.toLowerCase() === 'http' || scheme?.toLowerCase() === 'https'
  if (!known || authority === '' || /[\s\\]/.test(text)) {
    return `Url "${shown}" is no address of http or https. Write, for instance, https://shop.example/orders.`
  }
  if (authority.includes('@')) {
    return 'Url has a name and password in it, which would be shown wherever the url is. Send them in a header.'
  }
  if (text.includes('#')) {
    return `Url "${shown}" has a part behind "#", which is never sent. Leave it out.`
  }
  return undefined
}

export const requestHeaders = () =>
  fields
    .entries(headerValue(), {
      title: 'Headers',
      description: 'Sent with each request.',
      name: headerName(),
      max: 50,
      example: { 'X-Shop': '7' },
    })
    .prefault({})

const headerName = () =>
  z
    .string()
    .regex(
      /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/,
      'The name of a header has letters, digits and hyphens, and is not empty.',
    )
    .refine((name) => !TAKEN.has(name.toLowerCase()), {
      error: ({ input }) =>
        `Header "${input}" is set by the sink itself. Leave it out, or see Format and Url.`,
      params: { code: 'header-taken' },
    })
    .meta({ title: 'Name' })

const headerValue = () =>
  z
    .string()
    .regex(/^[\t\x20-\x7e]*$/, 'The value of a header is text in ASCII on one line.')
    .refine((text) => !/secret:\/\//i.test(text), {
      error:
        'A secret cannot stand in a header: the reference itself would be sent, and not what it stands for. Let a ' +
        'proxy on the way add it.',
      params: { code: 'secret-in-header' },
    })
    .meta({ title: 'Value' })
