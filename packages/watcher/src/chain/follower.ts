import type { Nodes } from '@omg/follower'
import { encodeBlock } from '@omg/ledger'
import type { OmgError } from '@omg/protocol'
import type { AlarmBook } from '../alarm/book.ts'
import { type FollowerEvent, type FollowerState, followerMachine } from '../machine/follower.ts'
import { step } from '../machine/table.ts'
import type { PublishedBlocks } from './published.ts'
import type { Recorder } from './recorder.ts'
import type { Outcome, Prepared, Replica } from './replica.ts'

/** Blocks fetched and mapped ahead of the one that is executed: hides the network and keeps all workers busy. */
export const BLOCKS_AHEAD = 4

export interface FollowerOptions {
  readonly nodes: Nodes
  readonly replica: Replica
  readonly recorder: Recorder
  readonly alarms: AlarmBook
  /** Where blocks come from that no node serves. */
  readonly published?: Pick<PublishedBlocks, 'has' | 'next'>
  /** Called after each block with the number of its transactions. */
  readonly onBlock?: (height: bigint, transactions: number) => void
}

/** What a round came to: `progress` asks for the next round at once. */
export type Round = 'progress' | 'idle' | 'waiting'

type Fetched =
  | { readonly kind: 'block'; readonly prepared: Prepared }
  | { readonly kind: 'absent' }
  | { readonly kind: 'lost'; readonly error: OmgError }
  | { readonly kind: 'refused'; readonly bytes: Uint8Array; readonly error: OmgError }

/** Follows the nodes block by block. The next block to execute is always the one after the replica's tip. */
export class Follower {
  readonly #options: FollowerOptions
  #state: FollowerState = followerMachine.initial
  /** What the nodes named last; undefined until they were asked. */
  #head: bigint | undefined
  readonly #ahead = new Map<bigint, Promise<Fetched>>()
  #refusal: { height: bigint; error: OmgError } | undefined
  #waiting: string | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  get state(): FollowerState {
    return this.#state
  }

  /** Highest block that a node is known to have. */
  get head(): bigint {
    const { height } = this.#options.replica.ledger.tip
    return this.#head !== undefined && this.#head > height ? this.#head : height
  }

  /** The block that was refused last, and why; undefined once a valid one came in its place. */
  get refusal(): { readonly height: bigint; readonly error: OmgError } | undefined {
    return this.#refusal
  }

  /** What on Ethereum the next block waits for. */
  get waitsFor(): string | undefined {
    return this.#waiting
  }

  /** Tries the next block. */
  async round(): Promise<Round> {
    const { replica } = this.#options
    const height = replica.ledger.tip.height + 1n
    if (this.#options.published?.has(replica.ledger.tip)) {
      const round = await this.#rebuild()
      if (round !== undefined) return round
    }
    if (this.#head === undefined) this.#head = await this.#askHead()
    const fetched = await this.#take(height)
    if (fetched.kind === 'lost' || fetched.kind === 'absent') {
      return (await this.#rebuild()) ?? this.#without(fetched)
    }
    if (fetched.kind !== 'block') return this.#without(fetched)
    const { prepared } = fetched
    const outcome = await replica.execute(prepared)
    this.#waiting = outcome.kind === 'waiting' ? outcome.reason : undefined
    if (outcome.kind === 'waiting') {
      this.#ahead.set(height, Promise.resolve(fetched))
      return 'waiting'
    }
    if (outcome.kind === 'refused') return this.#elsewhere(height, prepared.bytes, outcome.error)
    return this.#apply(prepared.bytes, outcome)
  }

  /** Before the chain is called invalid: does another node serve a block that is valid? Then only this one is wrong. */
  async #elsewhere(height: bigint, refused: Uint8Array, error: OmgError): Promise<Round> {
    const { nodes, replica, alarms } = this.#options
    this.#ahead.clear()
    for (const { url, bytes } of await nodes.alternatives(height, refused)) {
      const prepared = replica.prepare(bytes, height)
      const outcome = prepared.ok ? await replica.execute(prepared.value) : undefined
      if (outcome?.kind !== 'applied') continue
      const details = { height: height.toString(), code: error.code, reason: error.message, honest: url }
      alarms.see('node.wrong', height.toString(), details)
      return this.#apply(bytes, outcome)
    }
    return this.#refuse(height, error)
  }

  /** The next block out of blobs, if there are any (A31). Of the nodes this says nothing: their alarms stand. */
  async #rebuild(): Promise<Round | undefined> {
    const { replica, published, onBlock } = this.#options
    const { tip } = replica.ledger
    const block = await published?.next(tip)
    if (block === undefined) return undefined
    const outcome = block.ok ? await replica.rebuild(block.value) : refusedBy(block.error)
    if (outcome.kind === 'waiting') return undefined
    if (outcome.kind === 'refused') return this.#refuse(tip.height + 1n, outcome.error)
    await this.#record(encodeBlock(outcome.execution.block), outcome)
    onBlock?.(outcome.execution.block.height, outcome.execution.records.length)
    return 'progress'
  }

  async #record(
    bytes: Uint8Array,
    { execution, closed }: Extract<Outcome, { kind: 'applied' }>,
  ): Promise<void> {
    const { replica, recorder } = this.#options
    recorder.add(bytes, execution, closed)
    if (recorder.isDue() || closed !== undefined) await recorder.flush(replica.ledger)
  }

  async #apply(bytes: Uint8Array, outcome: Extract<Outcome, { kind: 'applied' }>): Promise<Round> {
    const { replica } = this.#options
    const { height } = replica.ledger.tip
    await this.#record(bytes, outcome)
    this.#refusal = undefined
    // A head that was reached may be an old one: a chain that went on meanwhile is still being caught up with (A31).
    if (this.#head !== undefined && height >= this.#head) this.#head = (await this.#askHead()) ?? this.#head
    this.#move('applied')
    this.#options.onBlock?.(height, outcome.execution.records.length)
    return 'progress'
  }

  async #askHead(): Promise<bigint | undefined> {
    const head = await this.#options.nodes.head()
    return head.ok ? head.value : undefined
  }

  /** The block at a height, and the map stage of those behind it already at work. */
  async #take(height: bigint): Promise<Fetched> {
    for (const known of this.#ahead.keys()) if (known < height) this.#ahead.delete(known)
    const last = this.head > height ? this.head : height
    for (let next = height; next <= last && next < height + BigInt(BLOCKS_AHEAD); next++) {
      if (!this.#ahead.has(next)) this.#ahead.set(next, this.#fetch(next))
    }
    const fetched = await this.#ahead.get(height)!
    this.#ahead.delete(height)
    // What was fetched behind a block that is missing or wrong may be of another chain.
    if (fetched.kind !== 'block') this.#ahead.clear()
    return fetched
  }

  async #fetch(height: bigint): Promise<Fetched> {
    const served = await this.#options.nodes.block(height)
    if (!served.ok) return { kind: 'lost', error: served.error }
    if (served.value === undefined) return { kind: 'absent' }
    const prepared = this.#options.replica.prepare(served.value, height)
    return prepared.ok
      ? { kind: 'block', prepared: prepared.value }
      : { kind: 'refused', bytes: served.value, error: prepared.error }
  }

  async #without(fetched: Exclude<Fetched, { kind: 'block' }>): Promise<Round> {
    const { nodes, replica, recorder } = this.#options
    await recorder.flush(replica.ledger)
    if (fetched.kind === 'refused') {
      return this.#elsewhere(replica.ledger.tip.height + 1n, fetched.bytes, fetched.error)
    }
    const head = fetched.kind === 'lost' ? fetched : await nodes.head()
    if (!('ok' in head) || !head.ok) {
      this.#move('lost', head.error)
      return 'idle'
    }
    const { height } = replica.ledger.tip
    this.#head = head.value
    this.#move(head.value > height ? 'starved' : 'current')
    return 'idle'
  }

  #refuse(height: bigint, error: OmgError): Round {
    this.#refusal = { height, error }
    this.#ahead.clear()
    this.#move('refused')
    return 'idle'
  }

  #move(event: FollowerEvent, error?: OmgError): void {
    const { alarms, replica } = this.#options
    const { height } = replica.ledger.tip
    // A head that nobody has named yet is not reached.
    const context = { height, headHeight: this.#head ?? height + 1n }
    const next = step(followerMachine, this.#state, event, context)
    this.#state = next.state
    for (const effect of next.effects) {
      switch (effect) {
        case 'see node.unreachable':
          alarms.see('node.unreachable', 'nodes', error ? { reason: error.message, code: error.code } : {})
          break
        case 'clear node.unreachable':
          alarms.clear('node.unreachable', 'nodes')
          break
        case 'see block.invalid':
          this.#seeRefusal()
          break
        case 'clear block.invalid':
          alarms.clearOthers('block.invalid', new Set())
      }
    }
  }

  #seeRefusal(): void {
    if (this.#refusal === undefined) return
    const { height, error } = this.#refusal
    const details = { height: height.toString(), code: error.code, reason: error.message }
    this.#options.alarms.see('block.invalid', height.toString(), details)
  }
}

const refusedBy = (error: OmgError): Outcome => ({ kind: 'refused', error })
