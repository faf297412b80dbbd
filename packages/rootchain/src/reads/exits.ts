import { type Address, type Amount, address, type Hash, type OutputId, type TxHash } from '@omg/protocol'
import { exitQueueAbi, inFlightExitsAbi } from '../abi.ts'
import { type Side, sideOf } from '../actions/evidence.ts'
import type { RootChain } from '../client.ts'

export const EXIT_STATES = ['none', 'open', 'challenged', 'paid', 'dropped', 'unpaid'] as const
export type ExitState = (typeof EXIT_STATES)[number]

const EXIT_KINDS = ['standard', 'inFlightInput', 'inFlightOutput'] as const
export type ExitKind = (typeof EXIT_KINDS)[number]

/** One claim on a vault, as Ethereum has it. Times in seconds, bonds in wei. */
export interface Exit {
  readonly id: Hash
  readonly state: Exclude<ExitState, 'none'>
  /** A standard exit, or a piggyback on an input or an output. */
  readonly kind: ExitKind
  /** Whether it is an ITEM. */
  readonly item: boolean
  /** Index of the input or output in its in-flight transaction. */
  readonly outputIndex: number
  readonly owner: Address
  readonly token: Address
  readonly amount: Amount
  readonly exitableAt: bigint
  readonly bond: bigint
  /** Id of the output of a standard exit, hash of the in-flight transaction of a piggyback. */
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
    kind: EXIT_KINDS[exit.kind]!,
    owner: address(exit.owner),
    token: address(exit.token),
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

/** Bonds in wei. */
export interface Bonds {
  readonly standardExit: bigint
  readonly inFlightExit: bigint
  readonly piggyback: bigint
}

const BOND_UNIT = 100_000_000_000_000n
const MAX_BOND_UNITS = 65_535n
const BASE_FEE_CHANGE = 8n
/** Room for the base fee to rise before the transaction is in a block, in percent. */
const BOND_MARGIN_PERCENT = 25n

/**
 * The bonds to send now: what the next block asks for, with room for the base fee to rise. All of it comes back. Counted
 * here as contracts/src/libraries/Bonds.sol does, because a call of the contract sees no base fee on some nodes.
 */
export async function getBonds({ ethereum, deployment }: RootChain): Promise<Bonds> {
  const { parameters } = deployment
  let fee = (nextBaseFee(await ethereum.getBlock()) * (100n + BOND_MARGIN_PERCENT)) / 100n
  if (fee < parameters.bondBaseFeeFloor) fee = parameters.bondBaseFeeFloor
  const size = (gas: number): bigint => {
    const units = (BigInt(gas) * fee + BOND_UNIT - 1n) / BOND_UNIT
    return (units < MAX_BOND_UNITS ? units : MAX_BOND_UNITS) * BOND_UNIT
  }
  return {
    standardExit: size(parameters.standardExitBondGas),
    inFlightExit: size(parameters.inFlightExitBondGas),
    piggyback: size(parameters.piggybackBondGas),
  }
}

/** EIP-1559: the base fee of a block follows from its parent. */
function nextBaseFee(parent: { baseFeePerGas: bigint | null; gasUsed: bigint; gasLimit: bigint }): bigint {
  const fee = parent.baseFeePerGas ?? 0n
  const target = parent.gasLimit / 2n
  if (parent.gasUsed === target) return fee
  if (parent.gasUsed < target) return fee - (fee * (target - parent.gasUsed)) / target / BASE_FEE_CHANGE
  const rise = (fee * (parent.gasUsed - target)) / target / BASE_FEE_CHANGE
  return fee + (rise > 1n ? rise : 1n)
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

/** What Ethereum has decided about a transaction. */
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

/** Whether a spend is known that keeps an exit of the output from being paid. */
export function isSpent({ ethereum, deployment }: RootChain, { id }: { id: OutputId }): Promise<boolean> {
  const queue = { address: deployment.exitQueue, abi: exitQueueAbi } as const
  return ethereum.readContract({ ...queue, functionName: 'isSpent', args: [id] })
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
