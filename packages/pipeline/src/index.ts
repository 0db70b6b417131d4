/** The document, its types and its language: what designer, host and command line share. */

export * from './config/config-problems.ts'
export * from './config/duration.ts'
export * as fields from './config/fields.ts'
export * from './config/form-fields.ts'
export * from './config/size.ts'
export * from './document/check.ts'
export * from './document/difference.ts'
export * from './document/difference-rows.ts'
export * from './document/difference-words.ts'
export type { Channel } from './document/flow.ts'
export * from './document/format.ts'
export * from './document/json-schema.ts'
export * from './document/migrate.ts'
export * from './document/parse.ts'
export * from './document/places.ts'
export { jsonTextEnd, readJson } from './document/read-json.ts'
export type { CheckedEdge, PortPlace } from './document/resolve-edges.ts'
export * from './document/write.ts'
export * from './event-time.ts'
export { compileDatePattern, parseWithPattern } from './expressions/date-pattern.ts'
export * from './expressions/index.ts'
export { patternsAwaited } from './expressions/pattern-engine.ts'
export {
  dayNumber,
  parseBoundedTimestamp,
  parseTimestamp,
  TIMESTAMP_MAX,
  toDateParts,
} from './expressions/timestamp.ts'
export { decodeUtf8, encodeUtf8 } from './expressions/utf8.ts'
export { fromLocal, type Zone, zoneOf } from './expressions/zone.ts'
export * from './guarantee.ts'
export * from './operator.ts'
export * from './problem.ts'
export * from './refusal-cause.ts'
export * from './row-json.ts'
export * from './schema.ts'
export * from './topic-name.ts'
export * from './type.ts'
export * from './value.ts'
export * as wire from './wire/index.ts'
