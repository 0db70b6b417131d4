/**
 * What is open around the canvas: panels, drawer, dialogs, the theme, and what was just announced.
 */

import { createStore, type StoreApi } from 'zustand/vanilla'
import type { DeployQuestion } from '../checkpoints/beginning.ts'
import type { BrowserEnv } from '../env/browser-env.ts'

export const DRAWER_TABS = [
  'records',
  'event-time',
  'ledger',
  'state',
  'problems',
  'logs',
  'checkpoints',
  'recordings',
] as const
export type DrawerTab = (typeof DRAWER_TABS)[number]
export type Theme = 'system' | 'light' | 'dark'
export type DialogName =
  | 'keys'
  | 'glossary'
  | 'commands'
  | 'versions'
  | 'examples'
  | 'connect'
  | 'delete'

/** A point of the window. */
export interface ScreenPoint {
  readonly x: number
  readonly y: number
}

/**
 * The list of operators that opens where the pointer is. `from` limits it to what may be joined.
 */
export interface QuickAdd {
  readonly at: ScreenPoint
  readonly from?: { readonly node: string; readonly port: string; readonly side: 'from' | 'to' }
  /** The edge that the new node is put into. */
  readonly edgeId?: string
  /** Asked for by a key: the new node stands beside what is selected, and not where the list is. */
  readonly beside?: boolean
}

export interface WorkbenchState {
  readonly theme: Theme
  readonly drawer: { readonly open: boolean; readonly tab: DrawerTab; readonly height: number }
  readonly palette: { readonly open: boolean; readonly width: number; readonly tab: PaletteTab }
  readonly inspector: { readonly open: boolean; readonly width: number }
  readonly dialog: DialogName | undefined
  readonly quickAdd: QuickAdd | undefined
  /** The node that a key has just added: from it, Tab adds the next one. */
  readonly justAdded: string | undefined
  /** The field that the inspector is asked to show, by node and path; a new object asks again. */
  readonly wantedField: { readonly nodeId: string; readonly path: string } | undefined
  /** Said to screen readers, politely; another number says it again. */
  readonly announcement: { readonly text: string; readonly number: number } | undefined
  /** What an edit does to state, and who waits for what is chosen. */
  readonly deployQuestion: DeployQuestion | undefined
  /** While one job is stopped for another that takes its place, which is then started. */
  readonly replacing: 'Deploying' | 'Restoring' | undefined
  /** Where what is drawn is not what runs: the nodes that differ. */
  readonly edits: NodeEdits | undefined
  /** Shown at the lower edge for some seconds. */
  readonly notice: Notice | undefined
}

/** By id. */
export type NodeEdits = ReadonlyMap<string, 'edited' | 'new'>

export type PaletteTab = 'operators' | 'outline'

export interface Notice {
  readonly kind: 'done' | 'refused'
  readonly title: string
  /** What was found, one line each. */
  readonly details?: readonly string[]
  /** What takes it back. */
  readonly action?: { readonly title: string; run(): void | Promise<void> }
}

export interface Workbench {
  readonly store: StoreApi<WorkbenchState>
  /** Opens the drawer at a tab. */
  showDrawer(tab: DrawerTab): void
  toggleDrawer(): void
  setTheme(theme: Theme): void
  update(change: Partial<WorkbenchState>): void
  announce(text: string): void
  notify(notice: Notice): void
}

const KEY = 'millrace.workbench'

export function createWorkbench(env: BrowserEnv): Workbench {
  const room = env.panelsWithRoom()
  const store = createStore<WorkbenchState>(() => ({
    theme: 'system',
    drawer: { open: false, tab: 'problems', height: 292 },
    palette: { open: room > 1, width: 224, tab: 'operators' },
    inspector: { open: true, width: 316 },
    dialog: undefined,
    quickAdd: undefined,
    justAdded: undefined,
    wantedField: undefined,
    announcement: undefined,
    deployQuestion: undefined,
    replacing: undefined,
    edits: undefined,
    notice: undefined,
    ...kept(env),
  }))
  if (room === 0) {
    const { palette, inspector } = store.getState()
    store.setState({
      palette: { ...palette, open: false },
      inspector: { ...inspector, open: false },
    })
  }
  store.subscribe(({ theme, drawer, palette, inspector }, before) => {
    if (
      theme === before.theme &&
      drawer === before.drawer &&
      palette === before.palette &&
      inspector === before.inspector
    ) {
      return
    }
    env.storage.write(KEY, JSON.stringify({ theme, drawer, palette, inspector }))
  })
  const { setState, getState } = store
  const announce = (text: string): void => {
    setState(({ announcement }) => ({
      announcement: { text, number: (announcement?.number ?? 0) + 1 },
    }))
  }
  return {
    store,
    showDrawer: (tab) => setState({ drawer: { ...getState().drawer, open: true, tab } }),
    toggleDrawer: () => {
      const { drawer } = getState()
      setState({ drawer: { ...drawer, open: !drawer.open } })
    },
    setTheme: (theme) => setState({ theme }),
    update: (change) => setState(change),
    announce,
    notify: (notice) => {
      setState({ notice })
      announce([notice.title, ...(notice.details ?? [])].join(' '))
    },
  }
}

/** What this browser kept, as far as it still has the right shape. */
function kept(env: BrowserEnv): Partial<WorkbenchState> {
  const text = env.storage.read(KEY)
  if (text === undefined) return {}
  try {
    const read = JSON.parse(text) as Partial<WorkbenchState>
    const { theme, drawer, palette, inspector } = read
    const sized = typeof drawer?.height === 'number' && typeof palette?.width === 'number'
    if (!sized || typeof inspector?.width !== 'number' || !isTheme(theme)) return {}
    if (!DRAWER_TABS.some((tab) => tab === drawer.tab)) return {}
    return { theme, drawer, palette, inspector }
  } catch {
    return {}
  }
}

function isTheme(value: unknown): value is Theme {
  return value === 'system' || value === 'light' || value === 'dark'
}
