import { Fields } from '@omg/sdk'

/** What a channel tells. One that throws gets a new snapshot: what does not fit together is asked for anew. */
export interface ChannelListener {
  /** Everything as of a block. */
  snapshot(data: unknown, sequence: bigint): void
  /** What a block changed. */
  update(data: unknown, sequence: bigint): void
}

export type StreamState = 'connecting' | 'live' | 'reconnecting'

/** The WebSocket of an indexer. It connects when first listened to, and again whenever the connection is lost. */
export interface Stream {
  /** Listens until the returned function is called. Listeners of one channel share what is sent. */
  subscribe(channel: string, listener: ChannelListener): () => void
  /** The connection, as React's useSyncExternalStore wants it. */
  readonly state: () => StreamState
  readonly onState: (changed: () => void) => () => void
  close(): void
}

export interface StreamOptions {
  /** How a connection is made; tests give their own. */
  readonly connect?: (url: string) => WebSocket
  /** Milliseconds between two pings; a connection silent for two of them is lost. */
  readonly pingMilliseconds?: number
  readonly firstRetryMilliseconds?: number
}

const PING_MS = 10_000
const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 5_000
/** Before a channel whose messages did not fit is asked for anew: a broken indexer is not asked in a circle. */
const RESYNC_MS = 500
/** Longest message that is read, in characters: a book with 100,000 levels has about 2,000,000. */
const MAX_MESSAGE_CHARACTERS = 16_000_000

interface Topic {
  readonly listeners: Set<ChannelListener>
  /** The last sequence that the listeners have; undefined: they wait for a snapshot. */
  sequence: bigint | undefined
  resync: ReturnType<typeof setTimeout> | undefined
}

/**
 * Talks to `/stream` of an indexer. After a lost connection each channel goes on behind its last sequence; where that is gone, where a
 * message is missing, or where a listener throws, it starts anew with a snapshot. So a listener never sees a gap, and nothing twice.
 */
export function openStream(url: string, options: StreamOptions = {}): Stream {
  const connect = options.connect ?? (to => new WebSocket(to))
  const ping = options.pingMilliseconds ?? PING_MS
  const firstRetry = options.firstRetryMilliseconds ?? FIRST_RETRY_MS
  const topics = new Map<string, Topic>()
  const watching = new Set<() => void>()
  let socket: WebSocket | undefined
  let isOpen = false
  let retry: ReturnType<typeof setTimeout> | undefined
  let alive: ReturnType<typeof setInterval> | undefined
  let failures = 0
  let silences = 0
  let closed = false
  let state: StreamState = 'connecting'

  function become(next: StreamState): void {
    if (state === next) return
    state = next
    for (const changed of watching) changed()
  }

  function send(message: object): void {
    if (isOpen) socket?.send(JSON.stringify(message))
  }

  function ask(channel: string, topic: Topic): void {
    send({
      op: 'subscribe',
      channel,
      ...(topic.sequence !== undefined && { from: String(topic.sequence) }),
    })
  }

  function start(): void {
    if (socket || closed) return
    clearTimeout(retry)
    const next = connect(url)
    socket = next
    next.onopen = () => {
      isOpen = true
      failures = 0
      silences = 0
      alive = setInterval(beat, ping)
      become('live')
      for (const [channel, topic] of topics) ask(channel, topic)
    }
    next.onmessage = ({ data }) => {
      silences = 0
      receive(String(data))
    }
    next.onclose = () => lose(next)
    next.onerror = () => {}
  }

  function beat(): void {
    if (silences++ >= 2) {
      const dead = socket
      dead?.close()
      if (dead) lose(dead)
    } else send({ op: 'ping' })
  }

  function lose(lost: WebSocket): void {
    if (socket !== lost) return
    socket = undefined
    isOpen = false
    clearInterval(alive)
    if (closed) return
    if (state === 'live') become('reconnecting')
    if (topics.size > 0) retry = setTimeout(start, Math.min(firstRetry * 2 ** failures++, LAST_RETRY_MS))
  }

  function receive(text: string): void {
    const message = messageFrom(text)
    if (!message) {
      socket?.close()
      return
    }
    if (!message.has('channel')) {
      // A subscription that failed for a reason of the moment is made again with a new connection.
      if (message.raw('code') === 'indexer.internal') socket?.close()
      return
    }
    const channel = String(message.raw('channel'))
    const topic = topics.get(channel)
    if (topic) tell(channel, topic, message)
    else if (message.raw('type') === 'update') send({ op: 'unsubscribe', channel })
  }

  function tell(channel: string, topic: Topic, message: Fields): void {
    const type = message.raw('type')
    if (type !== 'snapshot' && type !== 'update') return
    try {
      const sequence = message.integer('sequence')
      if (type === 'update') {
        if (topic.sequence === undefined || sequence <= topic.sequence) return
        if (message.integer('previous') > topic.sequence) throw new Error(`a gap in ${channel}`)
      }
      for (const listener of topic.listeners) listener[type](message.raw('data'), sequence)
      topic.sequence = sequence
    } catch (error) {
      console.warn(`${channel} starts anew: ${(error as Error).message}`)
      topic.sequence = undefined
      topic.resync ??= setTimeout(() => {
        topic.resync = undefined
        if (topics.get(channel) === topic) ask(channel, topic)
      }, RESYNC_MS)
    }
  }

  return {
    subscribe(channel, listener) {
      const topic = topics.get(channel) ?? { listeners: new Set(), sequence: undefined, resync: undefined }
      topics.set(channel, topic)
      topic.listeners.add(listener)
      // Whoever joins needs everything; the others get it once more.
      topic.sequence = undefined
      if (isOpen) ask(channel, topic)
      else start()
      return () => {
        topic.listeners.delete(listener)
        if (topic.listeners.size > 0 || topics.get(channel) !== topic) return
        topics.delete(channel)
        clearTimeout(topic.resync)
        send({ op: 'unsubscribe', channel })
      }
    },
    state: () => state,
    onState(changed) {
      watching.add(changed)
      return () => watching.delete(changed)
    },
    close() {
      closed = true
      clearTimeout(retry)
      clearInterval(alive)
      socket?.close()
    },
  }
}

function messageFrom(text: string): Fields | undefined {
  if (text.length > MAX_MESSAGE_CHARACTERS) return undefined
  try {
    return new Fields(JSON.parse(text), 'message')
  } catch {
    return undefined
  }
}
