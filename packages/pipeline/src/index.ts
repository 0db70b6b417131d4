/** The document, its types and its language: what designer, host and command line share. */

export * from './config/duration.ts'
export * as fields from './config/fields.ts'
export * from './config/size.ts'
export * from './operator.ts'
export * from './problem.ts'
export * from './schema.ts'
export * from './type.ts'
export * from './value.ts'
