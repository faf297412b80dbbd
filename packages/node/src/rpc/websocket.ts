import type { Server } from 'node:http'
import type { Logger } from 'pino'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { NodeServices } from '../services.ts'
import { createDispatcher, type DispatchOptions, MAX_REQUEST_BYTES, servicesFor } from './dispatch.ts'
import { Subscriptions, subscriptionMethods } from './subscriptions.ts'

export interface SocketLimits {
  connections: number
  /** Bytes that may wait in a connection before its events pause. */
  queueBytes: number
  /** A consumer that takes nothing of a full queue for this long is closed. */
  slowMilliseconds: number
  /** Calls of one connection that are worked on at once; the rest waits. */
  concurrentCalls: number
}

export const SOCKET_LIMITS: SocketLimits = {
  connections: 1_000,
  queueBytes: 1024 * 1024,
  slowMilliseconds: 10_000,
  concurrentCalls: 32,
}

/** WebSocket close codes of this server. */
export const CLOSE = { goingAway: 1001, tryLater: 1013, slow: 4008 } as const

const DRAIN_POLL_MILLISECONDS = 10
const PING_MILLISECONDS = 30_000

export interface SocketServer {
  readonly connections: number
  close(): Promise<void>
}

/** JSON-RPC and subscriptions over WebSocket, on the path / of an HTTP server. */
export function serveSockets(
  server: Server,
  services: NodeServices,
  options: Omit<DispatchOptions, 'services'> & { limits?: Partial<SocketLimits>; logger: Logger },
): SocketServer {
  const limits = { ...SOCKET_LIMITS, ...options.limits }
  const sockets = new WebSocketServer({
    server,
    path: '/',
    maxPayload: MAX_REQUEST_BYTES,
    perMessageDeflate: false,
  })

  sockets.on('connection', (socket, { socket: { remoteAddress = '' } }) => {
    if (sockets.clients.size > limits.connections) {
      socket.close(CLOSE.tryLater, 'too many connections')
      return
    }
    const subscriptions = new Subscriptions(services, (subscription, result) => {
      const params = { subscription, result }
      return deliver(socket, JSON.stringify({ jsonrpc: '2.0', method: 'omg_subscription', params }), limits)
    })
    const bound = subscriptionMethods(subscriptions)
    const methods = options.methods.map(method => bound.find(({ name }) => name === method.name) ?? method)
    const dispatcher = createDispatcher({
      ...options,
      services: servicesFor(services, remoteAddress),
      methods,
    })
    const stopPing = keepAlive(socket)
    let calls = 0
    socket.on('message', async data => {
      if (++calls >= limits.concurrentCalls) socket.pause()
      try {
        const answer = await dispatcher.handle(textOf(data))
        if (answer !== undefined) await deliver(socket, answer, limits)
      } catch (error) {
        options.logger.error({ err: error }, 'unexpected error in a socket')
      } finally {
        if (--calls < limits.concurrentCalls) socket.resume()
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      stopPing()
      subscriptions.close()
    })
  })

  return {
    get connections() {
      return sockets.clients.size
    },
    async close() {
      for (const socket of sockets.clients) socket.close(CLOSE.goingAway, 'the node stops')
      const closed = new Promise<void>(resolve => sockets.close(() => resolve()))
      setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate()
      }, 1_000).unref()
      await closed
    },
  }
}

/** Sends, then waits for room. A consumer that stands still with a full queue is closed (it resumes by height). */
async function deliver(socket: WebSocket, text: string, limits: SocketLimits): Promise<boolean> {
  if (socket.readyState !== socket.OPEN) return false
  socket.send(text)
  let waiting = socket.bufferedAmount
  let since = Date.now()
  while (socket.bufferedAmount > limits.queueBytes) {
    await new Promise(resolve => setTimeout(resolve, DRAIN_POLL_MILLISECONDS))
    if (socket.readyState !== socket.OPEN) return false
    if (socket.bufferedAmount < waiting) since = Date.now()
    waiting = socket.bufferedAmount
    if (Date.now() - since < limits.slowMilliseconds) continue
    socket.close(CLOSE.slow, 'subscription.slow')
    // The close frame stands behind the full queue: do not wait for it for ever.
    setTimeout(() => socket.terminate(), 1_000).unref()
    return false
  }
  return true
}

/** A peer that is gone without a word is noticed. */
function keepAlive(socket: WebSocket): () => void {
  let alive = true
  socket.on('pong', () => {
    alive = true
  })
  const timer = setInterval(() => {
    if (!alive) socket.terminate()
    alive = false
    socket.ping()
  }, PING_MILLISECONDS)
  timer.unref()
  return () => clearInterval(timer)
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.from(data as Buffer).toString('utf8')
}
