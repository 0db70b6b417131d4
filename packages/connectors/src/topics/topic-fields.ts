/** The config fields that name topics. */

import { isOwnTopic } from '@millrace/engine'
import * as z from 'zod'

/** As the log takes them. */
export const topicName = (options: { readonly title: string; readonly description: string }) =>
  z
    .string()
    .regex(
      /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$/,
      `${options.title} must be 1 to 100 letters, digits, dots, hyphens and underscores, and begin ` +
        'with a letter or a digit.',
    )
    .refine((topic) => !isOwnTopic(topic), {
      error: ({ input }) =>
        `${options.title} is "${input}", and topics whose names begin with "millrace." are Millrace's own. ` +
        'Choose another name.',
      params: { code: 'topic-not-yours' },
    })
    .meta({ ...options, examples: ['orders'], widget: 'topic' })
