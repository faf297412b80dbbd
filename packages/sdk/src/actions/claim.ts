import type { Hash, OmgError, TxHash } from '@omg/protocol'
import {
  type ExitGame,
  getExit,
  getInFlight,
  type RootChain,
  withdraw,
  withdrawBonds,
  withdrawItem,
} from '@omg/rootchain'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { viewOf } from '../exit/exitView.ts'
import { gameOf } from '../exit/game.ts'

export interface ClaimParameters {
  /**
   * Id of a paid exit or piggyback, or of a challenged one, for the reward of its challenger; or the hash of a payment whose
   * in-flight exit is over, for the bond of its start.
   */
  readonly id: Hash
}

export interface ClaimReturnType {
  /** The transaction that paid. Of a coin it pays all credits of the owner in that token. */
  readonly transactionHash: Hash
  /** The transaction that returned the bond; undefined if it had been returned before. */
  readonly bondTransactionHash: Hash | undefined
}

export type ClaimErrorType = SdkError | OmgError

/**
 * Sends what an exit was paid, and its bond, to its owner; or half the bond of a challenged exit to its challenger. Anyone may
 * do it for them.
 */
export async function claim(client: Client, { id }: ClaimParameters): Promise<ClaimReturnType> {
  const rootChain = await client.rootChain()
  const exit = await getExit(rootChain, { id })
  if (!exit) return claimStartBond(rootChain, id)
  const { timestamp } = await rootChain.ethereum.getBlock()
  const { status, text } = await viewOf(rootChain, exit, timestamp)
  if (status === 'challenged' && exit.bond > 0n) return claimBond(rootChain, gameOf(exit), id)
  if (status !== 'claimable') throw sdkError('exit.nothing_to_claim', `exit ${id}: ${text}`)
  const { token, owner, item, amount: tokenId } = exit
  const receipt = await (item
    ? withdrawItem(rootChain, { token, tokenId })
    : withdraw(rootChain, { token, owner }))
  const bond =
    exit.bond === 0n ? undefined : await withdrawBonds(rootChain, { game: gameOf(exit), exitIds: [id] })
  return {
    transactionHash: receipt.transactionHash as Hash,
    bondTransactionHash: bond?.transactionHash as Hash | undefined,
  }
}

/** The start of an in-flight exit pays out nothing but its own bond, once the transaction is decided. */
async function claimStartBond(rootChain: RootChain, id: Hash): Promise<ClaimReturnType> {
  const inFlight = await getInFlight(rootChain, { txHash: id as TxHash })
  if (!inFlight) throw sdkError('exit.unknown', `no exit ${id} was started`)
  return claimBond(rootChain, 'inFlightExits', id)
}

async function claimBond(rootChain: RootChain, game: ExitGame, id: Hash): Promise<ClaimReturnType> {
  const receipt = await withdrawBonds(rootChain, { game, exitIds: [id] })
  const transactionHash = receipt.transactionHash as Hash
  return { transactionHash, bondTransactionHash: transactionHash }
}
