import { OmgError, type OutputId } from '@omg/protocol'
import type { Client } from '../client.ts'
import { SdkError, sdkError } from '../error.ts'
import { OUTPUT_STATES, type OutputState, type OwnedOutput, outputFrom } from './getOutputs.ts'

export interface WaitForOutputParameters {
  readonly id: OutputId
  /** Default `included`. */
  readonly until?: OutputState
  /** Milliseconds, default 5 min. */
  readonly timeout?: number
  /** Milliseconds between two questions, default 250. */
  readonly interval?: number
}

export type WaitForOutputErrorType = SdkError | OmgError

const TIMEOUT_MS = 300_000
const INTERVAL_MS = 250

/** Waits until an unspent output exists and is as final as wanted: a deposit, or what somebody else pays. */
export async function waitForOutput(
  client: Client,
  parameters: WaitForOutputParameters,
): Promise<OwnedOutput> {
  const { id, until = 'included', timeout = TIMEOUT_MS, interval = INTERVAL_MS } = parameters
  const wanted = OUTPUT_STATES.indexOf(until)
  const end = Date.now() + timeout
  for (;;) {
    const output = await ask(client, id)
    if (output && OUTPUT_STATES.indexOf(output.status) >= wanted) return output
    if (Date.now() > end) {
      throw sdkError('receipt.timeout', `output ${id} is ${output?.status ?? 'unknown'} after ${timeout} ms`)
    }
    await new Promise(resolve => setTimeout(resolve, interval))
  }
}

async function ask(client: Client, id: OutputId): Promise<OwnedOutput | undefined> {
  try {
    return outputFrom(await client.node.request('omg_getOutput', { outputId: id }))
  } catch (error) {
    if (error instanceof OmgError && error.code === 'request.not_found') return undefined
    if (error instanceof SdkError && error.code === 'node.unreachable') return undefined
    throw error
  }
}
