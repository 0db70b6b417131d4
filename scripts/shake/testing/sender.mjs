/** Says how its disk is, and then numbers in turn. */

import { open } from 'node:fs/promises'

process.send?.(open.name)
for (let number = 1; number < 50; number++) process.send?.(number)
process.send?.(50, undefined, undefined, () => process.disconnect())
