/** Marks the canvas as seen from far: what nobody could read there is not drawn. */

import { useStore, useStoreApi } from '@xyflow/react'
import { type ReactNode, useEffect } from 'react'

/** At this zoom the figures of a node are six pixels high. */
const FAR = 0.5

/** Stands inside of React Flow; a flag rather than the zoom, so that it renders when it changes. */
export function FarMark(): ReactNode {
  const far = useStore(({ transform }) => transform[2] < FAR)
  const store = useStoreApi()
  useEffect(() => {
    const canvas = store.getState().domNode
    if (canvas === null) return undefined
    canvas.classList.toggle('far', far)
    return () => canvas.classList.remove('far')
  }, [far, store])
  return null
}
