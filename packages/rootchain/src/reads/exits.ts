import type { Address, Amount, Hash, OutputId, TxHash } from '@omg/protocol'
import { exitQueueAbi, inFlightExitsAbi, standardExitsAbi } from '../abi.ts'
import { type Side, sideOf } from '../actions/evidence.ts'
import type { RootChain } from '../client.ts'

export const EXIT_STATES = ['none', 'open', 'challenged', 'paid', 'dropped'] as const
export type ExitState = (typeof EXIT_STATES)[number]

/** One claim on a vault, as Ethereum has it. Times in seconds, bonds in wei. */
export interface Exit {
  readonly id: Hash
  readonly state: Exclude<ExitState, 'none'>
  /** `owned`: a standard exit or a piggyback on an input. `inFlightOutput`: a piggyback on an output. */
  readonly kind: 'owned' | 'inFlightOutput'
  /** Whether it is an ITEM. */
  readonly item: boolean
  /** Index of the output in its in-flight transaction, where the kind is `inFlightOutput`. */
  readonly outputIndex: number
  readonly owner: Address
  readonly token: Address
  readonly amount: Amount
  readonly exitableAt: bigint
  readonly bond: bigint
  /** Id of the output, or hash of the in-flight transaction. */
  readonly subject: Hash
}

/** An exit or piggyback; undefined if it was never started. */
export async function getExit(
  { ethereum, deployment }: RootChain,
  { id }: { id: Hash },
): Promise<Exit | undefined> {
  const queue = { address: deployment.exitQueue, abi: exitQueueAbi } as const
  const exit = await ethereum.readContract({ ...queue, functionName: 'exit', args: [id] })
  const state = EXIT_STATES[exit.state]
  if (state === undefined || state === 'none') return undefined
  return {
    ...exit,
    id,
    state,
    kind: exit.kind === 0 ? 'owned' : 'inFlightOutput',
    owner: exit.owner.toLowerCase() as Address,
    token: exit.token.toLowerCase() as Address,
    amount: exit.amount as Amount,
    subject: exit.subject as Hash,
  }
}

export interface ExitQueue {
  /** How many wait, challenged ones included. */
  readonly length: bigint
  /** The next ones in the order in which they will be processed. */
  readonly next: readonly Hash[]
}

const DEFAULT_QUEUE_LIMIT = 100

/** The queue of a token. */
export async function getExitQueue(
  { ethereum, deployment }: RootChain,
  { token, items = false, limit = DEFAULT_QUEUE_LIMIT }: { token: Address; items?: boolean; limit?: number },
): Promise<ExitQueue> {
  const queue = { address: deployment.exitQueue, abi: exitQueueAbi } as const
  const [length, next] = await Promise.all([
    ethereum.readContract({ ...queue, functionName: 'queueLength', args: [token, items] }),
    ethereum.readContract({ ...queue, functionName: 'nextExits', args: [token, items, BigInt(limit)] }),
  ])
  return { length, next: next as readonly Hash[] }
}

/** When an exit that is started now becomes exitable, in seconds; checkpoint 0 stands for a deposit. */
export function getExitableAt(
  { ethereum, deployment }: RootChain,
  { checkpoint }: { checkpoint: bigint },
): Promise<bigint> {
  const queue = { address: deployment.exitQueue, abi: exitQueueAbi } as const
  return ethereum.readContract({ ...queue, functionName: 'exitableAtIfStartedNow', args: [checkpoint] })
}

/** Bonds in wei at the current base fee. */
export interface Bonds {
  readonly standardExit: bigint
  readonly inFlightExit: bigint
  readonly piggyback: bigint
}

export async function getBonds({ ethereum, deployment }: RootChain): Promise<Bonds> {
  const inFlightExits = { address: deployment.inFlightExits, abi: inFlightExitsAbi } as const
  const [standardExit, inFlightExit, piggyback] = await Promise.all([
    ethereum.readContract({
      address: deployment.standardExits,
      abi: standardExitsAbi,
      functionName: 'bondSize',
    }),
    ethereum.readContract({ ...inFlightExits, functionName: 'bondSize' }),
    ethereum.readContract({ ...inFlightExits, functionName: 'piggybackBondSize' }),
  ])
  return { standardExit, inFlightExit, piggyback }
}

const VERDICTS = ['none', 'canonical', 'void'] as const
export type Verdict = (typeof VERDICTS)[number]

/** A transaction whose in-flight exit was started. Times in seconds. */
export interface InFlight {
  /** What Ethereum has written down; `none` while it can still change. */
  readonly verdict: Verdict
  /** How many inputs it does not win at the moment. */
  readonly lost: number
  readonly startedAt: bigint
  readonly exitableAt: bigint
}

/** The in-flight exit of a transaction; undefined if it was never started. */
export async function getInFlight(
  { ethereum, deployment }: RootChain,
  { txHash }: { txHash: TxHash },
): Promise<InFlight | undefined> {
  const queue = { address: deployment.exitQueue, abi: exitQueueAbi } as const
  const record = await ethereum.readContract({ ...queue, functionName: 'inFlight', args: [txHash] })
  if (record.startedAt === 0n) return undefined
  return { ...record, verdict: verdictFrom(record.verdict) }
}

/** The verdict on a transaction, were it asked for now. */
export async function getVerdict(
  { ethereum, deployment }: RootChain,
  { txHash }: { txHash: TxHash },
): Promise<Verdict> {
  const queue = { address: deployment.exitQueue, abi: exitQueueAbi } as const
  return verdictFrom(await ethereum.readContract({ ...queue, functionName: 'verdictOf', args: [txHash] }))
}

/** The id of a piggyback: `keccak(0x10 ‖ txHash ‖ side ‖ index)`. */
export async function getPiggybackId(
  { ethereum, deployment }: RootChain,
  { txHash, side, index }: { txHash: TxHash; side: Side; index: number },
): Promise<Hash> {
  const inFlightExits = { address: deployment.inFlightExits, abi: inFlightExitsAbi } as const
  const args = [txHash, sideOf(side), index] as const
  return (await ethereum.readContract({ ...inFlightExits, functionName: 'piggybackId', args })) as Hash
}

/** Whether a spend is known that keeps an exit of the output by this owner from being paid. */
export function isSpent(
  { ethereum, deployment }: RootChain,
  { id, owner }: { id: OutputId; owner: Address },
): Promise<boolean> {
  const queue = { address: deployment.exitQueue, abi: exitQueueAbi } as const
  return ethereum.readContract({ ...queue, functionName: 'isSpent', args: [id, owner] })
}

/** Whether an exit of the output was paid. */
export function isExited({ ethereum, deployment }: RootChain, { id }: { id: OutputId }): Promise<boolean> {
  const queue = { address: deployment.exitQueue, abi: exitQueueAbi } as const
  return ethereum.readContract({ ...queue, functionName: 'isExited', args: [id] })
}

function verdictFrom(code: number): Verdict {
  const verdict = VERDICTS[code]
  if (verdict === undefined)
    throw new Error(`Ethereum has a verdict ${code}, which this version does not know`)
  return verdict
}
