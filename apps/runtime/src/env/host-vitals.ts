/** How the process of an engine host is: its memory, and how much of its thread is taken. */

import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { HostVitals } from '../supervision/messages.ts'

/** What it returns measures from one call to the next. */
export function createVitals(residentBytesMax: number): () => HostVitals {
  let before = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    const heap = getHeapStatistics()
    return {
      residentBytes: process.memoryUsage.rss(),
      residentBytesMax,
      heapBytes: heap.used_heap_size,
      heapBytesMax: heap.heap_size_limit,
      threadShare: Math.round(utilization * 1000) / 1000,
    }
  }
}
