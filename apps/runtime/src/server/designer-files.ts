/**
 * Serves the built designer: the page always fresh, its assets, whose names hold their hash, for
 * good.
 */

import path from 'node:path'
import express, { Router } from 'express'
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
  router.use(
    '/assets',
    express.static(path.join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  )
  router.use(express.static(folder, { index: false, maxAge: 0 }))
  router.get('/{*path}', (request, response, next) => {
    // A file that is not there stays a 404; anything else is a place in the page.
    if (path.extname(request.path) !== '' || !request.accepts('html')) {
      next()
      return
    }
    const page = readIfThere(path.join(folder, 'index.html'))
    response.set('Cache-Control', 'no-cache').type('html')
    if (page === '') response.status(503).send(NOT_BUILT)
    else response.send(page.replaceAll(NONCE_PLACE, nonceOf(response)))
  })
  return router
}
