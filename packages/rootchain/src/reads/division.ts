import type { Address } from '@omg/protocol'
import { rewardsAbi, rootChainAbi } from '../abi.ts'
import { MAX_TALLY_CHECKPOINTS } from '../actions/rewards.ts'
import type { RootChain } from '../client.ts'
import type { RewardsLedger } from './rewardsEvents.ts'

type Reader = Pick<RootChain, 'ethereum' | 'deployment'>

/** Sets that one division steps over at most, so that it fits into a block: about 10,000 gas each where there is nothing to divide. */
export const MAX_DIVIDED_SETS = 200n

/** Checkpoints to be looked through for the signatures of a set, both ends included. */
export interface DueTally {
  readonly validatorSetId: bigint
  readonly from: bigint
  readonly to: bigint
}

/** A division that the contract will take once everything in `tallies` is counted. */
export interface DueDivision {
  readonly token: Address
  readonly upTo: bigint
  readonly tallies: readonly DueTally[]
}

/** The income of a token that can be divided now; undefined if there is none, or it has to wait for a coin or for its time. */
export async function getDueDivision(
  reader: Reader,
  { token, ledger }: { readonly token: Address; readonly ledger: RewardsLedger },
): Promise<DueDivision | undefined> {
  const divided = await reader.ethereum.readContract({
    ...{ address: reader.deployment.rewards, abi: rewardsAbi },
    ...{ functionName: 'dividedUpTo', args: [token] },
  })
  const waiting = ledger.open.filter(coin => coin.token === token).map(coin => coin.validatorSetId)
  const ready = ledger.sets
    .filter(set => set.token === token && set.income > 0n)
    .map(set => set.validatorSetId)
    .filter(id => id > divided && waiting.every(other => id < other))
  const { timestamp } = await reader.ethereum.getBlock()
  const over = await Promise.all(ready.map(id => isOver(reader, id, timestamp)))
  const due = ready.filter((id, i) => over[i] && id <= divided + MAX_DIVIDED_SETS)
  // A long way without income is gone in steps.
  const upTo = due.at(-1) ?? (over[0] ? divided + MAX_DIVIDED_SETS : undefined)
  if (upTo === undefined) return undefined
  const tallies = await Promise.all(due.map(id => missingTallies(reader, id)))
  return { token, upTo, tallies: tallies.flat() }
}

/** Times in seconds. */
async function termsOf({ ethereum, deployment }: Reader, id: bigint) {
  const contract = { address: deployment.rootChain, abi: rootChainAbi } as const
  return ethereum.readContract({ ...contract, functionName: 'validatorSet', args: [id] })
}

/** Whether its overlap has ended and its coins have had their time to be collected. */
async function isOver(reader: Reader, id: bigint, now: bigint): Promise<boolean> {
  const { validUntil } = await termsOf(reader, id)
  return now > BigInt(validUntil) + BigInt(reader.deployment.parameters.epoch)
}

/** The checkpoints that a set may have signed and that nobody has looked through yet. */
async function missingTallies(reader: Reader, validatorSetId: bigint): Promise<DueTally[]> {
  const { ethereum, deployment } = reader
  const anchor = { address: deployment.rootChain, abi: rootChainAbi } as const
  const [{ publishedAt, validUntil }, last, [, next]] = await Promise.all([
    termsOf(reader, validatorSetId),
    ethereum.readContract({ ...anchor, functionName: 'lastCheckpoint' }),
    ethereum.readContract({
      ...{ address: deployment.rewards, abi: rewardsAbi },
      ...{ functionName: 'tallied', args: [validatorSetId] },
    }),
  ])
  const firstAt = (time: bigint, lowest: bigint) => firstAcceptedAt(reader, time, lowest, last)
  const from = next || (await firstAt(BigInt(publishedAt), 1n))
  const end = await firstAt(BigInt(validUntil) + 1n, from)
  // The contract wants to see that there is none, unless none was accepted since.
  const to = next === 0n && end === from && from <= last ? from : end - 1n
  const tallies: DueTally[] = []
  for (let begin = from; begin <= to; begin += MAX_TALLY_CHECKPOINTS) {
    const most = begin + MAX_TALLY_CHECKPOINTS - 1n
    tallies.push({ validatorSetId, from: begin, to: most < to ? most : to })
  }
  return tallies
}

/** The first checkpoint that was accepted since a set stands; the one after the last if there is none. */
export async function getFirstCheckpointOf(
  reader: Reader,
  { validatorSetId }: { readonly validatorSetId: bigint },
): Promise<bigint> {
  const anchor = { address: reader.deployment.rootChain, abi: rootChainAbi } as const
  const [{ publishedAt }, last] = await Promise.all([
    termsOf(reader, validatorSetId),
    reader.ethereum.readContract({ ...anchor, functionName: 'lastCheckpoint' }),
  ])
  return firstAcceptedAt(reader, BigInt(publishedAt), 1n, last)
}

/** The first checkpoint from `lowest` on that was accepted at `time` or later; the one after the last if there is none. */
async function firstAcceptedAt(
  { ethereum, deployment }: Reader,
  time: bigint,
  lowest: bigint,
  last: bigint,
): Promise<bigint> {
  const anchor = { address: deployment.rootChain, abi: rootChainAbi } as const
  let [low, high] = [lowest, last + 1n]
  while (low < high) {
    const middle = (low + high) / 2n
    const record = await ethereum.readContract({ ...anchor, functionName: 'checkpoint', args: [middle] })
    if (BigInt(record.acceptedAt) >= time) high = middle
    else low = middle + 1n
  }
  return low
}
