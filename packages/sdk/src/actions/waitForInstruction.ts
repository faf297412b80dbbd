import type { Hash, OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import { SdkError, sdkError } from '../error.ts'
import { getInstruction, INSTRUCTION_STATES, type InstructionInfo } from './getInstruction.ts'

export interface WaitForInstructionParameters {
  /** `Instruction.hash`. */
  readonly hash: Hash
  /** `included`: carried out in a durable block. `committed`: in a checkpoint that Ethereum has accepted. Default `included`. */
  readonly until?: 'included' | 'committed'
  /** Milliseconds, default 5 min. */
  readonly timeout?: number
  /** Milliseconds between two questions, default 250. */
  readonly interval?: number
}

export interface InstructionReceipt extends InstructionInfo {
  readonly status: 'included' | 'committed'
  readonly height: bigint
}

export type WaitForInstructionErrorType = SdkError | OmgError

const TIMEOUT_MS = 300_000
const INTERVAL_MS = 250

/**
 * Waits until an instruction has come as far as wanted.
 *
 * @throws SdkError `receipt.rejected` with the node's reason as cause, `receipt.timeout`.
 */
export async function waitForInstruction(
  client: Client,
  parameters: WaitForInstructionParameters,
): Promise<InstructionReceipt> {
  const { hash, until = 'included', timeout = TIMEOUT_MS, interval = INTERVAL_MS } = parameters
  const wanted = INSTRUCTION_STATES.indexOf(until)
  const end = Date.now() + timeout
  for (;;) {
    const info = await ask(client, hash)
    if (info?.status === 'rejected') {
      const text = `instruction ${hash} was rejected: ${info.error?.message}`
      throw sdkError('receipt.rejected', text, info.error)
    }
    if (info && INSTRUCTION_STATES.indexOf(info.status) >= wanted) {
      if (info.height === undefined) throw sdkError('node.answer', 'an included instruction without a block')
      return info as InstructionReceipt
    }
    if (Date.now() > end) {
      throw sdkError(
        'receipt.timeout',
        `instruction ${hash} is ${info?.status ?? 'unknown'} after ${timeout} ms`,
      )
    }
    await new Promise(resolve => setTimeout(resolve, interval))
  }
}

/** A node that is away for a moment is no reason to stop waiting. */
async function ask(client: Client, hash: Hash): Promise<InstructionInfo | undefined> {
  try {
    return await getInstruction(client, { hash })
  } catch (error) {
    if (error instanceof SdkError && error.code === 'node.unreachable') return undefined
    throw error
  }
}
