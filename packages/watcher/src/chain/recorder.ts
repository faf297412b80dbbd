import {
  type ClosedCheckpoint,
  ENTRY_BYTES,
  type Execution,
  type Ledger,
  orderRecords,
  readEntry,
} from '@omg/ledger'
import { type Address, coinGuard, fromHex, type OutputId, toHex } from '@omg/protocol'
import type { CustomerOutput, StoredBlock } from '../store/facts.ts'
import type { Store } from '../store/store.ts'
import { encodeChange, encodeLeaves, inputsOfExecution } from './replica.ts'
import type { Snapshots } from './snapshot.ts'

/** Blocks are written together until they are this many bytes, or this old. */
export const FLUSH_BYTES = 32 * 1024 * 1024
export const FLUSH_MILLISECONDS = 500

const GUARD_AT = 33

/** Live outputs of customers: found while blocks are executed, kept in the same write as the block. */
export class CustomerOutputs {
  readonly #byId = new Map<OutputId, CustomerOutput>()
  /** First four bytes of the owner and of the output id: most outputs are nobody's, and are passed over at once. */
  readonly #owners = new Map<number, Set<Address>>()
  readonly #ids = new Set<number>()

  constructor(customers: Iterable<Address>, known: Iterable<CustomerOutput>) {
    for (const owner of customers) this.addOwner(owner)
    for (const output of known) this.#add(output)
  }

  isOwner(owner: Address): boolean {
    return this.#owners.get(prefixOf(fromHex(owner), 0))?.has(owner) ?? false
  }

  addOwner(owner: Address): void {
    const prefix = prefixOf(fromHex(owner), 0)
    const owners = this.#owners.get(prefix) ?? new Set()
    this.#owners.set(prefix, owners.add(owner))
  }

  ownerCount(): number {
    return [...this.#owners.values()].reduce((sum, owners) => sum + owners.size, 0)
  }

  of(owner: Address): CustomerOutput[] {
    return [...this.#byId.values()].filter(output => output.owner === owner)
  }

  get(outputId: OutputId): CustomerOutput | undefined {
    return this.#byId.get(outputId)
  }

  all(): Iterable<CustomerOutput> {
    return this.#byId.values()
  }

  /** Outputs of customers among entries of the unspent set. */
  find(entries: Uint8Array): CustomerOutput[] {
    const found: CustomerOutput[] = []
    for (let at = 0; at < entries.length; at += ENTRY_BYTES) {
      // The owner is the end of the guard, behind the type and twelve zero bytes.
      const owners = this.#owners.get(prefixOf(entries, at + GUARD_AT + 12))
      if (owners === undefined) continue
      const { id, output, position, height } = readEntry(entries, at)
      for (const owner of owners) {
        if (coinGuard(owner) === output.guard) found.push({ outputId: id, owner, output, position, height })
      }
    }
    return found
  }

  /** What a block changes for customers. */
  apply({ spent, created }: Pick<Execution, 'spent' | 'created'>): {
    gained: CustomerOutput[]
    lost: OutputId[]
  } {
    const lost: OutputId[] = []
    for (let at = 0; at < spent.length; at += 32) {
      if (!this.#ids.has(prefixOf(spent, at))) continue
      const id = toHex(spent.subarray(at, at + 32)) as OutputId
      if (this.#byId.delete(id)) lost.push(id)
    }
    const gained = this.#owners.size === 0 ? [] : this.find(created)
    for (const output of gained) this.#add(output)
    return { gained, lost }
  }

  #add(output: CustomerOutput): void {
    this.#byId.set(output.outputId, output)
    this.#ids.add(prefixOf(fromHex(output.outputId), 0))
  }

  /** Outputs that existed before their owner became a customer. */
  adopt(outputs: readonly CustomerOutput[]): void {
    for (const output of outputs) this.#add(output)
  }
}

function prefixOf(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/**
 * Makes executed blocks durable, many in one write. A block is safe to forget only when it is flushed; until then a
 * kill costs fetching and executing it again.
 */
export class Recorder {
  readonly #store: Store
  readonly #snapshots: Snapshots
  readonly #customers: CustomerOutputs
  #pending: StoredBlock[] = []
  #bytes = 0
  #oldestAt: number | undefined

  constructor(store: Store, snapshots: Snapshots, customers: CustomerOutputs) {
    this.#store = store
    this.#snapshots = snapshots
    this.#customers = customers
  }

  add(block: Uint8Array, execution: Execution, closed: ClosedCheckpoint | undefined): void {
    const { inputs, indices } = inputsOfExecution(execution)
    const { gained, lost } = this.#customers.apply(execution)
    this.#snapshots.count(execution.spent, execution.created)
    this.#pending.push({
      ...{ height: execution.block.height, block, inputs, inputIndices: indices, closed, gained, lost },
      change: encodeChange(execution),
      leaves: encodeLeaves(execution),
      orders: orderRecords(execution.orders),
    })
    this.#bytes += block.length
    this.#oldestAt ??= performance.now()
  }

  /** Whether enough has come together, or waited for long enough, to be written. */
  isDue(): boolean {
    if (this.#oldestAt === undefined) return false
    return this.#bytes >= FLUSH_BYTES || performance.now() - this.#oldestAt >= FLUSH_MILLISECONDS
  }

  /** Writes everything up to the ledger's tip. Resolves when it is durable. */
  async flush(ledger: Ledger): Promise<void> {
    if (this.#pending.length === 0) return
    const blocks = this.#pending
    this.#pending = []
    this.#bytes = 0
    this.#oldestAt = undefined
    await this.#store.addBlocks(blocks, ledger.save())
    await this.#snapshots.saveIfDue(ledger)
  }
}
