/**
 * How far away the canvas is seen from, in few steps: by so much is drawn larger what must be told
 * at any zoom, such as the outline of a node. With each zoom of its own every node would be styled
 * anew in each frame.
 */

import { useSyncExternalStore } from 'react'
import { createValueStore } from './value-store.ts'

/** 1 is near, where all is drawn as it is; otherwise between one and two of these are a pixel. */
export type Distance = 1 | 2 | 4 | 8 | 16 | 32

/** At this zoom the figures of a node are six pixels high. */
const FAR = 0.5

export function distanceOf(zoom: number): Distance {
  if (zoom >= FAR) return 1
  if (zoom >= 1 / 4) return 2
  if (zoom >= 1 / 8) return 4
  if (zoom >= 1 / 16) return 8
  return zoom >= 1 / 32 ? 16 : 32
}

/** From how far away the page's canvas is seen now. */
export const seenFrom = createValueStore<Distance>(1)

/** Figures in the size of a node's title can still be read at that distance, if few are shown. */
export type Sight = 'all' | 'few' | 'none'

/** How many of a node's words can be read; what cannot is not worth its part of each frame. */
export function useSight(): Sight {
  return useSyncExternalStore(seenFrom.subscribe, sight)
}

function sight(): Sight {
  const distance = seenFrom.get()
  if (distance === 1) return 'all'
  return distance === 2 ? 'few' : 'none'
}
