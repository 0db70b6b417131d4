/** Headers that keep a page from doing what ours never does. */

import type { Request, Response } from 'express'
import helmet from 'helmet'

/** A place for a nonce of ours in what the page's build writes. */
export const NONCE_PLACE = '__CSP_NONCE__'

/** Nothing of the machine is for pages, except the clipboard, by which nodes are copied. */
const PERMISSIONS = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
]
  .map((name) => `${name}=()`)
  .join(', ')

/** `nonce` is new for each answer and stands in `response.locals`. */
export function securityHeaders(createNonce: () => string) {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", (_, response) => `'nonce-${nonceOf(response as Response)}'`],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
      },
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    // It is served over plain HTTP, to this machine only.
    strictTransportSecurity: false,
  })
  return (request: Request, response: Response, next: (error?: unknown) => void): void => {
    response.locals.nonce = createNonce()
    response.set('Permissions-Policy', PERMISSIONS)
    headers(request, response, next)
  }
}

export function nonceOf(response: Response): string {
  return String(response.locals.nonce)
}
