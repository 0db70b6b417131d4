/** Where the process of `pnpm torture` begins: the root, then what was asked for. */

import { torture } from './main.ts'

// Disks that refuse are most of what happens here, and stacks cost more than the rest of an error.
Error.stackTraceLimit = 0

const [, , root = '.', ...asked] = process.argv
process.exitCode = await torture(asked, root)
