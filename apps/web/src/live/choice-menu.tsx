/** A button that opens a short list of which one is chosen. */

import { Menu } from '@base-ui/react/menu'
import type { ReactNode } from 'react'

interface Props<T> {
  readonly label: string
  readonly trigger: ReactNode
  readonly value: T
  readonly choices: readonly { readonly value: T; readonly title: string }[]
  readonly disabled?: boolean
  readonly onChoose: (value: T) => void
}

export function ChoiceMenu<T extends string | number | null>(props: Props<T>): ReactNode {
  const { label, trigger, value, choices, disabled = false, onChoose } = props
  return (
    <Menu.Root>
      <Menu.Trigger className="button choice-trigger" disabled={disabled} title={label}>
        <span className="visually-hidden">{label}: </span>
        {trigger}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="choice-positioner">
          <Menu.Popup className="choice-popup">
            <Menu.RadioGroup value={value}>
              {choices.map((choice) => (
                <Menu.RadioItem
                  key={`${choice.value}`}
                  value={choice.value}
                  className="choice-item"
                  closeOnClick
                  onClick={() => onChoose(choice.value)}
                >
                  {choice.title}
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
