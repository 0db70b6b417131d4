/** What recoveries have found, by what was on the disk: each image is recovered once. */

import { createHash } from 'node:crypto'
import type { SimDisk } from '../../packages/engine/src/testing/index.ts'
import type { Found } from './subject.ts'

export class KnownImages {
  readonly #found = new Map<string, Found>()
  /** Few states are found on many images, so each text is kept once. */
  readonly #texts = new Map<string, Found>()

  of(image: string): Found | undefined {
    return this.#found.get(image)
  }

  add(image: string, found: Found): void {
    const text = JSON.stringify(found)
    const kept = this.#texts.get(text) ?? found
    this.#texts.set(text, kept)
    this.#found.set(image, kept)
  }
}

/** The same for two disks only where programs see the same on both. */
export function imageOf(disk: SimDisk): string {
  const hash = createHash('sha256')
  for (const { path, bytes, sameAs } of disk.contents()) {
    hash.update(`${path}\0${bytes?.length ?? 'folder'}\0${sameAs ?? ''}\0`)
    if (bytes !== undefined) hash.update(bytes)
  }
  return hash.digest('base64')
}
