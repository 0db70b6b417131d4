/**
 * Room outside of memory for state that is seldom needed. It need not outlive the process, since
 * what must is in checkpoints.
 */

export interface SpillSpace {
  /** Where each of them stands from now on. Fails with a `DiskError`, and then none is there. */
  store(values: readonly Uint8Array[]): readonly number[]
  /** Fails with a `DiskError`. */
  load(place: number): Uint8Array
  free(place: number): void
  close(): void
}
