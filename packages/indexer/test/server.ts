import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { StateTransition } from '@omg/ledger'
import type { OmgError } from '@omg/protocol'
import { WebSocketServer } from 'ws'
import { writeParameters } from '../src/chain/parameters.ts'
import type { TestChain } from './chain.ts'
import { SEASONING_PARAMETERS } from './market.ts'

/** A chain behind the endpoints of a node that an indexer uses. */
export interface ChainServer {
  readonly url: string
  /** Answers of JSON-RPC methods that a node has besides. What they throw is the node's own error. */
  readonly methods: Map<string, (parameters: Record<string, unknown>) => unknown>
  /** What is served for a height in place of the chain's own block. */
  readonly instead: Map<number, Uint8Array>
  /** Blocks that it admits to have; all where undefined. */
  visible: number | undefined
  /** Tells everybody who listens that there is a block. */
  announce(): void
  close(): Promise<void>
}

export async function serveChain(chain: TestChain<StateTransition>): Promise<ChainServer> {
  const server = createServer((request, response) => void answer(request, response))
  const sockets = new WebSocketServer({ server })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const served: ChainServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    methods: new Map(),
    instead: new Map(),
    visible: undefined,
    announce() {
      for (const socket of sockets.clients) socket.send('{"jsonrpc":"2.0","method":"omg_subscription"}')
    },
    close: () =>
      new Promise(resolve => {
        for (const socket of sockets.clients) socket.terminate()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  chain.onBlock(() => served.announce())
  return served

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const visible = served.visible ?? chain.height
    if (request.method === 'GET') {
      const height = Number(/^\/blocks\/(\d+)$/.exec(request.url ?? '')?.[1])
      const block = height <= visible ? (served.instead.get(height) ?? chain.blocks[height - 1]) : undefined
      response.writeHead(block ? 200 : 404).end(block)
      return
    }
    let text = ''
    for await (const part of request) text += part
    const { method, params } = JSON.parse(text) as { method: string; params: Record<string, unknown> }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, ...result(method, params, visible) }))
  }

  function result(method: string, params: Record<string, unknown>, visible: number): object {
    if (method === 'omg_status') return { result: { height: String(visible) } }
    if (method === 'omg_getParameters')
      return {
        result: JSON.parse(
          writeParameters({ ledger: chain.ledger.parameters, seasoning: SEASONING_PARAMETERS }),
        ),
      }
    const handler = served.methods.get(method)
    if (handler === undefined) return { error: { code: -32601, message: 'no such method' } }
    try {
      return { result: handler(params) }
    } catch (error) {
      const { code, message, action } = error as OmgError
      return { error: { code: -32001, message, data: { code, action } } }
    }
  }
}
