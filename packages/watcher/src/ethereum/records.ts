import {
  type ExchangeView,
  type ListingFact,
  Listings,
  type LockedOutputs,
  listingFactsOf,
  type Seasoning,
} from '@omg/ledger'
import type { Hex } from '@omg/protocol'
import type { RootChainView } from '../chain/replica.ts'
import { Docket, EXIT_EVENT_NAMES, type ExitEvent } from '../guard/docket.ts'
import type { EthereumStep, StoredCheckpoint, StoredDeposit, StoredOrigin } from '../store/facts.ts'
import type { Store } from '../store/store.ts'

/** An event of the root chain's contracts, in the words of @omg/rootchain's reader. */
export type RootChainEvent = {
  readonly block: { readonly number: bigint; readonly hash: Hex; readonly timestamp: bigint }
  readonly transactionHash: Hex
} & (
  | ({ readonly kind: 'deposit' } & Omit<StoredDeposit, 'block'>)
  | ({ readonly kind: 'checkpoint' } & Omit<StoredCheckpoint, 'block' | 'acceptedAt' | 'transactionHash'>)
  | { readonly kind: 'contract'; readonly eventName: string; readonly args: unknown }
)

/** Who sent a transaction: what its events do not say. */
export type SenderOf = (transactionHash: Hex) => Promise<Hex>

/**
 * What Ethereum has recorded, as read so far: origins, inbox, checkpoints, exits. Everything is in the store before it
 * is in memory, so a restart goes on from the cursor and reads nothing twice.
 */
export class Records implements RootChainView {
  readonly #store: Store
  readonly #senderOf: SenderOf
  readonly #seasoning: Seasoning
  #docket: Docket
  #listings: Listings
  #head: StoredOrigin | undefined

  constructor(store: Store, senderOf: SenderOf, seasoning: Seasoning) {
    this.#store = store
    this.#senderOf = senderOf
    this.#seasoning = seasoning
    this.#docket = foldAll(store)
    this.#listings = new Listings(seasoning, listingsOf(store))
    this.#head = store.lastOrigin()
  }

  get docket(): Docket {
    return this.#docket
  }

  head(): bigint {
    return this.#head?.number ?? 0n
  }

  /** Time of the newest Ethereum block read, in seconds. The clock of all deadlines. */
  time(): bigint {
    return this.#head?.timestamp ?? 0n
  }

  origin(number: bigint): StoredOrigin | undefined {
    return this.#store.origin(number)
  }

  deposit(index: bigint): StoredDeposit | undefined {
    return this.#store.deposit(index)
  }

  checkpoint(number: bigint): StoredCheckpoint | undefined {
    return this.#store.checkpoint(number)
  }

  lastCheckpoint(): StoredCheckpoint | undefined {
    return this.#store.lastCheckpoint()
  }

  lockedAt(origin: bigint): LockedOutputs {
    return this.#docket.locks.at(origin)
  }

  exchangeAt(origin: bigint, originTime: bigint): ExchangeView {
    return this.#listings.at(origin, originTime)
  }

  /** New blocks and all their events. Resolves when they are durable and counted. */
  async advance(
    blocks: readonly StoredOrigin[],
    events: readonly RootChainEvent[],
    cursor: string,
  ): Promise<void> {
    const exits = await this.#exitEvents(events)
    const listings = events.flatMap(listingOf)
    const checkpoints = events.flatMap(event => (event.kind === 'checkpoint' ? [checkpointOf(event)] : []))
    const step: EthereumStep = {
      cursor,
      origins: blocks,
      deposits: events.flatMap(event => (event.kind === 'deposit' ? [depositOf(event)] : [])),
      checkpoints,
      listings: Map.groupBy(listings, fact => fact.block),
      events: Map.groupBy(exits, event => event.block.number),
    }
    await this.#store.addEthereum(step)
    for (const event of exits) this.#docket.fold(event)
    for (const fact of [...listings, ...checkpoints.map(acceptedFact)]) this.#listings.add(fact)
    this.#head = blocks.at(-1) ?? this.#head
  }

  /** An exit event that the first provider had left out. */
  async insert(event: Extract<RootChainEvent, { kind: 'contract' }>): Promise<void> {
    const [exit] = await this.#exitEvents([event])
    if (exit === undefined) return
    await this.#store.addExitEvent(event.block.number, exit)
    this.#docket.fold(exit)
  }

  /** A19: a reorganisation dropped everything after `ancestor`. */
  async rollBack(ancestor: bigint, cursor: string): Promise<void> {
    await this.#store.dropEthereumAfter(ancestor, cursor)
    this.#docket = foldAll(this.#store)
    this.#listings = new Listings(this.#seasoning, listingsOf(this.#store))
    this.#head = this.#store.lastOrigin()
  }

  async #exitEvents(events: readonly RootChainEvent[]): Promise<ExitEvent[]> {
    const exits: ExitEvent[] = []
    for (const event of events) {
      if (event.kind !== 'contract' || !EXIT_EVENT_NAMES.has(event.eventName)) continue
      const { block, transactionHash, eventName, args } = event
      const place = { block: { number: block.number, timestamp: block.timestamp }, transactionHash }
      // The contracts say that something was proven, and not by whom.
      const sender = SENDER_UNKNOWN.has(eventName) ? { sender: await this.#senderOf(transactionHash) } : {}
      exits.push({ ...place, eventName, args, ...sender } as ExitEvent)
    }
    return exits
  }
}

const SENDER_UNKNOWN: ReadonlySet<string> = new Set(['InclusionProven', 'TransactionVoid'])

function foldAll(store: Store): Docket {
  const docket = new Docket()
  for (const event of store.exitEvents<ExitEvent>()) docket.fold(event)
  return docket
}

/** Listings, and the checkpoints that Ethereum accepted: what markets and seasoning come from. */
function* listingsOf(store: Store): Generator<ListingFact> {
  yield* store.listings<ListingFact>()
  for (const checkpoint of store.checkpoints()) yield acceptedFact(checkpoint)
}

function acceptedFact({ number, block, acceptedAt, lastNonDA }: StoredCheckpoint): ListingFact {
  const published = lastNonDA === number ? {} : { lastNonDA }
  return { kind: 'accepted', block, checkpoint: number, time: acceptedAt, ...published }
}

function listingOf(event: RootChainEvent): ListingFact[] {
  if (event.kind !== 'contract') return []
  return listingFactsOf(event.eventName, event.args, event.block.number)
}

function depositOf({
  index,
  id,
  output,
  position,
  block,
}: Extract<RootChainEvent, { kind: 'deposit' }>): StoredDeposit {
  return { index, id, output, position, block: block.number }
}

function checkpointOf(event: Extract<RootChainEvent, { kind: 'checkpoint' }>): StoredCheckpoint {
  const { number, headerHash, origin, inboxCursor, validatorSetId, lastNonDA, block, transactionHash } = event
  return {
    ...{ number, headerHash, origin, inboxCursor, validatorSetId, lastNonDA, transactionHash },
    block: block.number,
    acceptedAt: block.timestamp,
  }
}
