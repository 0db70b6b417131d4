/** Files in memory, for tests: what is written can be read, and a limit makes it full. */

import { type Disk, DiskError, type DiskFile, type OpenMode } from '../env.ts'

export class MemoryDisk implements Disk {
  readonly files = new Map<string, Uint8Array>()
  /** Writing beyond this many bytes in all fails with `no-space`. */
  capacityBytes = Number.POSITIVE_INFINITY

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    if (mode === 'read') this.#get(path)
    else if (mode === 'create-new' && this.files.has(path)) {
      throw new DiskError('exists', path, `There is a file "${path}" already.`)
    } else if (mode === 'create' || !this.files.has(path)) this.files.set(path, new Uint8Array(0))
    return {
      read: async (into, offsetBytes) => {
        const bytes = this.#get(path).subarray(offsetBytes, offsetBytes + into.length)
        into.set(bytes)
        return bytes.length
      },
      write: async (bytes) => this.#append(path, bytes),
      truncate: async (sizeBytes) => {
        this.files.set(path, this.#get(path).slice(0, sizeBytes))
      },
      sync: async () => {},
      close: async () => {},
      sizeBytes: async () => this.#get(path).length,
    }
  }

  async rename(from: string, to: string): Promise<void> {
    this.files.set(to, this.#get(from))
    this.files.delete(from)
  }

  async remove(path: string): Promise<void> {
    this.#get(path)
    this.files.delete(path)
  }

  async makeFolder(): Promise<void> {}

  async realPath(path: string): Promise<string> {
    return path
  }

  async kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
    if (this.files.has(path)) return 'file'
    return (await this.list(path)).length > 0 ? 'folder' : 'nothing'
  }

  async list(path: string): Promise<readonly string[]> {
    const prefix = path.endsWith('/') ? path : `${path}/`
    const below = [...this.files.keys()].filter((name) => name.startsWith(prefix))
    const names = below.map((name) => name.slice(prefix.length).split('/')[0] ?? '')
    return [...new Set(names)].sort()
  }

  async syncFolder(): Promise<void> {}

  async freeBytes(): Promise<number> {
    return this.capacityBytes - this.#usedBytes()
  }

  #get(path: string): Uint8Array {
    const bytes = this.files.get(path)
    if (bytes === undefined) throw new DiskError('not-found', path, `There is no file "${path}".`)
    return bytes
  }

  #append(path: string, bytes: Uint8Array): void {
    const before = this.#get(path)
    if (this.#usedBytes() + bytes.length > this.capacityBytes) {
      throw new DiskError('no-space', path, `There is no space left for "${path}".`)
    }
    const joined = new Uint8Array(before.length + bytes.length)
    joined.set(before)
    joined.set(bytes, before.length)
    this.files.set(path, joined)
  }

  #usedBytes(): number {
    return [...this.files.values()].reduce((sum, file) => sum + file.length, 0)
  }
}
