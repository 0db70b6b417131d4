/** Where the process of `pnpm torture` begins: the root, then what was asked for. */

import { torture } from './main.ts'

const [, , root = '.', ...asked] = process.argv
process.exitCode = await torture(asked, root)
