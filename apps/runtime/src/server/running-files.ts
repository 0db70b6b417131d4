/** Which files the running jobs read and write, so that no other job takes them away from them. */

import type { Disk } from '@millrace/engine'
import type { Problem, wire } from '@millrace/pipeline'
import { resolveBelowRoots } from '../env/file-roots.ts'
import { checkFileClaims, type FileClaim, findFileClaims, resolveClaims } from '../file-claims.ts'
import type { RunnablePipeline } from './document-checks.ts'

export interface RunningFilesOptions {
  readonly disk: Disk
  readonly roots: readonly string[]
  /** Whether a job has not ended. */
  runs(jobId: string): boolean
}

export class RunningFiles {
  readonly #options: RunningFilesOptions
  readonly #claims = new Map<string, readonly FileClaim[]>()

  constructor(options: RunningFilesOptions) {
    this.#options = options
  }

  /** What a pipeline would claim. Paths outside the roots are for the job itself to refuse. */
  async find({ name, checked }: RunnablePipeline): Promise<readonly FileClaim[]> {
    const { disk, roots } = this.#options
    const claims = await findFileClaims(checked, (path) => absolute(path, roots), disk)
    return claims.map((claim) => ({ ...claim, pipeline: name }))
  }

  /** Which of these files nobody else may have beside the jobs that run, `butJobId` left out. */
  async findTaken(
    places: readonly wire.Place[],
    butJobId: string | undefined,
  ): Promise<readonly Problem[]> {
    const { disk, roots } = this.#options
    const named = places.flatMap((place) => (place.kind === 'file' ? [place] : []))
    const claims = await resolveClaims(named, (path) => absolute(path, roots), disk)
    // What one node of the pipeline takes from another one is found without the server.
    return claims.flatMap((claim) => this.check([claim], butJobId))
  }

  /** What speaks against running a pipeline beside those that run, `butJobId` not among them. */
  check(claims: readonly FileClaim[], butJobId?: string): readonly Problem[] {
    const { runs } = this.#options
    for (const jobId of this.#claims.keys()) if (!runs(jobId)) this.#claims.delete(jobId)
    const own = claims.map(({ nodeId, use, path, real }) => ({ nodeId, use, path, real }))
    const others = [...this.#claims].flatMap(([jobId, held]) => (jobId === butJobId ? [] : held))
    return checkFileClaims(own, { others })
  }

  /** From here until the job has ended. */
  hold(jobId: string, claims: readonly FileClaim[]): void {
    this.#claims.set(jobId, claims)
  }
}

function absolute(path: string, roots: readonly string[]): string {
  const resolved = resolveBelowRoots(path, roots)
  return 'absolute' in resolved ? resolved.absolute : path
}
