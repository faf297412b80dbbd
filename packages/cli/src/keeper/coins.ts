/** Where fees become coins: the first block of a checkpoint starts with the FEE that pays out the lanes of the one before. */
import {
  type Address,
  coinGuard,
  decodeHeader,
  fromHex,
  type Hash,
  OmgError,
  type OutputId,
  unwrap,
} from '@omg/protocol'
import { Fields, type OmgClient } from '@omg/sdk'

/** A coin that the chain has paid to the rewards. */
export interface FeeCoin {
  readonly id: OutputId
  /** The checkpoint that it is in: the one after that which earned it. */
  readonly checkpoint: bigint
  readonly token: Address
  /** Wei of the token. */
  readonly amount: bigint
}

/** A checkpoint whose fee coins are no longer to be had from this node: it has pruned the block. */
export class PrunedCheckpointError extends Error {}

/**
 * The fee coins of the rewards in a closed checkpoint, asked of the node. A wrong answer costs nothing: Ethereum refuses the exit of what is none.
 *
 * @throws PrunedCheckpointError, and what the node answers.
 */
export async function feeCoinsIn(
  client: OmgClient,
  { checkpoint, owner }: { readonly checkpoint: bigint; readonly owner: Address },
): Promise<FeeCoin[]> {
  if (checkpoint < 2n || (await headerOf(client, checkpoint - 1n)).feeLanes === 0n) return []
  const { firstHeight } = await headerOf(client, checkpoint)
  try {
    const block = new Fields(
      await client.node.request('omg_getBlock', { height: String(firstHeight) }),
      'block',
    )
    const [first] = block.list('transactions', value =>
      new Fields({ hash: value }, 'block').hash<Hash>('hash'),
    )
    if (first === undefined) return []
    const answer = new Fields(
      await client.node.request('omg_getTransaction', { txHash: first }),
      'transaction',
    )
    const transaction = answer.object('transaction')
    if (transaction.text('kind') !== 'fee') return []
    const guard = coinGuard(owner)
    return transaction
      .list('outputs', value => new Fields(value, 'output'))
      .filter(output => output.outputType('type') === 'coin' && output.hash('guard') === guard)
      .map(output => ({
        ...{ id: output.hash<OutputId>('id'), checkpoint },
        ...{ token: output.address('token'), amount: output.amount('amount') },
      }))
  } catch (error) {
    if (error instanceof OmgError && error.code === 'request.pruned')
      throw new PrunedCheckpointError(`the node has pruned block ${firstHeight}`, { cause: error })
    throw error
  }
}

async function headerOf(client: OmgClient, number: bigint) {
  const answer = new Fields(
    await client.node.request('omg_getCheckpoint', { number: String(number) }),
    'checkpoint',
  )
  return unwrap(decodeHeader(fromHex(answer.hex('header'))))
}

/** Coins that are kept in mind because they were not worth their gas: beyond these the least valuable are forgotten, until a keeper starts again. */
export const MAX_LEFT_COINS = 1_000

/** What collecting a coin of a token must at least bring, in its wei. */
export type Worth = (token: Address) => bigint

/**
 * Fee coins that were found and not collected. What a coin brings is fixed, and what collecting it costs moves with the price of gas: so a coin that was left is
 * looked at again, and the most valuable come first, in case the ether of whoever collects runs out.
 */
export class LeftCoins {
  #coins: ReadonlyMap<OutputId, FeeCoin> = new Map()

  /** All that are known are worth it now, the most valuable first, or not. `left`: those that nobody has been told of. */
  choose(
    found: readonly FeeCoin[],
    { worth, collected }: { readonly worth: Worth; readonly collected: ReadonlySet<OutputId> },
  ): { readonly wanted: FeeCoin[]; readonly left: FeeCoin[] } {
    const known = this.#coins
    const all = [...known.values(), ...found.filter(({ id }) => !known.has(id))]
      .filter(({ id }) => !collected.has(id))
      .toSorted(byValue(worth))
    this.#coins = new Map(all.slice(0, MAX_LEFT_COINS).map(coin => [coin.id, coin]))
    const isWorthIt = ({ token, amount }: FeeCoin) => amount >= worth(token)
    return {
      wanted: all.filter(isWorthIt),
      left: all.filter(coin => !isWorthIt(coin) && !known.has(coin.id)),
    }
  }

  /** It is collected, or refused. */
  forget(id: OutputId): void {
    this.#coins = new Map([...this.#coins].filter(([known]) => known !== id))
  }
}

/** By how many times they are worth what they must be: amounts of two tokens cannot be compared otherwise. */
function byValue(worth: Worth): (a: FeeCoin, b: FeeCoin) => number {
  const least = (token: Address) => (worth(token) > 0n ? worth(token) : 1n)
  return (a, b) => {
    const [first, second] = [a.amount * least(b.token), b.amount * least(a.token)]
    return Number(second > first) - Number(second < first)
  }
}
