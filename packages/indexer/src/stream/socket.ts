import type { Server } from 'node:http'
import { type Hex, OmgError } from '@omg/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { toJson } from '../api/json.ts'
import { indexerError } from '../errors.ts'
import type { Hub, Subscriber } from './hub.ts'
import {
  MAX_SUBMISSION_BYTES,
  MAX_TRANSACTION_CHARACTERS,
  SubmissionDesk,
  type SubmissionLimits,
  type Submit,
} from './submission.ts'

export interface StreamLimits extends SubmissionLimits {
  readonly connections: number
  /** Channels of one connection. */
  readonly subscriptions: number
  /** Bytes that may wait for a client before it is cut off. */
  readonly queueBytes: number
  /** A client that does not answer a ping before the next one is gone. */
  readonly pingMilliseconds: number
}

export const STREAM_LIMITS: StreamLimits = {
  connections: 2_000,
  subscriptions: 64,
  queueBytes: 4 * 1024 * 1024,
  pingMilliseconds: 30_000,
  submissions: 16,
  submissionsPerSecond: 50,
  submissionsInFlight: 512,
}

/** Longest message of a client, in bytes, unless it hands in a transaction. */
export const MAX_MESSAGE_BYTES = 4_096
/** Messages of one client that are worked on at once; its socket is not read further meanwhile. */
const MAX_CONCURRENT_MESSAGES = 8
/** A client that was told to go has this long to say goodbye. */
const GOODBYE_MILLISECONDS = 1_000

/** WebSocket close codes of this server. */
export const CLOSE = { goingAway: 1001, tryLater: 1013, slow: 4008 } as const

const idSchema = z.union([z.string().max(64), z.int()])
const messageSchema = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('subscribe'),
    channel: z.string().max(200),
    /** Last sequence that the client has: it wants everything after it. */
    from: z
      .string()
      .regex(/^\d{1,18}$/)
      .transform(BigInt)
      .optional(),
  }),
  z.strictObject({ op: z.literal('unsubscribe'), channel: z.string().max(200) }),
  z.strictObject({ op: z.literal('ping') }),
  z.strictObject({
    op: z.literal('submit'),
    /** Of the client, for it to know the answer by. */
    id: idSchema,
    transaction: z
      .string()
      .max(MAX_TRANSACTION_CHARACTERS)
      .regex(/^0x([0-9a-fA-F]{2})+$/, 'is not a transaction (0x and hexadecimal digits)')
      .transform(text => text.toLowerCase() as Hex),
  }),
])
type Message = z.output<typeof messageSchema>

export interface StreamServer {
  readonly connections: number
  close(): void
}

/** The WebSocket on /stream of an HTTP server. */
export function serveStream(
  server: Server,
  hub: Hub,
  options: {
    readonly limits?: Partial<StreamLimits>
    readonly submit: Submit
    readonly onError: (error: unknown) => void
  },
): StreamServer {
  const limits = { ...STREAM_LIMITS, ...options.limits }
  const desk = new SubmissionDesk(options.submit, limits)
  const sockets = new WebSocketServer({
    ...{ server, path: '/stream', maxPayload: MAX_SUBMISSION_BYTES, perMessageDeflate: false },
  })
  sockets.on('connection', socket => {
    if (sockets.clients.size > limits.connections) {
      socket.close(CLOSE.tryLater, 'too many connections')
      return
    }
    serveClient(socket, hub, { limits, submit: desk.open(), onError: options.onError })
  })
  return {
    get connections() {
      return sockets.clients.size
    },
    close() {
      for (const socket of sockets.clients) {
        socket.close(CLOSE.goingAway, 'the indexer stops')
        setTimeout(() => socket.terminate(), GOODBYE_MILLISECONDS).unref()
      }
      sockets.close()
    },
  }
}

interface ClientOptions {
  readonly limits: StreamLimits
  readonly submit: Submit
  readonly onError: (error: unknown) => void
}

function serveClient(socket: WebSocket, hub: Hub, { limits, submit, onError }: ClientOptions): void {
  const channels = new Set<string>()
  const subscriber: Subscriber = { send: text => sendBounded(socket, text, limits.queueBytes) }
  const stopPing = keepAlive(socket, limits.pingMilliseconds)
  let [working, opening] = [0, 0]

  const refuse = (error: unknown, id?: Id) => {
    if (!(error instanceof OmgError)) onError(error)
    const known = error instanceof OmgError ? error : indexerError('indexer.internal', 'no answer', error)
    const { code, message, action } = known
    subscriber.send(toJson({ type: 'error', id, code, message, action }))
  }

  async function answer(message: Exclude<Message, { op: 'submit' }>): Promise<void> {
    if (message.op === 'ping') return subscriber.send(toJson({ type: 'pong' }))
    if (message.op === 'unsubscribe') {
      const channel = message.channel.toLowerCase()
      hub.unsubscribe(subscriber, channel)
      channels.delete(channel)
      return subscriber.send(toJson({ type: 'unsubscribed', channel }))
    }
    // Those that are on their way count: many may come before the first is there.
    const isNew = !channels.has(message.channel.toLowerCase())
    if (isNew && channels.size + opening >= limits.subscriptions) {
      throw indexerError('request.limit', `a connection has at most ${limits.subscriptions} channels`)
    }
    opening++
    try {
      const channel = await hub.subscribe(subscriber, message.channel, message.from)
      if (socket.readyState === socket.OPEN) channels.add(channel)
      else hub.unsubscribe(subscriber, channel)
    } finally {
      opening--
    }
  }

  /** Does not hold up what the client asks besides: the node may take its time. */
  async function handIn({ id, transaction }: Extract<Message, { op: 'submit' }>): Promise<void> {
    const submitted = await submit(transaction)
    if (submitted.ok) subscriber.send(toJson({ type: 'submitted', id, ...submitted.value }))
    else refuse(submitted.error, id)
  }

  socket.on('message', async data => {
    const read = readMessage(data as Buffer)
    if (!read.ok) return refuse(read.error, read.id)
    const { message } = read
    if (message.op === 'submit') return handIn(message).catch(error => refuse(error, message.id))
    if (++working >= MAX_CONCURRENT_MESSAGES) socket.pause()
    try {
      await answer(message)
    } catch (error) {
      refuse(error)
    } finally {
      if (--working < MAX_CONCURRENT_MESSAGES) socket.resume()
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    stopPing()
    for (const channel of channels) hub.unsubscribe(subscriber, channel)
  })
}

type Id = z.output<typeof idSchema>
type Read =
  | { readonly ok: true; readonly message: Message }
  /** With the id of a transaction that was handed in wrongly. */
  | { readonly ok: false; readonly error: OmgError; readonly id?: Id | undefined }

function readMessage(data: Buffer): Read {
  let value: unknown
  try {
    value = JSON.parse(String(data))
  } catch {
    return { ok: false, error: indexerError('request.invalid', 'a message is JSON') }
  }
  const id = idSchema.safeParse((value as { id?: unknown } | null)?.id).data
  const parsed = messageSchema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    const problem = `${issue.path.join('.') || 'message'}: ${issue.message}`
    return { ok: false, id, error: indexerError('request.invalid', problem) }
  }
  if (parsed.data.op !== 'submit' && data.length > MAX_MESSAGE_BYTES) {
    const limit = `a message has at most ${MAX_MESSAGE_BYTES} bytes`
    return { ok: false, error: indexerError('request.limit', limit) }
  }
  return { ok: true, message: parsed.data }
}

/** A client that lets its queue grow beyond the limit is cut off; it comes back and resumes from its last sequence. */
function sendBounded(socket: WebSocket, text: string, queueBytes: number): void {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount <= queueBytes) {
    socket.send(text)
    return
  }
  socket.close(CLOSE.slow, 'stream.slow')
  // The close frame stands behind the full queue: do not wait for it for ever.
  setTimeout(() => socket.terminate(), GOODBYE_MILLISECONDS).unref()
}

/** A peer that is gone without a word is noticed. */
function keepAlive(socket: WebSocket, pingMilliseconds: number): () => void {
  let alive = true
  socket.on('pong', () => {
    alive = true
  })
  const timer = setInterval(() => {
    if (!alive) socket.terminate()
    alive = false
    socket.ping()
  }, pingMilliseconds)
  timer.unref()
  return () => clearInterval(timer)
}
