import { type Ledger, readEntry, type UnspentOutput } from '@omg/ledger'
import { type Address, coinGuard, type Hash, isDepositPosition, parsePosition, treePath } from '@omg/protocol'
import type { EthereumView } from '../rootchain/view.ts'
import type { ChainStore } from '../store/store.ts'
import type { BlockReader } from './blocks.ts'

export type OutputStatus = 'included' | 'checkpointed' | 'committed'

/** A live output as the RPC tells of it. */
export interface ListedOutput extends UnspentOutput {
  status: OutputStatus
  /** R6: a started exit or a payment in flight forbids to spend it. An output that has left stays locked. */
  locked: boolean
}

/** What an owner has of a token. */
export interface OwnedBalance {
  amount: bigint
  outputs: number
  /** What exits and payments in flight forbid to spend, not counted above. */
  locked: { amount: bigint; outputs: number }
}

/** The spender that no payment in flight is: what it may not spend, no new payment may. */
const NEW_PAYMENT = new Uint8Array(32)

/** Most outputs that one balance request adds up. */
export const MAX_BALANCE_OUTPUTS = 100_000
const PAGE = 1_000

/** Lists live outputs by owner. */
export class OutputReader {
  readonly #store: ChainStore
  readonly #ledger: Ledger
  readonly #view: Pick<EthereumView, 'locked' | 'newest'>

  constructor(store: ChainStore, ledger: Ledger, view: Pick<EthereumView, 'locked' | 'newest'>) {
    this.#store = store
    this.#ledger = ledger
    this.#view = view
  }

  /** One page, ordered by id. `cursor` is the last page's. */
  list(owner: Address, token: Address | undefined, cursor: string | undefined, limit: number) {
    const entries = this.#store.listUnspent({
      guard: bytesOf(coinGuard(owner)),
      token: token && bytesOf(token),
      after: cursor === undefined ? undefined : Buffer.from(cursor, 'hex'),
      limit,
    })
    const outputs = entries.map(entry => this.describe(readEntry(entry)))
    return { outputs, cursor: outputs.length === limit ? outputs.at(-1)!.id.slice(2) : null }
  }

  /** Sums per token, what is locked apart. `complete` is false if the owner has more outputs than are added up. */
  balances(owner: Address): {
    balances: Map<Address, OwnedBalance>
    complete: boolean
  } {
    const guard = bytesOf(coinGuard(owner))
    const balances = new Map<Address, OwnedBalance>()
    const isLocked = this.#locks()
    let after: Uint8Array | undefined
    for (let read = 0; read < MAX_BALANCE_OUTPUTS; read += PAGE) {
      const entries = this.#store.listUnspent({ guard, token: undefined, after, limit: PAGE })
      for (const entry of entries) {
        const { id, output } = readEntry(entry)
        const known = balances.get(output.token) ?? emptyBalance()
        balances.set(output.token, known)
        const part = isLocked(id) ? known.locked : known
        // The amount of an ITEM is its id: only its number counts.
        if (output.type !== 'item') part.amount += output.amount
        part.outputs++
      }
      if (entries.length < PAGE) return { balances, complete: true }
      after = Buffer.from(entries.at(-1)!.subarray(0, 32))
    }
    return { balances, complete: false }
  }

  get(id: Hash): ListedOutput | undefined {
    const entry = this.#ledger.unspent.get(Buffer.from(id.slice(2), 'hex'))
    return entry && this.describe(readEntry(entry))
  }

  describe(output: UnspentOutput): ListedOutput {
    return { ...output, status: this.#status(output), locked: this.#locks()(output.id) }
  }

  /** As the next block will see it: by the chain's origin, and by what is final on Ethereum since. */
  #locks(): (id: Hash) => boolean {
    const { origin } = this.#ledger.tip
    const now = this.#view.locked(origin)
    const soon = this.#view.locked(this.#view.newest?.number ?? origin)
    return id => {
      const bytes = bytesOf(id)
      return now.blocks(bytes, NEW_PAYMENT) || soon.blocks(bytes, NEW_PAYMENT)
    }
  }

  #status({ position }: UnspentOutput): OutputStatus {
    if (isDepositPosition(position)) return 'committed'
    const { checkpoint } = parsePosition(position)
    if (checkpoint >= this.#ledger.tip.checkpoint) return 'included'
    return this.#store.checkpoint(checkpoint)?.accepted ? 'committed' : 'checkpointed'
  }
}

function emptyBalance(): OwnedBalance {
  return { amount: 0n, outputs: 0, locked: { amount: 0n, outputs: 0 } }
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.slice(2), 'hex')
}

/** The transaction that made an output, if its block is still here. */
export async function makerOf(
  output: UnspentOutput,
  readers: { blocks: BlockReader; ledger: Ledger },
): Promise<Hash | null> {
  const { blocks, ledger } = readers
  if (isDepositPosition(output.position)) return null
  const { checkpoint, shard, index } = parsePosition(output.position)
  const { tip } = ledger
  const range =
    checkpoint === tip.checkpoint ? { firstHeight: tip.firstHeight, lastHeight: tip.height } : undefined
  const place = blocks.place(checkpoint, treePath(shard, index), range)
  const included = place && (await blocks.at(place))
  return included?.hash ?? null
}
