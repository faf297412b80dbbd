import { setTimeout } from 'node:timers/promises'
import { MAX_BLOCK_BYTES } from '@omg/ledger'
import { fail, OmgError, ok, type Result } from '@omg/protocol'
import { z } from 'zod'
import { FOLLOWER_ERRORS, followerError } from './error.ts'

/** Longest answer of a JSON-RPC call that is read, in bytes, where the caller does not say otherwise. */
const MAX_JSON_BYTES = 1024 * 1024
/** Longest part of a node's own words that is passed on. */
const MAX_MESSAGE_CHARACTERS = 1_000
const REQUEST_TIMEOUT_MILLISECONDS = 15_000
const FIRST_RECONNECT_MILLISECONDS = 250
const LAST_RECONNECT_MILLISECONDS = 10_000

const replySchema = z.object({
  result: z.unknown().optional(),
  error: z
    .object({
      message: z.string(),
      code: z.number().optional(),
      data: z.object({ code: z.string().regex(/^\w{1,40}\.\w{1,40}$/), action: z.string() }).optional(),
    })
    .optional(),
})
const statusSchema = z.object({ height: z.union([z.string(), z.number()]).transform(value => BigInt(value)) })

/** JSON-RPC's code for a method that does not exist. */
const NO_SUCH_METHOD = -32601

/** The nodes of the chain, none of which is trusted: whatever they serve is re-executed. */
export interface Nodes {
  /** Height of the latest block: see {@link NodesOptions.head}. Errors: `node.unreachable`, `node.malformed`. */
  head(): Promise<Result<bigint, OmgError>>
  /** A block record from the first node that has it; undefined if all answer that they have not. */
  block(height: bigint): Promise<Result<Uint8Array | undefined, OmgError>>
  /** What the nodes serve for a height in place of a block that was refused, with the node that serves each. */
  alternatives(
    height: bigint,
    refused: Uint8Array,
  ): Promise<{ readonly url: string; readonly bytes: Uint8Array }[]>
  /** A JSON-RPC call to the first node that answers; undefined where none has such a method. */
  call(method: string, parameters: unknown): Promise<Result<unknown, OmgError>>
  /** The same for what one node may refuse: its answer, or its own error, is that of the first node that answers at all. */
  ask(method: string, parameters: unknown): Promise<Result<unknown, OmgError>>
  /** Calls `wake` whenever a node announces a block, until the signal aborts. Reconnects by itself. */
  listen(wake: () => void, signal: AbortSignal): void
}

export interface NodesOptions {
  /** The highest block that any node has, or that of the first node which answers. Default `highest`. */
  readonly head?: 'highest' | 'first'
  /** Longest answer of a JSON-RPC call that is read, in bytes. */
  readonly maxJsonBytes?: number
}

export function createNodes(
  urls: readonly string[],
  { head = 'highest', maxJsonBytes = MAX_JSON_BYTES }: NodesOptions = {},
): Nodes {
  /** The one that served last is asked first: a node that is down costs one failed request, not one per block. */
  let order = [...urls]
  const prefer = (url: string) => {
    if (order[0] !== url) order = [url, ...order.filter(other => other !== url)]
  }

  async function firstOf<T>(
    ask: (url: string) => Promise<T | undefined>,
  ): Promise<Result<T | undefined, OmgError>> {
    let failure: OmgError | undefined
    let answered = false
    for (const url of order) {
      try {
        const value = await ask(url)
        answered = true
        if (value === undefined) continue
        prefer(url)
        return ok(value)
      } catch (error) {
        failure ??= asNodeError(url, error)
      }
    }
    return answered ? ok(undefined) : fail(failure!)
  }

  async function replyOf(
    url: string,
    method: string,
    params: unknown,
  ): Promise<z.output<typeof replySchema>> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await request(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    const text = new TextDecoder().decode(await readBounded(response, maxJsonBytes))
    return replySchema.parse(JSON.parse(text))
  }

  async function call(url: string, method: string, params: unknown): Promise<unknown> {
    const reply = await replyOf(url, method, params)
    if (reply.error?.code === NO_SUCH_METHOD) return undefined
    if (reply.error !== undefined) throw followerError('node.malformed', `${method}: ${reply.error.message}`)
    return reply.result
  }

  const heightOf = async (url: string) => statusSchema.parse(await call(url, 'omg_status', {})).height

  async function highestHead(): Promise<Result<bigint, OmgError>> {
    const heights: bigint[] = []
    let failure: OmgError | undefined
    for (const url of order) {
      try {
        heights.push(await heightOf(url))
      } catch (error) {
        failure ??= asNodeError(url, error)
      }
    }
    const [highest] = heights.sort((a, b) => Number(b - a))
    return highest === undefined ? fail(failure!) : ok(highest)
  }

  async function firstHead(): Promise<Result<bigint, OmgError>> {
    const height = await firstOf(heightOf)
    return height.ok ? ok(height.value!) : height
  }

  return {
    head: head === 'highest' ? highestHead : firstHead,

    block: height => firstOf(url => blockFrom(url, height)),

    async alternatives(height, refused) {
      const found: { url: string; bytes: Uint8Array }[] = []
      for (const url of order) {
        const bytes = await blockFrom(url, height).catch(() => undefined)
        if (bytes !== undefined && Buffer.compare(bytes, refused) !== 0) found.push({ url, bytes })
      }
      return found
    },

    call: (method, parameters) => firstOf(url => call(url, method, parameters)),

    async ask(method, parameters) {
      let failure: OmgError | undefined
      for (const url of order) {
        try {
          const { error, result } = await replyOf(url, method, parameters)
          if (error === undefined) return ok(result)
          const { code = 'node.malformed', action = FOLLOWER_ERRORS['node.malformed'] } = error.data ?? {}
          return fail(new OmgError(code, error.message.slice(0, MAX_MESSAGE_CHARACTERS), action))
        } catch (error) {
          failure ??= asNodeError(url, error)
        }
      }
      return fail(failure!)
    },

    listen(wake, signal) {
      for (const url of urls) void listenTo(url, wake, signal)
    },
  }
}

/** Undefined if the node has no such block. Throws if it does not answer properly. */
async function blockFrom(url: string, height: bigint): Promise<Uint8Array | undefined> {
  const response = await request(new URL(`/blocks/${height}`, url).href)
  if (response.ok) return readBounded(response, MAX_BLOCK_BYTES)
  await response.body?.cancel()
  if (response.status === 404) return undefined
  throw followerError('node.malformed', `${url} answers ${response.status} for block ${height}`)
}

function request(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MILLISECONDS) })
}

/** Reads a body, giving up as soon as it is longer than it may be, whatever its header says. */
async function readBounded(response: Response, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > limit) throw followerError('node.malformed', `an answer is longer than ${limit} bytes`)
    parts.push(part)
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

function asNodeError(url: string, error: unknown): OmgError {
  if (error instanceof OmgError) return error
  if (error instanceof z.ZodError || error instanceof SyntaxError) {
    return followerError('node.malformed', `${url} answers with something else than asked for`, error)
  }
  const known = error instanceof Error ? error : undefined
  const reason = known?.cause instanceof Error ? known.cause.message : known?.message
  return followerError('node.unreachable', `${url} does not answer: ${reason ?? ''}`, error)
}

/** Announcements only save waiting: blocks are fetched by height, so a lost one is found by the next poll. */
async function listenTo(url: string, wake: () => void, signal: AbortSignal): Promise<void> {
  const address = url.replace(/^http/, 'ws')
  for (let pause = FIRST_RECONNECT_MILLISECONDS; !signal.aborted; ) {
    const opened = await connect(address, wake, signal)
    pause = opened ? FIRST_RECONNECT_MILLISECONDS : Math.min(2 * pause, LAST_RECONNECT_MILLISECONDS)
    await sleep(pause, signal)
  }
}

/** Subscribes and resolves when the connection is over; true if it had been open. */
function connect(address: string, wake: () => void, signal: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    const socket = new WebSocket(address)
    let opened = false
    const close = () => socket.close()
    signal.addEventListener('abort', close, { once: true })
    socket.onopen = () => {
      opened = true
      const params = { channel: 'blocks' }
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'omg_subscribe', params }))
      wake()
    }
    socket.onmessage = () => wake()
    socket.onerror = () => {}
    socket.onclose = () => {
      signal.removeEventListener('abort', close)
      resolve(opened)
    }
  })
}

/** Resolves after a time, or at once when the signal aborts. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => {})
}
