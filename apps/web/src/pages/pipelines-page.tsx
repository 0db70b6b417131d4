/** All pipelines, and the gallery of examples to begin with. */

import type { ReactNode } from 'react'
import type { Api } from '../api/api.ts'
import type { BrowserEnv } from '../env/browser-env.ts'

export function PipelinesPage(_props: {
  readonly api: Api
  readonly env: BrowserEnv
  readonly opensLatest?: boolean
}): ReactNode {
  return null
}
