/** The gallery: examples with their title and what their page says first. */

import type { wire } from '@millrace/pipeline'
import type * as z from 'zod'
import { readExamples } from '../env/example-files.ts'
import { toDocument } from './document-checks.ts'

/** As its files have it, whether or not it was opened. */
export type Example = Omit<z.output<typeof wire.galleryExample>, 'pipeline'>

export function listExamples(folder: string): Example[] {
  return readExamples(folder).map(({ id, pipeline, readme, groupReadme }) => {
    const document = toDocument(pipeline)
    const title = titleOf(readme) ?? String(document.name)
    const group =
      groupReadme === undefined ? {} : { group: titleOf(groupReadme) ?? id.split('/')[0] }
    return { id, title, summary: firstParagraph(readme), ...group, document: { ...document } }
  })
}

function titleOf(markdown: string): string | undefined {
  return /^# (.+)$/m.exec(markdown)?.[1]
}

/** As plain text: the gallery shows no Markdown. */
function firstParagraph(markdown: string): string {
  const paragraphs = markdown.replace(/^#.*$/gm, '').split(/\n\s*\n/)
  const first = paragraphs.find((paragraph) => paragraph.trim() !== '') ?? ''
  return first
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/[*_`]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}
