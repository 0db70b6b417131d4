/** Draws a sink's numbers with uPlot, which is loaded when the first chart is opened. */

import 'uplot/dist/uPlot.min.css'
import { type ReactNode, useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { BY_ROW, type ChartChoice, type ChartData } from './result-rows.ts'

interface Props {
  readonly data: ChartData
  readonly choice: ChartChoice
}

/** Ink first, then the colours that mean nothing else in a chart. */
const SERIES = ['--accent', '--water', '--busy-mark', '--ink-2', '--ok', '--held']

export default function ResultChart({ data, choice }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(undefined)
  const first = useRef(data)
  first.current = data

  useEffect(() => {
    const element = place.current
    if (element === null) return undefined
    const draw = () => {
      chart.current?.destroy()
      chart.current = new uPlot(options(element, choice), toPlot(first.current), element)
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
  }, [choice])

  useEffect(() => {
    chart.current?.setData(toPlot(data))
  }, [data])

  return <div className="result-chart" ref={place} />
}

/** uPlot takes lists that it may write to. */
function toPlot([across, ...series]: ChartData): uPlot.AlignedData {
  return [[...across], ...series.map((numbers) => [...numbers])]
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  // The legend stands below the plot and has one line.
  return { width: element.clientWidth, height: Math.max(80, element.clientHeight - 34) }
}

function options(element: HTMLElement, { across, shown }: ChartChoice): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (token: string) => style.getPropertyValue(token).trim()
  const axis = {
    stroke: colour('--ink-3'),
    font: `11px ${colour('--font')}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line-strong'), width: 1, size: 4 },
  }
  const byRow = across === BY_ROW
  return {
    ...sizeOf(element),
    // Times are UTC everywhere in the designer.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    cursor: { points: { size: 6 } },
    scales: { x: { time: !byRow } },
    axes: [axis, { ...axis, size: 64 }],
    series: [
      { label: byRow ? 'row' : `${across}, UTC` },
      ...shown.map((label, index) => ({
        label,
        stroke: colour(SERIES[index % SERIES.length] ?? '--ink'),
        width: 1.5,
        points: { size: 4 },
      })),
    ],
  }
}
