import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { createNodes, sleep } from './nodes.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

/** A node with some blocks. */
const nodeWith = (height: number) =>
  serve((request, response) => {
    if (request.method === 'POST')
      return void response.end(JSON.stringify({ id: 1, result: { height: String(height) } }))
    const asked = Number(request.url?.split('/').at(-1))
    if (asked > height) return void response.writeHead(404).end()
    response.end(Buffer.of(asked))
  })

const DEAD = 'http://127.0.0.1:1'

describe('createNodes', () => {
  it('takes the highest head and any node that has the block', async () => {
    const [low, high] = [await nodeWith(3), await nodeWith(9)]
    const nodes = createNodes([DEAD, low.url, high.url])
    expect(await nodes.head()).toEqual({ ok: true, value: 9n })
    expect(await nodes.block(2n)).toMatchObject({ ok: true, value: Uint8Array.of(2) })
    expect(await nodes.block(8n)).toMatchObject({ ok: true, value: Uint8Array.of(8) })
    expect(await nodes.block(10n)).toEqual({ ok: true, value: undefined })
  })

  it('asks all nodes for another block than the one that was refused', async () => {
    const [one, two] = [await nodeWith(3), await serve((_, response) => response.end('other'))]
    const nodes = createNodes([DEAD, one.url, two.url])
    const others = await nodes.alternatives(2n, Uint8Array.of(2))
    expect(others.map(({ url, bytes }) => [url, Buffer.from(bytes).toString()])).toEqual([[two.url, 'other']])
  })

  it('says when no node answers', async () => {
    const nodes = createNodes([DEAD])
    expect(await nodes.head()).toMatchObject({ ok: false, error: { code: 'node.unreachable' } })
    expect(await nodes.block(1n)).toMatchObject({ ok: false, error: { code: 'node.unreachable' } })
  })

  it.each([
    ['no JSON', (_: unknown, response: { end(text: string): void }) => response.end('<html>')],
    ['no status', (_: unknown, response: { end(text: string): void }) => response.end('{"result":{}}')],
    [
      'an error',
      (_: unknown, response: { end(text: string): void }) => response.end('{"error":{"message":"no"}}'),
    ],
    [
      'an endless answer',
      (_: unknown, response: { end(text: string): void }) => response.end(' '.repeat(2 ** 21)),
    ],
  ])('refuses %s', async (_, listener) => {
    const { url } = await serve(listener as RequestListener)
    expect(await createNodes([url]).head()).toMatchObject({ ok: false, error: { code: 'node.malformed' } })
  })

  it('is woken by announcements, and connects again after a cut', async () => {
    const { url, server } = await nodeWith(1)
    const sockets = new WebSocketServer({ server })
    let connections = 0
    sockets.on('connection', socket => {
      connections++
      socket.on('message', () => {
        socket.send('{}')
        if (connections === 1) socket.terminate()
      })
    })
    const controller = new AbortController()
    let woken = 0
    createNodes([url]).listen(() => woken++, controller.signal)
    while (connections < 2 || woken < 3) await sleep(10, new AbortController().signal)
    controller.abort()
    sockets.close()
  })
})
