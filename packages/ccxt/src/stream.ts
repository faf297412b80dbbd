import {
  BadResponse,
  ChecksumError,
  type Dict,
  type Dictionary,
  ExchangeError,
  functions,
  type Market,
  NetworkError,
  UnsubscribeError,
} from 'ccxt'
import { DeadManExchange } from './deadMan.ts'
import { EXCEPTIONS } from './errors.ts'
import { integerIn } from './rows.ts'

/** A connection as CCXT's base has it. */
export interface StreamClient {
  readonly url: string
  readonly futures: Record<string, unknown>
  readonly subscriptions: Record<string, unknown>
  isOpen(): boolean
  send(message: object): Promise<unknown>
  future(hash: string): Promise<unknown>
  resolve(result: unknown, hash: string): unknown
  reject(error: unknown, hash?: string): unknown
  lastPong?: number
}

/** What came on a channel. */
export interface News {
  /** `snapshot` replaces what was known, `update` goes on from it. */
  readonly type: 'snapshot' | 'update'
  /** The height of its block. */
  readonly sequence: bigint
  /** The last block that was heard of before; undefined at the start. */
  readonly before: bigint | undefined
  readonly data: Dict
}

/** Takes what came; resolves those who wait, by the hashes of the channel. */
export type Listener = (client: StreamClient, news: News) => Promise<void> | void

interface Channel {
  readonly name: string
  /** Message hashes that somebody waits for, or did. */
  readonly hashes: Set<string>
  listener: Listener
  /** The last block that was taken in: a new connection resumes there. */
  sequence: bigint | undefined
  /** Messages are taken in one after the other. */
  turn: Promise<void>
}

/**
 * Channels of the indexer's stream on CCXT's own connections. A lost connection rejects those who wait, as with every exchange of
 * CCXT; whoever watches again resumes after the last block that was taken in, and misses nothing.
 */
export abstract class StreamExchange extends DeadManExchange {
  readonly #channels = new Map<string, Channel>()

  override async loadMarkets(reload = false, params: Dict = {}): Promise<Dictionary<Market>> {
    // CCXT opens plain connections in Node with an agent, which it loads by a call of its own.
    if (functions.isNode && String(this.urls.api.ws).startsWith('ws://')) await this.loadHttpProxyAgent()
    return super.loadMarkets(reload, params)
  }

  /** Waits for what a listener resolves `hash` with, and subscribes to the channel unless it is. */
  protected watchChannel(name: string, hash: string, listener: Listener): Promise<unknown> {
    const known = this.#channels.get(name)
    const channel = known ?? {
      name,
      hashes: new Set(),
      listener,
      sequence: undefined,
      turn: Promise.resolve(),
    }
    channel.hashes.add(hash)
    this.#channels.set(name, channel)
    return this.watch(this.urls.api.ws, hash, subscription(channel), name)
  }

  /** Waits for the next word of any of these channels. */
  protected watchAny(listeners: ReadonlyMap<string, Listener>): Promise<unknown> {
    const hash = [...listeners.keys()].join('|')
    const waits = [...listeners].map(([name, listener]) => this.watchChannel(name, hash, listener))
    // All of them are one promise: they share their hash.
    return waits[0]!
  }

  /** Gives everybody who waits for a channel the same. */
  protected tellAll(client: StreamClient, name: string, result: unknown): void {
    for (const hash of this.#channels.get(name)?.hashes ?? []) client.resolve(result, hash)
  }

  /**
   * Ends what somebody waits for: a `hash` of a channel, or all of them. Who waits gets an UnsubscribeError; the channel itself stays
   * while somebody else uses it.
   */
  protected async unwatchChannel(name: string, hash?: string): Promise<boolean> {
    const channel = this.#channels.get(name)
    const client = this.clients[this.urls.api.ws] as StreamClient | undefined
    if (!channel) return true
    for (const each of hash === undefined ? [...channel.hashes] : [hash]) {
      channel.hashes.delete(each)
      if (client && each in client.futures) client.reject(new UnsubscribeError(`${this.id} ${each}`), each)
    }
    if (channel.hashes.size > 0) return true
    this.#channels.delete(name)
    if (!client?.isOpen() || client.subscriptions[name] === undefined) return true
    delete client.subscriptions[name]
    const done = client.future(unsubscription(name))
    await client.send({ op: 'unsubscribe', channel: name })
    await done
    return true
  }

  override handleMessage(client: StreamClient, message: Dict): void {
    const channel = this.#channels.get(String(message?.channel))
    switch (message?.type) {
      case 'pong':
        client.lastPong = this.milliseconds()
        return
      case 'unsubscribed':
        client.resolve(true, unsubscription(String(message.channel)))
        return
      case 'error':
        client.reject(this.#refusal(message))
        return
      case 'snapshot':
      case 'update':
        if (channel) this.#takeIn(client, channel, message)
    }
  }

  /** Told by CCXT's keep-alive. */
  override ping(): Dict {
    return { op: 'ping' }
  }

  override async close(cleanInstanceCache = false): Promise<void> {
    await super.close(cleanInstanceCache)
    if (cleanInstanceCache) this.#channels.clear()
  }

  #takeIn(client: StreamClient, channel: Channel, message: Dict): void {
    channel.turn = channel.turn.then(async () => {
      // A connection that is gone, or a channel that was left, has nothing more to say.
      if (this.#channels.get(channel.name) !== channel || client.subscriptions[channel.name] === undefined)
        return
      try {
        await this.#read(client, channel, message)
      } catch (error) {
        this.#forget(client, channel, error)
      }
    })
  }

  async #read(client: StreamClient, channel: Channel, message: Dict): Promise<void> {
    const sequence = integerIn(message, 'sequence')
    const before = channel.sequence
    if (message.type === 'update') {
      if (before === undefined) throw new BadResponse(`${this.id} ${channel.name} begins without a snapshot`)
      if (sequence <= before) return
      // Something is missing in between: the stream has it, or begins anew with a snapshot.
      if (integerIn(message, 'previous') > before) {
        await client.send(subscription(channel))
        return
      }
    }
    await channel.listener(client, { type: message.type, sequence, before, data: message.data })
    channel.sequence = sequence
  }

  /**
   * The next watch subscribes again: after the last block that was taken in if something was only out of reach, and anew if what came
   * cannot be gone on from.
   */
  #forget(client: StreamClient, channel: Channel, error: unknown): void {
    if (error instanceof ChecksumError || !(error instanceof NetworkError)) channel.sequence = undefined
    delete client.subscriptions[channel.name]
    for (const hash of channel.hashes) if (hash in client.futures) client.reject(error, hash)
  }

  #refusal(message: Dict): ExchangeError | NetworkError {
    const Class = EXCEPTIONS[this.safeString(message, 'code') ?? ''] ?? ExchangeError
    return new Class(`${this.id} ${message.code}: ${message.message} ${message.action}`) as ExchangeError
  }
}

function subscription({ name, sequence }: Channel): Dict {
  return { op: 'subscribe', channel: name, ...(sequence !== undefined && { from: String(sequence) }) }
}

function unsubscription(name: string): string {
  return `unsubscribe:${name}`
}
