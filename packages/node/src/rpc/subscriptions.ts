import type { Address, Hash } from '@omg/protocol'
import { z } from 'zod'
import { nodeError } from '../errors.ts'
import type { BatchEvent, OrderEvent } from '../reader/order-activity.ts'
import type { NodeServices } from '../services.ts'
import { describeOutput } from './describe.ts'
import { type Method, method } from './method.ts'
import { describeCheckpoint } from './methods/checkpoints.ts'
import { transactionState } from './methods/transactions.ts'

/** Most subscriptions of one connection. */
export const MAX_SUBSCRIPTIONS = 64
/** How far back a subscription may resume, in blocks. */
export const MAX_RESUME_BLOCKS = 100_000n

const channel = z
  .string()
  .regex(/^(blocks|checkpoints|batches|(owner|orders):0x[0-9a-fA-F]{40}|transaction:0x[0-9a-fA-F]{64})$/)
  .transform(text => text.toLowerCase())

/** Sends one event; resolves when the consumer has room for the next. False: the connection is gone. */
export type Deliver = (subscription: string, event: object) => Promise<boolean>

interface Subscription {
  id: string
  channel: string
  /** Next height to tell of. */
  next: bigint
  /** Last state told, of a transaction. */
  told?: string
  running: boolean
  again: boolean
}

/**
 * The subscriptions of one connection. Each has a height to go on from and reads blocks from the store, so resuming,
 * catching up and following are the same thing, and a slow consumer holds no queue but its socket's.
 */
export class Subscriptions {
  readonly #services: NodeServices
  readonly #deliver: Deliver
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #onBlock = () => this.#wakeAll()
  #counter = 0
  #closed = false

  constructor(services: NodeServices, deliver: Deliver) {
    this.#services = services
    this.#deliver = deliver
    services.events.on('block', this.#onBlock)
    services.events.on('accepted', this.#onBlock)
  }

  subscribe(channelName: string, from: bigint | undefined): string {
    const { tip } = this.#services.ledger
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      throw nodeError('request.limit', `A connection has at most ${MAX_SUBSCRIPTIONS} subscriptions.`)
    }
    if (from !== undefined && from + MAX_RESUME_BLOCKS < tip.height) {
      throw nodeError('request.limit', `A subscription resumes at most ${MAX_RESUME_BLOCKS} blocks back.`)
    }
    const id = `s${++this.#counter}`
    const next = from === undefined ? tip.height + 1n : from < 1n ? 1n : from
    const subscription = { id, channel: channelName, next, running: false, again: false }
    this.#subscriptions.set(id, subscription)
    // The answer with the id goes out before the first event.
    setImmediate(() => this.#wake(subscription))
    return id
  }

  unsubscribe(id: string): boolean {
    return this.#subscriptions.delete(id)
  }

  close(): void {
    this.#closed = true
    this.#subscriptions.clear()
    this.#services.events.off('block', this.#onBlock)
    this.#services.events.off('accepted', this.#onBlock)
  }

  #wakeAll(): void {
    for (const subscription of this.#subscriptions.values()) this.#wake(subscription)
  }

  #wake(subscription: Subscription): void {
    subscription.again = true
    if (subscription.running) return
    subscription.running = true
    this.#pump(subscription)
      .catch(() => this.#subscriptions.delete(subscription.id))
      .finally(() => {
        subscription.running = false
      })
  }

  async #pump(subscription: Subscription): Promise<void> {
    while (subscription.again && this.#isLive(subscription)) {
      subscription.again = false
      if (subscription.channel.startsWith('transaction:')) {
        await this.#tellState(subscription)
        continue
      }
      while (subscription.next <= this.#services.ledger.tip.height && this.#isLive(subscription)) {
        const event = await this.#event(subscription.channel, subscription.next)
        if (event && !(await this.#deliver(subscription.id, event))) return
        subscription.next++
      }
    }
  }

  async #tellState(subscription: Subscription): Promise<void> {
    const hash = subscription.channel.slice('transaction:'.length) as Hash
    const state = await transactionState(this.#services, hash)
    if (!state || state.status === subscription.told) return
    subscription.told = state.status
    await this.#deliver(subscription.id, state)
  }

  /** What a channel tells of a block; undefined if the block does not concern it. */
  async #event(channelName: string, height: bigint): Promise<object | undefined> {
    if (channelName === 'batches' || channelName.startsWith('orders:')) {
      return this.#orderEvent(channelName, height)
    }
    const read = await this.#services.blocks.block(height)
    if (!read) return { height: String(height), pruned: true }
    const { block } = read
    if (channelName === 'blocks') {
      return {
        height: String(height),
        time: String(block.time),
        appHash: block.appHash,
        checkpoint: String(block.checkpoint),
        closes: block.closes,
        origin: String(block.origin),
        transactions: block.bounds.length / 2,
        deposits: block.deposits.length,
      }
    }
    if (channelName === 'checkpoints') {
      const checkpoint = block.closes ? this.#services.checkpoints.get(block.checkpoint) : undefined
      return checkpoint && { height: String(height), ...describeCheckpoint(checkpoint) }
    }
    const owner = channelName.slice('owner:'.length) as Address
    const activity = (await this.#services.activity.of(height)).get(owner)
    if (!activity) return undefined
    const received = activity.received.map(({ id, output, txHash }) => ({
      id,
      ...describeOutput(output),
      txHash,
    }))
    return { height: String(height), received, sent: activity.sent }
  }

  /** From memory: what a block did to orders follows from the state before it, which is gone. */
  #orderEvent(channelName: string, height: bigint): object | undefined {
    const { orderActivity } = this.#services
    if (!orderActivity.remembers(height)) return { height: String(height), pruned: true }
    if (channelName === 'batches') {
      const batches = orderActivity.batches(height).map(describeBatch)
      return batches.length === 0 ? undefined : { height: String(height), batches }
    }
    const owner = channelName.slice('orders:'.length) as Address
    const orders = orderActivity.orders(height, owner).map(describeOrderEvent)
    return orders.length === 0 ? undefined : { height: String(height), orders }
  }

  #isLive(subscription: Subscription): boolean {
    return !this.#closed && this.#subscriptions.has(subscription.id)
  }
}

function describeBatch({ market, price, volume, fills }: BatchEvent) {
  return { market, price: price === undefined ? null : String(price), volume: String(volume), fills }
}

function describeOrderEvent(event: OrderEvent) {
  const described = { ...event, lots: String(event.lots) }
  switch (event.kind) {
    case 'placed':
      return { ...described, limit: String(event.limit) }
    case 'filled':
      return { ...described, price: String(event.price) }
    default:
      return described
  }
}

/** The two methods that only a WebSocket has, bound to its subscriptions. */
export function subscriptionMethods(subscriptions: Subscriptions | undefined): Method[] {
  const bound = () => {
    if (!subscriptions) throw nodeError('request.method', 'Subscriptions need a WebSocket connection.')
    return subscriptions
  }
  return [
    method({
      name: 'omg_subscribe',
      summary:
        'WebSocket: events of blocks, checkpoints, batches, owner:<address>, orders:<address> or transaction:<hash> as omg_subscription notifications. `from` resumes at a height.',
      params: z.strictObject({
        channel,
        from: z.union([z.int().nonnegative(), z.string().regex(/^\d{1,15}$/)]).optional(),
      }),
      result: z.object({ subscription: z.string() }),
      handler: (_, { channel: name, from }) => {
        return { subscription: bound().subscribe(name, from === undefined ? undefined : BigInt(from)) }
      },
    }),
    method({
      name: 'omg_unsubscribe',
      summary: 'WebSocket: ends a subscription. False if there was none.',
      params: z.strictObject({ subscription: z.string().max(32) }),
      result: z.boolean(),
      handler: (_, { subscription }) => bound().unsubscribe(subscription),
    }),
  ]
}
