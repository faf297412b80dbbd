import type { Address, OutputId, Position } from '@omg/protocol'
import { type Hash, parseEventLogs, type TransactionReceipt } from 'viem'
import { rootChainAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { rootChainError } from '../error.ts'

/** A deposit that is in a block of Ethereum. The chain knows it once the block is final. */
export interface Deposit {
  /** The id of the new output. */
  readonly id: OutputId
  readonly position: Position
  /** Place in the inbox, from 0. */
  readonly index: bigint
  readonly blockNumber: bigint
  readonly transactionHash: Hash
}

/** The deposit that a transaction made. */
export function depositIn({ deployment }: RootChain, receipt: TransactionReceipt): Deposit {
  const logs = receipt.logs.filter(log => log.address.toLowerCase() === deployment.rootChain)
  const [deposited] = parseEventLogs({ abi: rootChainAbi, eventName: 'Deposited', logs })
  if (!deposited) throw new Error(`no deposit in transaction ${receipt.transactionHash}`)
  const { outputId, number, index } = deposited.args
  return {
    id: outputId as OutputId,
    position: (number << 32n) as Position,
    index,
    blockNumber: receipt.blockNumber,
    transactionHash: receipt.transactionHash,
  }
}

/** `owner`, or the sender. */
export function ownerOr({ sender }: RootChain, owner: Address | undefined): Address {
  const account = owner ?? sender?.address
  if (!account) throw rootChainError('ethereum.no_account', 'a deposit needs an account')
  return account as Address
}
