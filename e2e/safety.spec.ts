/** Nobody else's page reaches the server, and no text becomes markup. */

import { once } from 'node:events'
import { request } from 'node:http'
import { pagesPerSecond } from './documents.ts'
import { expect, test } from './fixtures.ts'

const MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'

test('markup in names, titles, records and errors is shown as text', async ({ designer, page }) => {
  const document = pagesPerSecond(`Named ${MARKUP}`)
  document.nodes.visits.config.columns.page.values = [MARKUP]
  document.nodes.slow.title = MARKUP
  document.nodes.slow.config.where = 'CAST(page AS INTEGER) > 100 OR ms > 100'
  await designer.openDocument(document)
  await designer.run()
  await designer.tapEdge('Visits', MARKUP)
  await expect(designer.drawer.getByRole('cell', { name: MARKUP }).first()).toBeVisible()
  await designer.openDrawer('Logs')
  await expect(designer.drawer).toContainText('<img')
  await designer.stop()
  await designer.openList()
  await expect(page.getByRole('link').filter({ hasText: MARKUP })).toBeVisible()
  expect(await page.evaluate('window.hacked')).toBeUndefined()
})

const SOCKET = '/socket.io/?EIO=4&transport=websocket'
/** What a browser asks with to turn a request into a WebSocket. */
const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** As a browser would send them that was led astray; an ordinary client cannot set these. */
async function answerTo(url: string, path: string, headers: Record<string, string>) {
  const asked = request(new URL(path, url), {
    headers: path === SOCKET ? { ...UPGRADE, ...headers } : headers,
  })
  asked.end()
  const [answer] = await once(asked, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return { status: answer.statusCode as number, text: Buffer.concat(chunks).toString('utf8') }
}

const PATHS = [
  ['over HTTP', '/api/v1/pipelines', 403],
  // engine.io answers so whatever the reason.
  ['on the socket', SOCKET, 400],
  ['with the page', '/pipelines', 403],
] as const

for (const [title, path, refused] of PATHS) {
  test(`a host name that is not ours is refused ${title}`, async ({ server }) => {
    const { status, text } = await answerTo(server.url, path, { Host: 'evil.example' })
    expect(status).toBe(refused)
    expect(text).toContain('The request is for host')
    expect(text).toContain('evil.example')
  })
}

for (const [title, path, refused] of PATHS.slice(0, 2)) {
  test(`a page from elsewhere is refused ${title}`, async ({ server }) => {
    const { status, text } = await answerTo(server.url, path, { Origin: 'http://evil.example' })
    expect(status).toBe(refused)
    expect(text).toContain('The page that asks comes from')
  })
}

test('our own page opens a socket', async ({ server }) => {
  const asked = request(new URL(SOCKET, server.url), {
    headers: { ...UPGRADE, Origin: server.url },
  })
  asked.end()
  const [answer, socket] = await once(asked, 'upgrade')
  expect(answer.statusCode).toBe(101)
  socket.destroy()
})

test('a file outside the roots is refused with the roots named', async ({
  designer,
  server,
  faults,
}) => {
  faults.expect(/status of 403/)
  await designer.openEmpty()
  await designer.add('File source')
  await designer.setField('Path', '../../../etc/passwd')
  await designer.inspector.getByRole('button', { name: 'Read the schema from the file' }).click()
  await expect(designer.inspector.getByRole('status')).toContainText(server.root)
})

test('a port that is taken is named, with the way to choose another', async ({ server }) => {
  const { code, printed } = await server.startBeside()
  expect(code).toBe(2)
  expect(printed).toContain(`Port ${server.port} on 127.0.0.1 is taken by another program.`)
  expect(printed).toContain(`--port ${server.port + 1}`)
})
