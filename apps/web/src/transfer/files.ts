/** Takes a file from the user and gives one back. */

import { toNodeId } from '@millrace/pipeline'

/** Undefined where the user chose none. */
export function chooseFile(accept: string): Promise<File | undefined> {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = accept
  return new Promise((resolve) => {
    input.addEventListener('change', () => resolve(input.files?.[0]))
    input.addEventListener('cancel', () => resolve(undefined))
    input.click()
  })
}

/** Gives the file's name, which is made from the title. */
export function offerDownload(title: string, text: string): string {
  const name = `${toNodeId(title)}.json`
  offerFile(name, [text], 'application/json')
  return name
}

/** The parts follow each other in the file. */
export function offerFile(name: string, parts: readonly string[], type: string): void {
  const url = URL.createObjectURL(new Blob([...parts], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
