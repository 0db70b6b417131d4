/** Runs a command of this repository; says what it takes where it is given something else. */

const HELP = ['--help', '-h']

/**
 * @param {string} usage With its last line end.
 * @param {readonly string[]} given
 * @param {() => Promise<number>} main Returns the exit code.
 * @returns {Promise<number>} That of `main`; 2 where it was given what it does not take.
 */
export async function withUsage(usage, given, main) {
  if (given.some((word) => HELP.includes(word))) {
    process.stdout.write(usage)
    return 0
  }
  try {
    return await main()
  } catch (error) {
    const fact = factOf(error)
    if (fact === undefined) throw error
    process.stderr.write(`${fact}\n${usage}`)
    return 2
  }
}

/**
 * The first sentence of what `parseArgs` says; the second one is about words that begin with a
 * dash, which nothing here does. Undefined for all other errors.
 *
 * @param {unknown} error
 */
function factOf(error) {
  if (!(error instanceof Error && 'code' in error)) return undefined
  if (!String(error.code).startsWith('ERR_PARSE_ARGS_')) return undefined
  return `${error.message.replace(/\. .*$|\.$/s, '')}.`
}
