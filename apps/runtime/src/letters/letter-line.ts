/**
 * Which of what jobs have told of letters the state of a job holds. Everything a job tells is
 * numbered, and its checkpoints hold up to which number. A job that goes on from the checkpoint of
 * another holds that much of what the other has told, and what that one held of those before it:
 *
 *     job 1   0 1 2 3 4 | 5 6 7
 *                       └── job 2   0 1 2 | 3
 *                                         └── job 3    holds 0-4 of job 1, and 0-2 of job 2
 *
 * What is told by a job of the same root and not held is of a history that was gone back from.
 */

/** So many letters are remembered as accepted since the checkpoint before. */
const LATELY_MAX = 10_000
/** So many jobs before are remembered that have told of letters. */
const JOBS_MAX = 1000

/** Where something that was told stands. */
export interface ToldAt {
  readonly jobId: string
  /** The first of the jobs that this one goes on from; itself, where it began with nothing. */
  readonly root: string
  readonly number: number
}

/** A type, since it is state. */
export type HeldOf = {
  readonly jobId: string
  /** What has a lower number is held. */
  readonly count: number
}

/** A letter that somebody wants to be sent in. */
export interface Asked {
  readonly letterId: string
  /** Where its refusal was told, each time that it was refused again, and that it was accepted. */
  readonly refusedAt?: ToldAt
  readonly refusedAgainAt?: readonly ToldAt[]
  readonly acceptedAt?: readonly ToldAt[]
  /** The job that refused it first. */
  readonly refusedIn?: string
}

/** For a checkpoint. */
export type SavedLine = {
  readonly jobId: string
  readonly root: string
  readonly count: number
  readonly before: readonly HeldOf[]
  /** Letters that were accepted since the checkpoint before: it may not have been told yet. */
  readonly accepted: readonly string[]
  /** As above, those that were refused again. Absent in checkpoints of before. */
  readonly refusedAgain?: readonly string[]
}

export class LetterLine {
  readonly #jobId: string
  readonly root: string
  /** The jobs that this one goes on from. */
  readonly before: readonly HeldOf[]
  /** It begins with the checkpoint of another job, which others may have gone on from, too. */
  readonly isNew: boolean
  #count: number
  readonly #acceptedBefore: ReadonlySet<string>
  /** By letter, the job that has refused it again. */
  readonly #refusedBefore: ReadonlyMap<string, string>
  #accepted: string[] = []
  #refusedAgain: string[] = []

  /** A checkpoint of before there were lines is as none: then nothing is known to be given up. */
  constructor(jobId: string, saved: SavedLine | undefined) {
    this.#jobId = jobId
    this.root = saved?.root ?? jobId
    const isOwn = saved === undefined || saved.jobId === jobId
    this.isNew = !isOwn
    this.#acceptedBefore = new Set(isOwn ? [] : saved.accepted)
    const refusedAgain = isOwn ? [] : (saved.refusedAgain ?? [])
    this.#refusedBefore = new Map(refusedAgain.map((id) => [id, saved?.jobId ?? jobId]))
    this.#count = isOwn ? (saved?.count ?? 0) : 0
    const known = saved?.before ?? []
    const last = isOwn ? [] : [{ jobId: saved.jobId, count: saved.count }]
    this.before = [...known, ...last].filter(({ count }) => count > 0).slice(-JOBS_MAX)
  }

  /** For the next that is told. */
  next(): Pick<ToldAt, 'root' | 'number'> {
    return { root: this.root, number: this.#count++ }
  }

  noteAccepted(letterId: string): void {
    if (this.#accepted.length < LATELY_MAX) this.#accepted.push(letterId)
  }

  noteRefusedAgain(letterId: string): void {
    if (this.#refusedAgain.length < LATELY_MAX) this.#refusedAgain.push(letterId)
  }

  /** For the checkpoint that is cut. */
  cut(): SavedLine {
    const { root, before } = this
    const [accepted, refusedAgain] = [this.#accepted, this.#refusedAgain]
    this.#accepted = []
    this.#refusedAgain = []
    return { jobId: this.#jobId, root, count: this.#count, before, accepted, refusedAgain }
  }

  holds({ jobId, number }: ToldAt): boolean {
    if (jobId === this.#jobId) return true
    return this.before.some((held) => held.jobId === jobId && number < held.count)
  }

  /** Its record comes once more, or is in the state already: it may not come in again. */
  leavesOut({ letterId, refusedAt, acceptedAt = [] }: Asked): boolean {
    if (refusedAt?.root === this.root && !this.holds(refusedAt)) return true
    return this.#acceptedBefore.has(letterId) || acceptedAt.some((one) => this.holds(one))
  }

  /** The job whose refusal of it the state holds; undefined where it holds none. */
  refusedIn({ letterId, refusedAt, refusedAgainAt = [], refusedIn }: Asked): string | undefined {
    const lately = this.#refusedBefore.get(letterId)
    if (lately !== undefined) return lately
    const all = refusedAt === undefined ? refusedAgainAt : [refusedAt, ...refusedAgainAt]
    const held = all.findLast((one) => this.holds(one))
    if (held !== undefined) return held.jobId
    // Of no history, or of before there were lines: its job alone is known.
    return refusedAt === undefined ? refusedIn : undefined
  }
}
