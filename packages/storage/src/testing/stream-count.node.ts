/** How many random streams a test tries, as the environment asks. */

/** `each`, or as many times that as MILLRACE_STREAMS says. */
export function streamCount(each: number): number {
  return each * Number(process.env.MILLRACE_STREAMS ?? 1)
}
