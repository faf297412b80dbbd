import type { Hex, TxHash } from '@omg/protocol'
import type { TransactionReceipt } from 'viem'
import { inFlightExitsAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import type { SendOptions } from '../send/transactionSender.ts'
import { writeContract } from '../send/writeContract.ts'

/** Why a PAY can never have spent its inputs. */
export type VoidReason =
  /** An exit of the input was paid (I2, A15). */
  | { readonly kind: 'exit' }
  /** Another, canonical PAY spent the input. */
  | { readonly kind: 'rival'; readonly rival: Hex }
  /** The transaction that made the input is void. */
  | { readonly kind: 'parent'; readonly parent: TxHash; readonly outputIndex: number }

export interface VoidTransactionParameters extends SendOptions {
  /** The encoded PAY. */
  readonly transaction: Hex
  readonly inputIndex: number
  readonly reason: VoidReason
}

/** Has Ethereum declare a PAY void, so that no output of it is ever paid. */
export function voidTransaction(
  rootChain: RootChain,
  parameters: VoidTransactionParameters,
): Promise<TransactionReceipt> {
  const { transaction, inputIndex, reason } = parameters
  const contract = { address: rootChain.deployment.inFlightExits, abi: inFlightExitsAbi } as const
  switch (reason.kind) {
    case 'exit': {
      const args = [transaction, inputIndex] as const
      return writeContract(rootChain, { ...contract, functionName: 'voidByExit', args }, parameters)
    }
    case 'rival': {
      const args = [transaction, inputIndex, reason.rival] as const
      return writeContract(rootChain, { ...contract, functionName: 'voidByRival', args }, parameters)
    }
    case 'parent': {
      const args = [transaction, inputIndex, reason.parent, reason.outputIndex] as const
      return writeContract(rootChain, { ...contract, functionName: 'voidByParent', args }, parameters)
    }
  }
}
