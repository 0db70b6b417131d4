/** A stage is dragged by its grip, within its list and into others of the same pattern. */

import { type DragEvent, useRef } from 'react'
import type { Address, Spot } from './stage-list.ts'
import { addressText, useStages } from './stages-context.ts'

/** How a dragged stage names itself. */
const STAGE_DRAG = 'application/x-millrace-stage'

/** A stage that is dragged over the list goes before the card whose middle is below the pointer. */
export function useDrop(list: Address) {
  const { dragged, canStand, move, drag, dragOver } = useStages()
  const spot = useRef<Spot>(undefined)
  if (dragged === undefined) return {}
  const spotAt = ({ currentTarget, clientY }: DragEvent): Spot => {
    const cards = [...currentTarget.querySelectorAll(':scope > ol > li > .stage')]
    const below = cards.findIndex((card) => {
      const { top, height } = card.getBoundingClientRect()
      return clientY < top + height / 2
    })
    return { list, index: below < 0 ? cards.length : below }
  }
  return {
    onDragOver: (event: DragEvent): void => {
      const at = spotAt(event)
      // A list in which it cannot stand leaves it to the one around.
      if (!canStand(dragged, at)) return
      event.stopPropagation()
      event.preventDefault()
      event.dataTransfer.dropEffect = 'move'
      const { current: before } = spot
      if (before?.index !== at.index || before.list !== at.list) dragOver(at)
      spot.current = at
    },
    onDrop: (event: DragEvent): void => {
      if (!event.dataTransfer.types.includes(STAGE_DRAG)) return
      event.preventDefault()
      event.stopPropagation()
      const at = spotAt(event)
      drag(undefined)
      dragOver(undefined)
      move(dragged, at)
    },
  }
}

/** What a grip needs so that its stage can be dragged. */
export function useDrag(address: Address) {
  const { drag, dragOver } = useStages()
  return {
    draggable: true,
    onDragStart: (event: DragEvent): void => {
      event.dataTransfer.setData(STAGE_DRAG, addressText(address))
      event.dataTransfer.effectAllowed = 'move'
      const card = event.currentTarget.closest('.stage')
      if (card !== null) event.dataTransfer.setDragImage(card, 16, 16)
      drag(address)
    },
    onDragEnd: (): void => {
      drag(undefined)
      dragOver(undefined)
    },
  }
}
