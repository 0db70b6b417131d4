/** Builds page and server once before all tests, by starting them as `npm start` does. */

import { MillraceProcess } from './millrace-process.ts'

export default async function buildOnce(): Promise<void> {
  const server = await MillraceProcess.start({ build: true })
  await server.end()
}
