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
