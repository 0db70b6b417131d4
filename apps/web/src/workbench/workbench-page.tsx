/** The workbench: top bar, palette, canvas, inspector and drawer, each in its place. */

import { oneLine } from '@millrace/pipeline'
import { ChevronDown, ChevronUp, PanelLeft, PanelRight } from 'lucide-react'
import { type CSSProperties, type ReactNode, Suspense, useEffect } from 'react'
import { useLocation } from 'wouter'
import { Canvas } from '../canvas/canvas.tsx'
import { useEditorState, useSession, useWorkbench } from '../editor/session.tsx'
import { Inspector } from '../inspector/inspector.tsx'
import { isLettersPath } from '../letters/letters-place.ts'
import { Palette } from '../palette/palette.tsx'
import { latePart } from '../parts/late-part.ts'
import { Shelter } from '../parts/shelter.tsx'
import { afterPaint } from './after-paint.ts'
import { Announcer } from './announcer.tsx'
import { usePanelRoom } from './panel-room.ts'
import { Splitter } from './splitter.tsx'
import { TopBar } from './top-bar.tsx'
import { useShortcuts } from './use-shortcuts.ts'
import { DRAWER_TABS, type DrawerTab } from './workbench-store.ts'
import './workbench.css'

const Dialogs = latePart(async () => {
  await afterPaint()
  return import('../dialogs/dialogs.tsx')
})
const PlacesWatch = latePart(async () => {
  await afterPaint()
  return import('../problems/places-watch.tsx')
})
const LettersPage = latePart(() => import('../letters/letters-page.tsx'))
const DrawerContent = latePart(async () => {
  const { DrawerContent: content } = await import('../drawer/drawer.tsx')
  return { default: content }
})

export function WorkbenchPage(): ReactNode {
  const { workbench, env } = useSession()
  const palette = useWorkbench((state) => state.palette)
  const inspector = useWorkbench((state) => state.inspector)
  const [path] = useLocation()
  useOperatorsAtFirst()
  const showsLetters = isLettersPath(path)
  useShortcuts()
  usePanelRoom()
  const measures = useRowMeasures()
  return (
    <div className="workbench" style={measures}>
      <TopBar />
      <Announcer workbench={workbench} env={env} />
      <main className="workbench-row" inert={showsLetters}>
        <PageTitle />
        {palette.open ? (
          <>
            <Panel width={palette.width}>
              <Shelter what="The palette">
                <Palette />
              </Shelter>
            </Panel>
            <Splitter
              label="Width of the palette"
              orientation="vertical"
              size={palette.width}
              min={180}
              max={420}
              panelAfter={false}
              onResize={(width) => workbench.update({ palette: { ...palette, width } })}
            />
          </>
        ) : null}
        <div className="workbench-middle">
          <PanelOpeners />
          <Shelter what="The canvas">
            <Canvas />
          </Shelter>
          <Drawer />
        </div>
        {inspector.open ? (
          <>
            <Splitter
              label="Width of the inspector"
              orientation="vertical"
              size={inspector.width}
              min={264}
              max={620}
              panelAfter
              onResize={(width) => workbench.update({ inspector: { ...inspector, width } })}
            />
            <Panel width={inspector.width}>
              <Inspector />
            </Panel>
          </>
        ) : null}
      </main>
      {showsLetters ? (
        <Shelter what="The page of dead letters" shows={path}>
          <Suspense fallback={<section className="page-quiet" aria-busy="true" />}>
            <LettersPage />
          </Suspense>
        </Shelter>
      ) : null}
      <ShelteredDialogs />
      <Suspense>
        <PlacesWatch />
      </Suspense>
    </div>
  )
}

/** Whoever begins a pipeline needs something to begin it with, whatever was looked at before. */
function useOperatorsAtFirst(): void {
  const { editor, workbench, env } = useSession()
  useEffect(() => {
    if (editor.store.getState().pipeline.nodes.size > 0) return
    const { palette } = workbench.store.getState()
    const open = palette.open || env.panelsWithRoom() === 1
    if (open !== palette.open || palette.tab !== 'operators') {
      workbench.update({ palette: { ...palette, open, tab: 'operators' } })
    }
  }, [editor, workbench, env])
}

function ShelteredDialogs(): ReactNode {
  const dialog = useWorkbench((state) => state.dialog)
  return (
    <Shelter what="The dialog" shows={dialog ?? ''}>
      <Suspense>
        <Dialogs />
      </Suspense>
    </Shelter>
  )
}

function Panel(props: { readonly width: number; readonly children: ReactNode }): ReactNode {
  const { width, children } = props
  return (
    <div className="panel" style={{ width }}>
      {children}
    </div>
  )
}

/** What it takes of the width; the rest of it lies over its neighbours. */
const SPLITTER = 1

/** Where the drawer is as wide as the window, panels end above it, and it begins under them. */
function useRowMeasures(): RowMeasures {
  const palette = useWorkbench((state) => state.palette)
  const inspector = useWorkbench((state) => state.inspector)
  const drawer = useWorkbench((state) => state.drawer)
  return {
    '--palette': palette.open ? `${palette.width + SPLITTER}px` : '0px',
    '--inspector': inspector.open ? `${inspector.width + SPLITTER}px` : '0px',
    '--drawer-content': drawer.open ? drawerHeight(drawer.height) : '0px',
  }
}

interface RowMeasures extends CSSProperties {
  readonly '--palette': string
  readonly '--inspector': string
  readonly '--drawer-content': string
}

/** What a screen reader calls the page; the eye reads the name in the top bar. */
function PageTitle(): ReactNode {
  const name = useEditorState(({ pipeline }) => oneLine(pipeline.name))
  useEffect(() => {
    document.title = `${name} · Millrace`
    return () => {
      document.title = 'Millrace'
    }
  }, [name])
  return <h1 className="visually-hidden">{name}</h1>
}

/** Where a panel is closed, a button in its corner opens it. */
function PanelOpeners(): ReactNode {
  const { workbench } = useSession()
  const palette = useWorkbench((state) => state.palette)
  const inspector = useWorkbench((state) => state.inspector)
  return (
    <>
      {palette.open ? null : (
        <button
          type="button"
          className="button icon panel-opener"
          data-side="left"
          aria-label="Show the palette"
          title="Show the palette"
          onClick={() => workbench.update({ palette: { ...palette, open: true } })}
        >
          <PanelLeft size={15} aria-hidden />
        </button>
      )}
      {inspector.open ? null : (
        <button
          type="button"
          className="button icon panel-opener"
          data-side="right"
          aria-label="Show the inspector"
          title="Show the inspector"
          onClick={() => workbench.update({ inspector: { ...inspector, open: true } })}
        >
          <PanelRight size={15} aria-hidden />
        </button>
      )}
    </>
  )
}

const TITLES: Readonly<Record<DrawerTab, string>> = {
  records: 'Records',
  'event-time': 'Event time',
  ledger: 'Ledger',
  state: 'State',
  problems: 'Problems',
  logs: 'Logs',
  checkpoints: 'Checkpoints',
  recordings: 'Recordings',
}

function Drawer(): ReactNode {
  const { workbench } = useSession()
  const drawer = useWorkbench((state) => state.drawer)
  const { open, tab, height } = drawer
  return (
    <>
      {open ? (
        <Splitter
          label="Height of the drawer"
          orientation="horizontal"
          size={height}
          min={120}
          max={620}
          panelAfter
          onResize={(size) => workbench.update({ drawer: { ...drawer, height: size } })}
        />
      ) : null}
      <section className="drawer" aria-label="Drawer" data-open={open}>
        <DrawerTabs />
        {open ? (
          <div
            className="drawer-content"
            role="tabpanel"
            id="drawer-panel"
            aria-labelledby={`drawer-tab-${tab}`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls takes the keys
            tabIndex={0}
            style={{ height: drawerHeight(height) }}
          >
            <Shelter what={`The tab ${TITLES[tab]}`} shows={tab}>
              <Suspense>
                <DrawerContent tab={tab} />
              </Suspense>
            </Shelter>
          </div>
        ) : null}
      </section>
    </>
  )
}

/** What bars and canvas need above it; in a window that is low or enlarged little is left. */
const ABOVE_DRAWER = 300
const DRAWER_HEIGHT_MIN = 96

function drawerHeight(height: number): string {
  return `max(${DRAWER_HEIGHT_MIN}px, min(${height}px, 100dvh - ${ABOVE_DRAWER}px))`
}

function DrawerTabs(): ReactNode {
  const { workbench } = useSession()
  const { open, tab } = useWorkbench((state) => state.drawer)
  const step = (key: string): void => {
    const direction = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
    if (direction === 0) return
    const count = DRAWER_TABS.length
    const next = DRAWER_TABS[(DRAWER_TABS.indexOf(tab) + direction + count) % count]
    if (next === undefined) return
    workbench.showDrawer(next)
    document.getElementById(`drawer-tab-${next}`)?.focus()
  }
  useEffect(() => {
    const own = document.getElementById(`drawer-tab-${tab}`)
    if (open) own?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [open, tab])
  return (
    <div className="drawer-bar">
      <div
        role="tablist"
        aria-label="Drawer"
        className="drawer-tabs"
        onKeyDown={(event) => step(event.key)}
      >
        {DRAWER_TABS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`drawer-tab-${name}`}
            aria-selected={open && name === tab}
            aria-controls={open ? 'drawer-panel' : undefined}
            tabIndex={name === tab ? 0 : -1}
            className="drawer-tab"
            onClick={() =>
              open && name === tab ? workbench.toggleDrawer() : workbench.showDrawer(name)
            }
          >
            {TITLES[name]}
            {name === 'problems' ? <ProblemCount /> : null}
          </button>
        ))}
      </div>
      <button
        type="button"
        className="button quiet icon"
        aria-label={open ? 'Close the drawer' : 'Open the drawer'}
        aria-expanded={open}
        onClick={() => workbench.toggleDrawer()}
      >
        {open ? <ChevronDown size={15} aria-hidden /> : <ChevronUp size={15} aria-hidden />}
      </button>
    </div>
  )
}

function ProblemCount(): ReactNode {
  const problems = useEditorState((state) => state.analysis.problems)
  const isEmpty = useEditorState((state) => state.pipeline.nodes.size === 0)
  // Whoever has drawn nothing yet has done nothing wrong.
  if (problems.length === 0 || isEmpty) return null
  const errors = problems.filter(({ severity }) => severity === 'error').length
  return (
    <span className="drawer-count" data-severity={errors > 0 ? 'error' : 'warning'}>
      {problems.length}
    </span>
  )
}
