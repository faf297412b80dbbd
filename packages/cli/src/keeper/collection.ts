/** Brings the fee coins of the rewards to Ethereum: starts their exits, has them paid, takes the money in. Anybody may do each of it. */
import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import {
  collectFees,
  getCollectionBonds,
  getExit,
  getLastCheckpoint,
  processExits,
  RevertedError,
  type RewardsLedger,
  type RootChain,
  type SendOptions,
  sweepFees,
  withdrawCollectionBonds,
} from '@omg/rootchain'
import type { OmgClient } from '@omg/sdk'
import { type FeeCoin, feeCoinsIn, LeftCoins, PrunedCheckpointError, type Worth } from './coins.ts'
import type { RewardsStep, Tell } from './step.ts'

/** Gas of one coin until it is divided: collect 230,000, its part of processExits 50,000, sweep 120,000 (.gas-snapshot). */
export const COLLECTION_GAS = 400_000n
/** Checkpoints that are searched for coins in one round. */
export const MAX_SEARCHED_CHECKPOINTS = 100n
/** Transactions that are under way at once. */
const AT_ONCE = 8
/** Exits of one call of processExits: some 50,000 gas each. */
const MAX_PROCESSED = 50

/** By token, in wei of it: a coin that is worth less is left where it is. ETH that is not named: what collecting costs at the moment. */
export type LeastWorth = ReadonlyMap<Address, bigint>

/** Who collects: the contracts with an account that pays, and a node. */
export interface Collector {
  readonly client: OmgClient
  readonly rootChain: RootChain
  readonly least: LeastWorth
  readonly tell: Tell<RewardsStep>
}

/**
 * Starts the exits of the fee coins in the checkpoints from `from` on, and of those among `left` that are worth it by now. Returns where to
 * search next.
 */
export async function collectCoins(
  { client, rootChain, least, tell }: Collector,
  {
    from,
    ledger,
    left = new LeftCoins(),
    ...options
  }: SendOptions & { readonly from: bigint; readonly ledger: RewardsLedger; readonly left?: LeftCoins },
): Promise<bigint> {
  const accepted = await getLastCheckpoint(rootChain)
  const last = from + MAX_SEARCHED_CHECKPOINTS - 1n
  const to = last < accepted ? last : accepted
  const worth = await leastWorth(rootChain, least)
  const found: FeeCoin[] = []
  for (let checkpoint = from; checkpoint <= to; checkpoint++) {
    const coins = await feeCoinsIn(client, { checkpoint, owner: rootChain.deployment.rewards }).catch(
      error => {
        // What this node has pruned another one may have; the rest is not to wait for it.
        if (!(error instanceof PrunedCheckpointError)) throw error
        tell({ kind: 'failed', duty: 'collection', error })
        return []
      },
    )
    found.push(...coins)
  }
  const choice = left.choose(found, { worth, collected: ledger.collected })
  for (const { checkpoint, token, amount } of choice.left) {
    tell({ kind: 'left', checkpoint, token, amount, least: worth(token) })
  }
  await severalAtOnce(choice.wanted, tell, async ({ id, checkpoint }) => {
    const { origin } = await client.getExitProof({ id })
    const collected = await collectFees(rootChain, { ...origin, ...options }).catch(error => {
      if (error instanceof RevertedError) left.forget(id)
      throw error
    })
    left.forget(id)
    const { exitId, validatorSetId, token, amount } = collected
    tell({ kind: 'collected', exitId, checkpoint, validatorSetId, token, amount })
  })
  return to < from ? from : to + 1n
}

async function leastWorth({ ethereum }: RootChain, least: LeastWorth): Promise<Worth> {
  const price = await ethereum.getGasPrice()
  return token => least.get(token) ?? (token === ZERO_ADDRESS ? COLLECTION_GAS * price : 1n)
}

/** Has the exits of fee coins paid that are due, and takes in what they have brought. */
export async function takeIn(
  { rootChain, tell }: Pick<Collector, 'rootChain' | 'tell'>,
  { ledger, ...options }: SendOptions & { readonly ledger: RewardsLedger },
): Promise<void> {
  const found = await Promise.all(
    ledger.open.map(async coin => ({ coin, exit: await getExit(rootChain, { id: coin.exitId }) })),
  )
  const { timestamp } = await rootChain.ethereum.getBlock()
  const due = found.filter(({ exit }) => exit?.state === 'open' && exit.exitableAt <= timestamp)
  const over = found.filter(({ exit }) => exit !== undefined && exit.state !== 'open')
  const paid = new Set<string>()
  for (const token of new Set(due.map(({ coin }) => coin.token))) {
    const processed = await processExits(rootChain, { token, maxExits: MAX_PROCESSED, ...options })
    if (processed.paid.length > 0) tell({ kind: 'processed', token, paid: processed.paid.length })
    for (const id of [...processed.paid, ...processed.dropped]) paid.add(id)
  }
  over.push(...due.filter(({ coin }) => paid.has(coin.exitId)))
  await severalAtOnce(over, tell, async ({ coin: { exitId, validatorSetId, token } }) => {
    const amount = await sweepFees(rootChain, { exitId, ...options })
    tell({ kind: 'swept', exitId, validatorSetId, token, amount })
  })
  await takeBonds({ rootChain, tell }, options)
}

async function takeBonds(
  { rootChain, tell }: Pick<Collector, 'rootChain' | 'tell'>,
  options: SendOptions,
): Promise<void> {
  if (!rootChain.sender) return
  const amount = await getCollectionBonds(rootChain, { payer: rootChain.sender.address as Address })
  if (amount === 0n) return
  await withdrawCollectionBonds(rootChain, options)
  tell({ kind: 'bondsReturned', amount })
}

/** What a contract says of something that somebody else has done already. */
const DONE_ALREADY = ['ExitExists', 'NotSwept', 'NotCollected']

/** Does something for each, a few at a time. One that the contracts refuse does not keep the others waiting. */
async function severalAtOnce<T>(
  items: readonly T[],
  tell: Tell<RewardsStep>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let begin = 0; begin < items.length; begin += AT_ONCE) {
    const outcomes = await Promise.allSettled(items.slice(begin, begin + AT_ONCE).map(work))
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue
      const error: unknown = outcome.reason
      if (!(error instanceof RevertedError)) throw error
      if (!DONE_ALREADY.includes(error.reason)) tell({ kind: 'failed', duty: 'collection', error })
    }
  }
}
