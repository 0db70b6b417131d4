/** Beside a button: the other ways to do what it does, each with a sentence of what it means. */

import { Menu } from '@base-ui/react/menu'
import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'

interface Way {
  readonly title: string
  readonly detail: string
  readonly onChoose: () => void
}

interface Props {
  readonly label: string
  readonly className: string
  readonly disabled: boolean
  readonly ways: readonly Way[]
}

export function WaysMenu({ label, className, disabled, ways }: Props): ReactNode {
  return (
    <Menu.Root>
      <Menu.Trigger
        className={`button choice-trigger ${className}`}
        disabled={disabled}
        aria-label={label}
        title={label}
      >
        <ChevronDown size={13} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="choice-positioner">
          <Menu.Popup className="choice-popup">
            {ways.map(({ title, detail, onChoose }) => (
              <Menu.Item key={title} className="choice-item way-item" onClick={onChoose}>
                {title}
                <small>{detail}</small>
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
