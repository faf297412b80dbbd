import type { OmgError, OutputId } from '@omg/protocol'
import { parsePosition } from '@omg/protocol'
import { getBonds, getExitableAt } from '@omg/rootchain'
import type { Client } from '../client.ts'
import type { SdkError } from '../error.ts'
import { checkExitable, readExitProof } from '../exit/exitProof.ts'
import { durationText } from '../exit/exitView.ts'

export interface QuoteExitParameters {
  readonly id: OutputId
}

export interface QuoteExitReturnType {
  /** When an exit that is started now can be processed, in seconds of Ethereum time. */
  readonly exitableAt: bigint
  /** Seconds until then. */
  readonly duration: bigint
  /** Wei; comes back when the exit is paid. */
  readonly bond: bigint
  /** Wei for starting, processing and claiming at the present gas price. */
  readonly gasCost: bigint
  /** The same in a sentence. */
  readonly text: string
}

export type QuoteExitErrorType = SdkError | OmgError

/** Gas of start, process and claim together, rounded up from contracts/.gas-snapshot. */
const EXIT_GAS = 300_000n

/** How long the exit of an output would take and what it would cost. */
export async function quoteExit(client: Client, { id }: QuoteExitParameters): Promise<QuoteExitReturnType> {
  const rootChain = await client.rootChain()
  const proof = await readExitProof(client, id)
  checkExitable(proof)
  const { checkpoint, sequence } = parsePosition(proof.position)
  const [exitableAt, { standardExit: bond }, gasPrice, { timestamp }] = await Promise.all([
    getExitableAt(rootChain, { checkpoint: sequence === 0 ? checkpoint : 0n }),
    getBonds(rootChain),
    rootChain.ethereum.getGasPrice(),
    rootChain.ethereum.getBlock(),
  ])
  const duration = exitableAt - timestamp
  const gasCost = gasPrice * EXIT_GAS
  return {
    exitableAt,
    duration,
    bond,
    gasCost,
    text: `About ${durationText(duration)}, ${bond} wei of bond, ${gasCost} wei of gas.`,
  }
}
