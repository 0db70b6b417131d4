/** The sign of Millrace: three lines of water. */

import type { ReactNode } from 'react'

export function Brand({ size = 20 }: { readonly size?: number }): ReactNode {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="var(--accent)"
      strokeWidth="1.7"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M2 6.2c2.7 0 2.7 2 5.3 2s2.7-2 5.3-2 2.7 2 5.4 2" />
      <path d="M2 10.4c2.7 0 2.7 2 5.3 2s2.7-2 5.3-2 2.7 2 5.4 2" opacity=".65" />
      <path d="M2 14.6c2.7 0 2.7 2 5.3 2s2.7-2 5.3-2 2.7 2 5.4 2" opacity=".35" />
    </svg>
  )
}
