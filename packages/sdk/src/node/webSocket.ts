import { OmgError } from '@omg/protocol'
import { sdkError } from '../error.ts'
import { resultOf } from './answer.ts'
import { type Listener, type NodeTransport, REQUEST_TIMEOUT_MS } from './transport.ts'

export interface WebSocketOptions {
  /** Milliseconds until a request counts as lost, default 10 s. */
  readonly timeout?: number
}

interface Call {
  settle(answer: unknown): void
  fail(error: Error): void
}

interface Subscription {
  readonly channel: string
  readonly listener: Listener
  /** Height to go on from; undefined: from now on. */
  next: bigint | undefined
  /** The node's name for it on the present connection. */
  id: string | undefined
}

const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 10_000
/** Most events kept for subscriptions that the node has not confirmed yet. */
const MAX_EARLY_EVENTS = 10_000

/**
 * Talks to a node over a WebSocket. It connects at the first request and again whenever the connection is lost;
 * subscriptions go on where they were, so no event is missed.
 */
export function webSocket(
  url: string,
  { timeout = REQUEST_TIMEOUT_MS }: WebSocketOptions = {},
): NodeTransport {
  const calls = new Map<number, Call>()
  const subscriptions = new Set<Subscription>()
  /** Events whose subscription is still being answered: the node may send both in one breath. */
  let early: { id: unknown; event: unknown }[] = []
  let nextId = 1
  let socket: WebSocket | undefined
  let opening: Promise<WebSocket> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let closed = false

  function connect(): Promise<WebSocket> {
    opening ??= new Promise((resolve, reject) => {
      const next = new WebSocket(url)
      next.onopen = () => {
        socket = next
        failures = 0
        resolve(next)
        for (const subscription of subscriptions) void resume(subscription)
      }
      next.onmessage = ({ data }) => receive(String(data))
      next.onclose = () => {
        const error = sdkError('node.unreachable', `no connection to ${url}`)
        reject(error)
        lose(error)
      }
      next.onerror = () => {}
    })
    return opening
  }

  function lose(error: Error): void {
    socket = undefined
    opening = undefined
    for (const call of calls.values()) call.fail(error)
    calls.clear()
    early = []
    for (const subscription of subscriptions) subscription.id = undefined
    if (closed || subscriptions.size === 0) return
    clearTimeout(retry)
    retry = setTimeout(
      () => connect().catch(() => {}),
      Math.min(FIRST_RETRY_MS * 2 ** failures++, LAST_RETRY_MS),
    )
  }

  function receive(text: string): void {
    let message: { id?: unknown; method?: unknown; params?: { subscription?: unknown; result?: unknown } }
    try {
      message = JSON.parse(text)
    } catch {
      socket?.close()
      return
    }
    if (message.method === 'omg_subscription') {
      tell(message.params?.subscription, message.params?.result)
      return
    }
    const call = calls.get(message.id as number)
    calls.delete(message.id as number)
    call?.settle(message)
  }

  function tell(id: unknown, event: unknown): void {
    const known = [...subscriptions].some(subscription => subscription.id === id)
    const awaited = [...subscriptions].some(subscription => subscription.id === undefined)
    if (!known && awaited) early.push({ id, event })
    // A new connection resumes where this one was, so that nothing is left out.
    if (early.length > MAX_EARLY_EVENTS) socket?.close()
    for (const subscription of subscriptions) {
      if (subscription.id !== id) continue
      const height = (event as { height?: unknown } | undefined)?.height
      if (typeof height === 'string' && /^\d+$/.test(height)) subscription.next = BigInt(height) + 1n
      subscription.listener.event(event)
    }
  }

  async function resume(subscription: Subscription): Promise<void> {
    const { channel, next, listener } = subscription
    try {
      const params = next === undefined ? { channel } : { channel, from: String(next) }
      const { subscription: id } = (await request('omg_subscribe', params)) as { subscription: string }
      if (!subscriptions.has(subscription)) {
        void request('omg_unsubscribe', { subscription: id }).catch(() => {})
        return
      }
      subscription.id = id
      const waiting = early.filter(item => item.id === id)
      early = early.filter(item => item.id !== id)
      for (const { event } of waiting) tell(id, event)
    } catch (error) {
      // A lost connection is tried again; what the node itself refuses, it will refuse again.
      if (error instanceof OmgError && error.code !== 'node.unreachable') listener.error(error)
    }
  }

  async function request(method: string, params: object): Promise<unknown> {
    const open = socket ?? (await connect())
    const id = nextId++
    const answer = await new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(
        () => finish(reject, sdkError('node.unreachable', `no answer from ${url}`)),
        timeout,
      )
      const finish = <T>(how: (value: T) => void, value: T) => {
        clearTimeout(timer)
        calls.delete(id)
        how(value)
      }
      calls.set(id, { settle: value => finish(resolve, value), fail: error => finish(reject, error) })
      open.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
    return resultOf(answer, id)
  }

  return {
    url,
    request,

    subscribe(channel, from, listener) {
      const subscription: Subscription = { channel, listener, next: from, id: undefined }
      subscriptions.add(subscription)
      if (socket) void resume(subscription)
      else connect().catch(() => {})
      return () => {
        subscriptions.delete(subscription)
        if (subscription.id === undefined) return
        request('omg_unsubscribe', { subscription: subscription.id }).catch(() => {})
      }
    },

    close() {
      closed = true
      clearTimeout(retry)
      socket?.close()
    },
  }
}
