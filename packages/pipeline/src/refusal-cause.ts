/** Why a record was refused: what each refusal says, wherever the record was and whoever asks. */

export interface RefusalCause {
  /** In words, the same for ever: letters are grouped by it, and scripts look for it. */
  readonly code: string
  /** The reason as the `errors` port has it. */
  readonly message: string
  /** The column whose value is at fault, where it is one. */
  readonly column?: string | undefined
}
