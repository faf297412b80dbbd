import type { Hex, TxHash } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { inFlightExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

export interface VoidTransactionParameters extends SendOptions {
  /** The encoded PAY. */
  readonly transaction: Hex
  /** The input that it can never have spent. */
  readonly inputIndex: number
  /** The transaction that made the input, where that one is void. Absent: the input is final by another (I2, A15). */
  readonly parent?: { readonly txHash: TxHash; readonly outputIndex: number }
}

/** Has Ethereum declare a PAY void, so that no output of it is ever paid. */
export function voidTransaction(
  rootChain: RootChain,
  parameters: VoidTransactionParameters,
): Promise<TransactionReceipt> {
  const { transaction, inputIndex, parent } = parameters
  const contract = { address: rootChain.deployment.inFlightExits, abi: inFlightExitsAbi } as const
  if (!parent) {
    const args = [transaction, inputIndex] as const
    return writeContract(rootChain, { ...contract, functionName: 'voidTransaction', args }, parameters)
  }
  const args = [transaction, inputIndex, parent.txHash, parent.outputIndex] as const
  return writeContract(rootChain, { ...contract, functionName: 'voidDescendant', args }, parameters)
}
