/** The wire between page and host. */

export * from './checkpoints.ts'
export * from './dead-letters.ts'
export * from './engine-hosts.ts'
export * from './http.ts'
export * from './job-log.ts'
export * from './picture.ts'
export * from './recording-routes.ts'
export * from './recordings.ts'
export * from './socket-events.ts'
export * from './telemetry.ts'
export * from './topic-browse.ts'
export * from './topics.ts'
