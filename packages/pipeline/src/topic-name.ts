/** What a topic may be called: said alike by the log, the API, documents and forms. */

const LENGTH_MAX = 100

export const TOPIC_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$/

/** Why no topic can be called so; undefined where one can. */
export function topicNameRefusal(topic: string): string | undefined {
  if (TOPIC_NAME.test(topic)) return undefined
  const shown = topic.length > LENGTH_MAX ? `${topic.slice(0, LENGTH_MAX)}…` : topic
  return (
    `A topic cannot be called "${shown}". A name has 1 to ${LENGTH_MAX} letters, digits, ` +
    'dots, hyphens and underscores, and begins with a letter or a digit.'
  )
}

/** What a server keeps in the log for itself is called so; others neither read nor write it. */
const OWN_TOPICS = 'millrace.'

/** In any case of letters, which some file systems do not tell apart. */
export function isOwnTopic(topic: string): boolean {
  return topic.toLowerCase().startsWith(OWN_TOPICS)
}

export function ownTopicRefusal(topic: string): string {
  return `Topic "${topic}" would be Millrace's own by its name. Choose another one.`
}
