/** Why a request to a webhook was not taken. */

export class DeliveryRefused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'DeliveryRefused'
    this.status = status
    this.code = code
  }
}
