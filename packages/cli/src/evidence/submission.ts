/** Takes an offence to Ethereum: commitment, then proof; or the report of downtime and its end. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Address, type Hash, toHex } from '@omg/protocol'
import {
  concludeDowntime,
  getRevealBlock,
  type RootChain,
  relayOffence,
  reportDowntime,
  slashingAbi,
} from '@omg/rootchain'
import { parseEventLogs, type TransactionReceipt } from 'viem'
import { cliError } from '../error.ts'
import type { FoundOffence } from './found.ts'

/** What was announced, kept until it is proven: only who has the salt can show the proof. */
interface Plan {
  readonly prover: Address
  readonly salt: Hash
}

const planFile = (data: string, { id }: FoundOffence) =>
  join(data, 'evidence', `${id.replaceAll(':', '-')}.json`)

function readPlan(data: string, found: FoundOffence): Plan | undefined {
  const file = planFile(data, found)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Plan) : undefined
}

/** The offence as it stands with what this folder has announced. */
export async function withPlan(
  rootChain: Pick<RootChain, 'ethereum' | 'deployment'>,
  data: string,
  found: FoundOffence,
): Promise<FoundOffence> {
  const { offence, state } = found
  const plan = readPlan(data, found)
  if (!offence || !plan || state !== 'found') return found
  const isCommitted = (await getRevealBlock(rootChain, { offence, ...plan })) !== undefined
  return isCommitted ? { ...found, state: 'committed' } : found
}

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
  data: string,
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
  const plan = readPlan(data, found) ?? { prover: rootChain.sender!.address as Address, salt: newSalt() }
  mkdirSync(join(data, 'evidence'), { recursive: true })
  // Kept before it is announced: without the salt the announcement is worth nothing.
  writeFileSync(planFile(data, found), `${JSON.stringify(plan)}\n`, { mode: 0o600 })
  const receipt = await relayOffence(rootChain, { offence, ...plan })
  const [punished] = parseEventLogs({ abi: slashingAbi, logs: receipt.logs, eventName: 'Punished' })
  return {
    transactionHash: receipt.transactionHash as Hash,
    state: 'slashed',
    slashed: punished?.args.slashed ?? 0n,
  }
}

const newSalt = () => toHex(randomBytes(32)) as Hash

function stateAfter({ logs }: TransactionReceipt): FoundOffence['state'] {
  const [concluded] = parseEventLogs({ abi: slashingAbi, logs, eventName: 'DowntimeConcluded' })
  if (!concluded) return 'reported'
  return concluded.args.jailed ? 'jailed' : 'found'
}
