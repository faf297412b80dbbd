import { type Hash, OmgError, type TxHash } from '@omg/protocol'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import { Fields } from '../node/decode.ts'

/** Where an instruction stands, in this order; `rejected` is an end of its own, `unknown` a node that never heard of it. */
export const INSTRUCTION_STATES = ['unknown', 'pending', 'included', 'committed', 'rejected'] as const
export type InstructionStatus = (typeof INSTRUCTION_STATES)[number]

export interface GetInstructionParameters {
  /** `Instruction.hash`. */
  readonly hash: Hash
}

export interface InstructionInfo {
  readonly hash: Hash
  readonly status: InstructionStatus
  /** The MOVE that the producer made of it, from `included` on. */
  readonly txHash: TxHash | undefined
  /** The block, from `included` on. */
  readonly height: bigint | undefined
  /** Why it was rejected. */
  readonly error: OmgError | undefined
}

export type GetInstructionErrorType = SdkError | OmgError

/** Where an instruction stands. */
export async function getInstruction(
  client: Client,
  { hash }: GetInstructionParameters,
): Promise<InstructionInfo> {
  const fields = new Fields(await client.node.request('omg_getInstruction', { hash }), 'instruction')
  const error = fields.has('error') ? fields.object('error') : undefined
  return {
    hash,
    status: fields.oneOf('status', INSTRUCTION_STATES),
    txHash: fields.has('txHash') ? fields.hash<TxHash>('txHash') : undefined,
    height: fields.has('height') ? fields.integer('height') : undefined,
    error: error && new OmgError(error.text('code'), error.text('message'), error.text('action')),
  }
}
