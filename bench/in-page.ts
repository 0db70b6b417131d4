/** Scripts that benchmarks run in the page: as text, since no DOM is known where they stand. */

export interface Painted {
  /** When the page began to load, in milliseconds since 1970. */
  readonly originMs: number
  readonly canvasMs: number
  readonly interactiveMs: number
}

/** When a node stood on the canvas, and when the thread was free after it. */
export const WAIT_FOR_CANVAS = `new Promise((resolve) => {
  const look = () => {
    const node = document.querySelector('.react-flow__node')
    if (node === null || getComputedStyle(node).visibility !== 'visible') {
      requestAnimationFrame(look)
      return
    }
    // The frame in which it is painted ends before the next one begins.
    requestAnimationFrame(() => {
      const canvasMs = performance.now()
      const { timeOrigin: originMs } = performance
      requestIdleCallback(() => resolve({ originMs, canvasMs, interactiveMs: performance.now() }))
    })
  }
  look()
})`

export interface Point {
  readonly x: number
  readonly y: number
}

/** The middle of the head of the node that is next to the middle of the canvas. */
export const MIDDLE_NODE = `(() => {
  const middleOf = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 })
  const centre = middleOf(document.querySelector('.canvas').getBoundingClientRect())
  const far = ({ x, y }) => Math.hypot(x - centre.x, y - centre.y)
  return [...document.querySelectorAll('.react-flow__node-operator .node-head')]
    .map((head) => middleOf(head.getBoundingClientRect()))
    .sort((a, b) => far(a) - far(b))[0]
})()`

export const NEXT_FRAME = 'new Promise((resolve) => requestAnimationFrame(() => resolve()))'

/** All that the page has put off is done, except for timers. */
export const NEXT_IDLE = `new Promise((resolve) =>
  requestAnimationFrame(() => requestIdleCallback(() => resolve(), { timeout: 1000 })))`
