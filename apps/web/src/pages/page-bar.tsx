/** The bar of every page but the designer's: where one is, where else to go, and what to do. */

import { Moon, Sun } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Brand } from '../design/brand.tsx'
import type { Workbench } from '../workbench/workbench-store.ts'
import './page.css'

const PLACES = [
  ['/pipelines', 'Pipelines'],
  ['/topics', 'Topics'],
  ['/recordings', 'Recordings'],
] as const

interface PageBarProps {
  readonly workbench: Workbench
  readonly current: (typeof PLACES)[number][0]
  /** Buttons. */
  readonly children?: ReactNode
}

export function PageBar({ workbench, current, children }: PageBarProps): ReactNode {
  return (
    <header className="page-bar">
      <Link href="/pipelines" className="brand" aria-label="Millrace, all pipelines">
        <Brand />
        <span className="brand-name">Millrace</span>
      </Link>
      <nav className="page-places" aria-label="Pages">
        {PLACES.map(([href, title]) => (
          <Link key={href} href={href} aria-current={href === current ? 'page' : undefined}>
            {title}
          </Link>
        ))}
      </nav>
      <span className="spacer" />
      <ThemeButton workbench={workbench} />
      {children}
    </header>
  )
}

function ThemeButton({ workbench }: { readonly workbench: Workbench }): ReactNode {
  const change = (): void => {
    const shown = document.documentElement.dataset.theme
    workbench.setTheme(shown === 'dark' ? 'light' : 'dark')
  }
  return (
    <button
      type="button"
      className="button quiet icon theme-button"
      aria-label="Switch between light and dark"
      title="Switch between light and dark"
      onClick={change}
    >
      <Sun size={15} aria-hidden />
      <Moon size={15} aria-hidden />
    </button>
  )
}
