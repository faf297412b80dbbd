import type { Hash, TransactionReceipt } from 'viem'

/** A claim that was entered. */
export interface Started {
  /** When its turn can come, in seconds of Ethereum time. */
  readonly exitableAt: bigint
  /** Wei; returned when the claim is paid, lost when it is challenged. */
  readonly bond: bigint
  readonly transactionHash: Hash
}

export function startedIn(receipt: TransactionReceipt, args?: { exitableAt: bigint; bond: bigint }): Started {
  if (!args) throw new Error(`no exit started in transaction ${receipt.transactionHash}`)
  return { exitableAt: args.exitableAt, bond: args.bond, transactionHash: receipt.transactionHash }
}
