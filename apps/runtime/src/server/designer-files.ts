/**
 * Serves the built designer: the page always fresh, its assets, whose names hold their hash, for
 * good.
 */

import path from 'node:path'
import compression from 'compression'
import express, { type NextFunction, type Request, type Response, Router } from 'express'
import { readIfThere } from '../env/example-files.ts'
import { NONCE_PLACE, nonceOf } from './security-headers.ts'

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Millrace</title></head>
<body><h1>The designer is not built yet</h1>
<p>The server runs and its API answers, but there is no page to show. Stop it and run
<code>npm start</code>, which builds the designer first.</p></body></html>
`

export function createDesignerFiles(folder: string): Router {
  const router = Router()
  const sendPage = (request: Request, response: Response, next: NextFunction) => {
    if (!request.accepts('html')) {
      next()
      return
    }
    const page = readIfThere(path.join(folder, 'index.html'))
    response.set('Cache-Control', 'no-cache').type('html')
    if (page === '') response.status(503).send(NOT_BUILT)
    else response.send(page.replaceAll(NONCE_PLACE, nonceOf(response)))
  }
  router.use(compression())
  // Before the files, of which it is one: only from here does it get its nonce.
  router.get(['/', '/index.html'], sendPage)
  router.use(
    '/assets',
    express.static(path.join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  )
  router.use(express.static(folder, { index: false, cacheControl: false, setHeaders: checkFirst }))
  router.get('/{*path}', (request, response, next) => {
    // A file that is not there stays a 404; anything else is a place in the page.
    if (isPlace(request.path)) sendPage(request, response, next)
    else next()
  })
  return router
}

/** Names of topics have dots, as those of files. */
function isPlace(requested: string): boolean {
  return requested.startsWith('/topics/') || !path.basename(requested).includes('.')
}

/** Browsers ask by the file's tag whether they still have it. */
function checkFirst(response: Pick<Response, 'setHeader'>): void {
  response.setHeader('Cache-Control', 'no-cache')
}
