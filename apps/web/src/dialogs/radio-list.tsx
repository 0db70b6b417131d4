/** A choice of one of a few in a dialog, each with a sentence of what it means. */

import { type ReactNode, useId } from 'react'
import './radio-list.css'

interface Choice<T> {
  readonly value: T
  readonly title: string
  readonly detail: string
}

interface Props<T> {
  readonly legend: string
  readonly choices: readonly Choice<T>[]
  readonly value: T
  readonly onChoose: (value: T) => void
}

export function RadioList<T extends string>(props: Props<T>): ReactNode {
  const { legend, choices, value: chosen, onChoose } = props
  const name = useId()
  return (
    <fieldset className="radio-list">
      <legend>{legend}</legend>
      {choices.map(({ value, title, detail }) => (
        <label key={value} data-chosen={value === chosen}>
          <input
            type="radio"
            name={name}
            checked={value === chosen}
            onChange={() => onChoose(value)}
          />
          <span>
            <strong>{title}</strong>
            <small>{detail}</small>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
