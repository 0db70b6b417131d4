/** What becomes of another engine's case here. */

/** How a case is tried, or why it is not. */
export type Trial =
  | { readonly skipped: string }
  | {
      /** What is ours about it, where the case does not run just as it stands. */
      readonly mode?: string
      run(): void
    }

/** What came of a case that has been run already. */
export interface CaseResult {
  readonly id: string
  readonly verdict: 'passed' | 'skipped' | 'failed'
  /** The mode in which it ran, why it was left out, or what differs. */
  readonly note: string
}
