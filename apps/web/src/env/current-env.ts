/** The browser's own clock, timers and storage, for the parts that are made once a page. */

import { createBrowserEnv } from './browser-env.ts'

export const env = createBrowserEnv()
