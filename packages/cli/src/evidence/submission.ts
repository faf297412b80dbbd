/** Takes an offence to Ethereum: commitment, then proof; or the report of downtime and its end. */
import type { Hash } from '@omg/protocol'
import {
  advanceProof,
  concludeDowntime,
  type FoundOffence,
  type RootChain,
  relayOffence,
  reportDowntime,
  type SendOptions,
  slashingAbi,
} from '@omg/rootchain'
import { parseEventLogs, type TransactionReceipt } from 'viem'
import { cliError } from '../error.ts'
import { planFor } from './plans.ts'

export interface Submitted {
  readonly transactionHash: Hash
  readonly state: FoundOffence['state']
  /** OMG wei that were taken; 0 for downtime. */
  readonly slashed: bigint
}

/**
 * Does what comes next for an offence, to the end where nobody has to answer first. Errors (thrown): `evidence.early` (its checkpoint is not
 * accepted, or the validator may still answer), what the contracts refuse.
 */
export async function submitOffence(
  rootChain: RootChain,
  folder: string,
  found: FoundOffence,
): Promise<Submitted> {
  const { kind, signer, at, offence, state } = found
  if (kind === 'downtime') {
    if (state === 'reported') throw cliError('evidence.early', `${signer} may still answer the report`)
    const receipt =
      state === 'due'
        ? await concludeDowntime(rootChain, { signer })
        : await reportDowntime(rootChain, { signer, from: at })
    return { transactionHash: receipt.transactionHash as Hash, state: stateAfter(receipt), slashed: 0n }
  }
  if (!offence)
    throw cliError('evidence.early', `the checkpoint that ${found.id} belongs to is not accepted yet`)
  return slashedBy(await relayOffence(rootChain, { offence, ...planFor(rootChain, folder, found) }))
}

/** Announces the proof of an offence, or shows it once its time has come; undefined until it is shown. Errors: what the contracts refuse. */
export async function advanceOffence(
  rootChain: RootChain,
  folder: string,
  found: FoundOffence,
  options: SendOptions = {},
): Promise<Submitted | undefined> {
  const { offence } = found
  if (!offence) return undefined
  const plan = planFor(rootChain, folder, found)
  const receipt = await advanceProof(rootChain, { offence, ...plan, ...options })
  return receipt && slashedBy(receipt)
}

function slashedBy({ transactionHash, logs }: TransactionReceipt): Submitted {
  const [punished] = parseEventLogs({ abi: slashingAbi, logs, eventName: 'Punished' })
  const slashed = punished?.args.slashed ?? 0n
  return { transactionHash: transactionHash as Hash, state: 'slashed', slashed }
}

/** What became of a report of downtime. */
export function stateAfter({ logs }: TransactionReceipt): FoundOffence['state'] {
  const [concluded] = parseEventLogs({ abi: slashingAbi, logs, eventName: 'DowntimeConcluded' })
  if (!concluded) return 'reported'
  return concluded.args.jailed ? 'jailed' : 'found'
}
