/** Draws a sink's numbers with uPlot, which is loaded when the first chart is opened. */

import 'uplot/dist/uPlot.min.css'
import { type ReactNode, useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { axisTimeTexts, shortCountText } from '../../live/formats.ts'
import { lineStyle } from './line-style.ts'
import type { ChartData } from './result-rows.ts'

interface Props {
  readonly data: ChartData
  /** Labels of lines that are not drawn; the axis fits the others. */
  readonly hidden: ReadonlySet<string>
  readonly overTime: boolean
  /** The place along the axis that the pointer is at, or undefined where it is elsewhere. */
  readonly onPoint: (index: number | undefined) => void
}

export default function ResultChart({ data, hidden, overTime, onPoint }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(undefined)
  const newest = useRef(data)
  newest.current = data
  const unseen = useRef(hidden)
  unseen.current = hidden
  // Lines that are the same keep their chart, and with it the pointer's place.
  const lines = JSON.stringify(data.lines.map(({ label }) => label))

  useEffect(() => {
    const element = place.current
    if (element === null) return undefined
    const labels = JSON.parse(lines) as readonly string[]
    const draw = () => {
      chart.current?.destroy()
      const chosen = { labels, overTime, onPoint, hidden: unseen.current }
      chart.current = new uPlot(options(element, chosen), toPlot(newest.current), element)
    }
    draw()
    const resizing = new ResizeObserver(() => chart.current?.setSize(sizeOf(element)))
    resizing.observe(element)
    // Colours are read once, so another theme is another chart.
    const theme = new MutationObserver(draw)
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      resizing.disconnect()
      theme.disconnect()
      chart.current?.destroy()
      chart.current = undefined
    }
  }, [lines, overTime, onPoint])

  useEffect(() => {
    const plot = chart.current
    // Between other lines and their chart there may be one paint.
    if (plot !== undefined && plot.series.length === data.lines.length + 1) {
      plot.setData(toPlot(data))
    }
  }, [data])

  useEffect(() => {
    const plot = chart.current
    for (const [index, { label }] of (plot?.series ?? []).entries()) {
      const show = typeof label !== 'string' || !hidden.has(label)
      if (index > 0 && plot?.series[index]?.show !== show) plot?.setSeries(index, { show })
    }
  }, [hidden])

  return <div className="result-chart" ref={place} />
}

/** uPlot takes lists that it may write to. */
function toPlot({ across, lines }: ChartData): uPlot.AlignedData {
  return [[...across], ...lines.map(({ numbers }) => [...numbers])]
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: element.clientWidth, height: Math.max(60, element.clientHeight) }
}

interface Chosen extends Pick<Props, 'overTime' | 'onPoint' | 'hidden'> {
  readonly labels: readonly string[]
}

function options(
  element: HTMLElement,
  { labels, overTime, onPoint, hidden }: Chosen,
): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (token: string) => style.getPropertyValue(token).trim()
  const axis = {
    stroke: colour('--ink-3'),
    font: `11px ${colour('--font')}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line-strong'), width: 1, size: 4 },
  }
  return {
    ...sizeOf(element),
    padding: [10, overTime ? TIME_ROOM : NUMBER_ROOM, 0, 0],
    // Times are UTC everywhere in the designer.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)] },
    scales: { x: { time: overTime, range: acrossRange } },
    axes: [
      { ...axis, size: 30, space: 84, ...(overTime ? { values: timeLabels } : {}) },
      { ...axis, size: 56, values: (_, ticks) => ticks.map(shortCountText) },
    ],
    series: [
      {},
      ...labels.map((label, index) => {
        const { token, dash } = lineStyle(index)
        const stroke = colour(token)
        const points = { size: 4, fill: stroke, show: showsPoints }
        return { label, show: !hidden.has(label), stroke, width: 1.5, dash: [...dash], points }
      }),
    ],
  }
}

/** Right of the last place for the half of what stands below it, such as 12:49:48.00. */
const TIME_ROOM = 40
const NUMBER_ROOM = 20

/** Around a single place half a minute, or half of one: uPlot would show the years behind it. */
function acrossRange(
  { data, scales }: uPlot,
  min: number | null,
  max: number | null,
): uPlot.Range.MinMax {
  const [across = []] = data
  const first = across[0]
  if (typeof first !== 'number' || across.at(-1) !== first) return [min, max]
  const room = scales.x?.time === true ? 30 : 0.5
  return [first - room, first + room]
}

/** Pixels that a point needs for itself. */
const POINT_ROOM = 8

/** Where a line has few numbers, as sessions have, they stand alone and would not be seen. */
function showsPoints(plot: uPlot, series: number, from: number, to: number): boolean {
  const numbers = plot.data[series]?.slice(from, to + 1) ?? []
  const count = numbers.filter((number) => typeof number === 'number').length
  return count * POINT_ROOM < plot.width
}

function timeLabels({ scales }: uPlot, ticks: readonly number[]): string[] {
  const { min = 0, max = 0 } = scales.x ?? {}
  const spanMs = ((max ?? 0) - (min ?? 0)) * 1_000
  const ticksMs = ticks.map((seconds) => Math.round(seconds * 1_000))
  return axisTimeTexts(ticksMs, spanMs)
}
