import type { OmgError, TxHash } from '@omg/protocol'
import { noteVoid as note } from '@omg/rootchain'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'

export interface NoteVoidParameters {
  /** The payment in flight. */
  readonly hash: TxHash
}

export interface NoteVoidReturnType {
  readonly transactionHash: TxHash
}

export type NoteVoidErrorType = SdkError | OmgError

/**
 * Frees the inputs of a payment whose in-flight exit is over and which Ethereum did not take: the chain lets them be spent
 * again, except those that their owner signed away twice. Anyone may. A watcher does it for its customers.
 */
export async function noteVoid(client: Client, { hash }: NoteVoidParameters): Promise<NoteVoidReturnType> {
  const { transactionHash } = await note(await client.rootChain(), { txHash: hash })
  return { transactionHash: transactionHash as TxHash }
}
