/** What is said of a file that does not hold what was written to it. */

export class DamagedFile extends Error {
  readonly path: string
  readonly reason: string

  /** `reason` and `advice` are sentences. */
  constructor(path: string, reason: string, advice = '') {
    super(`"${path}" is damaged: ${reason}${advice === '' ? '' : ` ${advice}`}`)
    this.name = 'DamagedFile'
    this.path = path
    this.reason = reason
  }
}
