/** Examples without an answer over whole tables, and why. */

export const WITHOUT_BATCH: ReadonlyMap<string, string> = new Map([
  [
    'this-machine',
    'It measures this machine while it runs: no second reader gets the same records.',
  ],
])
