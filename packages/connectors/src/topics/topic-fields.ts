/** The config fields that name topics. */

import { isOwnTopic, TOPIC_NAME } from '@millrace/pipeline'
import * as z from 'zod'

/** As the log takes them. */
export const topicName = (options: { readonly title: string; readonly description: string }) =>
  z
    .string()
    .regex(
      TOPIC_NAME,
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
