/** The config fields that name topics. */

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
    .meta({ ...options, examples: ['orders'], widget: 'topic' })
