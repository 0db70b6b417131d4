/** The tables that `pnpm proof` and `pnpm batches` print. */

export { printBatches } from './batch-table.ts'
export { printProof } from './proof-table.ts'
