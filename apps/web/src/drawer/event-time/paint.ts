/** Draws marks on a canvas in the colours of the page. */

import { COUNTED_MAX } from './layers.ts'
import type { BoxMark, DotMark, LineMark, Mark, TextMark } from './marks.ts'
import { MARGIN, type PlotSize } from './scales.ts'

/** Colours by the name of their token. */
export type Palette = ReadonlyMap<string, string>

const TOKENS = [
  ...['--surface', '--line', '--line-strong', '--ink', '--ink-2', '--ink-3'],
  ...['--accent', '--water', '--water-ink', '--water-soft', '--late', '--font'],
]

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element)
  return new Map(TOKENS.map((token) => [token, style.getPropertyValue(token).trim()]))
}

export function paint(
  context: CanvasRenderingContext2D,
  marks: readonly Mark[],
  palette: Palette,
  size: PlotSize,
): void {
  context.clearRect(0, 0, size.width, size.height)
  const count = (kind: Mark['kind']) => marks.filter((mark) => mark.kind === kind).length
  const crowded = count('dot') > CROWDED
  const layered = count('box') > COUNTED_MAX
  let clipped = false
  for (const mark of marks) {
    const inPlot = mark.kind === 'box' || mark.kind === 'dot'
    if (inPlot && !clipped) clipToPlot(context, size)
    if (!inPlot && clipped) context.restore()
    clipped = inPlot
    if (mark.kind === 'box') paintBox(context, mark, palette, layered)
    else if (mark.kind === 'dot') paintDot(context, mark, palette, crowded)
    else if (mark.kind === 'line') paintLine(context, mark, palette)
    else paintText(context, mark, palette)
  }
  if (clipped) context.restore()
}

/** Room for half a dot at the edge, where late records from further back stand. */
const EDGE = 4

/** While the axes glide, what is new lies beyond them for a moment. `restore` ends it. */
function clipToPlot(context: CanvasRenderingContext2D, { width, height }: PlotSize): void {
  const { left, right, top, bottom } = MARGIN
  context.save()
  context.beginPath()
  context.rect(
    left - EDGE,
    top - EDGE,
    width - left - right + 2 * EDGE,
    height - top - bottom + EDGE,
  )
  context.clip()
}

function colour(palette: Palette, token: string): string {
  return palette.get(token) ?? ''
}

/** Where very many windows lie over each other, each is drawn so faintly that all can be seen. */
function paintBox(
  context: CanvasRenderingContext2D,
  mark: BoxMark,
  palette: Palette,
  layered: boolean,
): void {
  const open = mark.role === 'open'
  const share = layered ? 0.3 : 1
  context.beginPath()
  context.roundRect(mark.x + 0.5, mark.y + 0.5, Math.max(0, mark.width - 1), mark.height - 1, 3)
  context.globalAlpha = (open ? 0.4 : 0.85) * share
  context.fillStyle = colour(palette, '--water-soft')
  context.fill()
  context.globalAlpha = (open ? 0.75 : 0.6) * share
  context.setLineDash(open ? [4, 3] : [])
  context.lineWidth = 1
  context.strokeStyle = colour(palette, '--water')
  context.stroke()
  context.setLineDash([])
  context.globalAlpha = 1
}

/** More dots than these are drawn lighter, so that where they are dense is seen. */
const CROWDED = 250

/** Late records are larger and have a rim: never told by colour alone. */
function paintDot(
  context: CanvasRenderingContext2D,
  mark: DotMark,
  palette: Palette,
  crowded: boolean,
): void {
  const late = mark.role === 'late'
  context.beginPath()
  context.arc(mark.x, mark.y, late ? 3.2 : crowded ? 1.7 : 2.1, 0, 2 * Math.PI)
  context.globalAlpha = late ? 1 : crowded ? 0.42 : 0.62
  context.fillStyle = colour(palette, late ? '--late' : '--ink-2')
  context.fill()
  context.globalAlpha = 1
  if (!late) return
  context.lineWidth = 1.2
  context.strokeStyle = colour(palette, '--surface')
  context.stroke()
}

const LINES: Readonly<
  Record<
    LineMark['role'],
    readonly [token: string, width: number, dash: readonly number[], alpha: number]
  >
> = {
  watermark: ['--water', 2, [], 1],
  'watermark-idle': ['--water', 2, [3, 4], 0.8],
  now: ['--accent', 1, [], 1],
  'no-delay': ['--line-strong', 1, [2, 4], 1],
  grid: ['--line', 1, [], 0.8],
  tick: ['--line-strong', 1, [], 1],
}

function paintLine(context: CanvasRenderingContext2D, mark: LineMark, palette: Palette): void {
  const [token, width, dash, alpha] = LINES[mark.role]
  // A thin line between two pixels would be a blurred one.
  const sharp = (at: number) => (width === 1 ? Math.round(at) + 0.5 : at)
  context.beginPath()
  for (const [index, { x, y }] of mark.points.entries()) {
    if (index === 0) context.moveTo(sharp(x), sharp(y))
    else context.lineTo(sharp(x), sharp(y))
  }
  context.globalAlpha = alpha
  context.lineWidth = width
  context.lineJoin = 'round'
  context.setLineDash([...dash])
  context.strokeStyle = colour(palette, token)
  context.stroke()
  context.setLineDash([])
  context.globalAlpha = 1
}

const TEXTS: Readonly<Record<TextMark['role'], readonly [token: string, weight: number]>> = {
  axis: ['--ink-3', 400],
  'axis-title': ['--ink-3', 500],
  count: ['--water-ink', 600],
  filling: ['--ink-3', 500],
  now: ['--accent', 560],
  late: ['--late', 560],
}

function paintText(context: CanvasRenderingContext2D, mark: TextMark, palette: Palette): void {
  const [token, weight] = TEXTS[mark.role]
  context.font = `${weight} 11px ${colour(palette, '--font')}`
  context.textAlign = mark.align
  // Words that may cross lines and dots get a rim of the paper.
  if (mark.role !== 'axis' && mark.role !== 'axis-title') {
    context.lineWidth = 3.5
    context.lineJoin = 'round'
    context.strokeStyle = colour(palette, '--surface')
    context.strokeText(mark.text, mark.x, mark.y)
  }
  context.fillStyle = colour(palette, token)
  context.fillText(mark.text, mark.x, mark.y)
}
