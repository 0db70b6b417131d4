/** Marks the canvas as seen from far: what could not be read there is left out, the rest larger. */

import { useStore, useStoreApi } from '@xyflow/react'
import { type ReactNode, useEffect } from 'react'
import { type Distance, distanceOf, seenFrom } from '../live/distance.ts'

/** Stands inside of React Flow; a step rather than the zoom, so that it renders when it changes. */
export function FarMark(): ReactNode {
  const distance = useStore(({ transform }) => distanceOf(transform[2]))
  const store = useStoreApi()
  useEffect(() => {
    const canvas = store.getState().domNode
    if (canvas === null) return undefined
    mark(canvas, distance)
    return () => mark(canvas, 1)
  }, [distance, store])
  return null
}

function mark({ classList, style }: HTMLElement, distance: Distance): void {
  classList.toggle('far', distance > 1)
  classList.toggle('very-far', distance > 2)
  style.setProperty('--distance', `${distance}`)
  seenFrom.set(distance)
}
