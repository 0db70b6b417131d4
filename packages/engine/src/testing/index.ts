/** The virtual-time test driver. */

export { MemoryState } from '../memory-state.ts'
export * from './elements.ts'
export * from './memory-disk.ts'
export * from './memory-source.ts'
export * from './random.ts'
export * from './run-example.ts'
export * from './run-operator.ts'
export * from './run-pipeline.ts'
export * from './small-operators.ts'
export * from './virtual-env.ts'
