/**
 * Imported before every schema: zod then makes no code from strings, which the page's policy
 * forbids.
 */

import * as z from 'zod'

z.config({ jitless: true })
