/** Keeps a fault of one part of the page from taking the rest with it. */

import { TriangleAlert } from 'lucide-react'
import { Component, type ReactNode } from 'react'
import './shelter.css'

interface ShelterProps {
  /** What stands in it, as the beginning of a sentence: "The inspector". */
  readonly what: string
  /** Where this changes, what had stopped is tried again. */
  readonly shows?: string
  readonly children: ReactNode
}

interface ShelterState {
  readonly fault: Error | undefined
}

export class Shelter extends Component<ShelterProps, ShelterState> {
  static getDerivedStateFromError(thrown: unknown): ShelterState {
    return { fault: thrown instanceof Error ? thrown : new Error(String(thrown)) }
  }

  override state: ShelterState = { fault: undefined }

  override componentDidUpdate(before: ShelterProps): void {
    if (before.shows !== this.props.shows) this.setState({ fault: undefined })
  }

  override render(): ReactNode {
    const { fault } = this.state
    if (fault === undefined) return this.props.children
    return (
      <section className="shelter" role="alert">
        <TriangleAlert size={18} aria-hidden />
        <h2>{this.props.what} has stopped working</h2>
        <p>
          This is a fault of Millrace, not of your pipeline. What you have drawn is saved, or kept
          in this browser; what runs goes on.
        </p>
        <p className="mono">{fault.message}</p>
        <p className="shelter-ways">
          <button
            type="button"
            className="button"
            onClick={() => this.setState({ fault: undefined })}
          >
            Try again
          </button>
          <button type="button" className="button" onClick={() => window.location.reload()}>
            Reload the page
          </button>
        </p>
      </section>
    )
  }
}
