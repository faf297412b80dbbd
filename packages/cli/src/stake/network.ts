/** What the commands of stake share: amounts in OMG, what a part of a stake is in shares, and when something counts. */
import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import {
  getStake,
  getStakeEvents,
  getStakePool,
  getValidatorSet,
  omgTokenAbi,
  type RootChain,
  type StakeEvent,
  type StakePool,
  sharesWorth,
} from '@omg/rootchain'
import { openClient } from '../client.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'
import { formatAmount, parseUnits, type Token } from '../terminal/amount.ts'
import { formatSeconds } from '../terminal/duration.ts'

/** Amounts of stake. The address is not looked at. */
export const OMG: Token = { address: ZERO_ADDRESS, symbol: 'OMG', decimals: 18 }

export const omg = (amount: bigint): string => formatAmount(amount, OMG)

export const omgFrom = (text: string): bigint => parseUnits(text, OMG)

/** The contracts, and the account of the session when it sends. */
export async function openStake(
  session: Session,
  { key }: { key: boolean },
): Promise<{ rootChain: RootChain; own: () => Address }> {
  const client = await openClient(session, { key })
  return { rootChain: await client.rootChain(), own: () => client.address() }
}

/** All events of stake up to now. */
export async function stakeEvents(rootChain: RootChain): Promise<readonly StakeEvent[]> {
  return getStakeEvents(rootChain, { to: await rootChain.ethereum.getBlockNumber({ cacheTime: 0 }) })
}

/** OMG wei that an account has on Ethereum and has not staked. */
export function balanceOf({ ethereum, deployment }: RootChain, owner: Address): Promise<bigint> {
  const token = { address: deployment.omgToken, abi: omgTokenAbi } as const
  return ethereum.readContract({ ...token, functionName: 'balanceOf', args: [owner] })
}

/** Before anything is approved or sent. Errors (thrown): `stake.insufficient`, with how much there is. */
export async function requireBalance(rootChain: RootChain, owner: Address, amount: bigint): Promise<void> {
  const balance = await balanceOf(rootChain, owner)
  if (amount > balance)
    throw cliError(
      'stake.insufficient',
      `${owner} has ${omg(balance)} on Ethereum that is not staked, less than ${omg(amount)}`,
    )
}

/** Errors (thrown): `stake.unknown`. */
export async function poolOf(rootChain: RootChain, validator: Address): Promise<StakePool> {
  const pool = await getStakePool(rootChain, { validator })
  if (pool === undefined) throw cliError('stake.unknown', `${validator} is no validator`)
  return pool
}

/** The shares that an amount, or `all`, of somebody's stake is. Errors (thrown): `stake.unknown`, `stake.insufficient`. */
export async function partOf(
  rootChain: RootChain,
  { validator, delegator, text }: { validator: Address; delegator: Address; text: string },
): Promise<bigint> {
  const pool = await poolOf(rootChain, validator)
  const stake = await getStake(rootChain, { validator, delegator })
  const shares = text === 'all' ? stake.shares : sharesWorth(pool, stake, omgFrom(text))
  if (shares === undefined || shares === 0n)
    throw cliError('stake.insufficient', `${delegator} has ${omg(stake.amount)} with ${validator}`)
  return shares
}

/** From when on the next set can be published, in seconds from now; 0: at once. */
export async function nextSetIn(rootChain: RootChain): Promise<bigint> {
  const [set, { timestamp }] = await Promise.all([getValidatorSet(rootChain), rootChain.ethereum.getBlock()])
  const at = (set?.publishedAt ?? 0n) + BigInt(rootChain.deployment.parameters.epoch)
  return at > timestamp ? at - timestamp : 0n
}

/** When what was just done counts. */
export async function whenItCounts(rootChain: RootChain): Promise<string> {
  const wait = await nextSetIn(rootChain)
  const when = wait === 0n ? 'now' : `in ${formatSeconds(wait)}`
  return `It counts from the next validator set on, which anybody can publish ${when}: omg validators publish`
}

/** How long what has left is still at stake. */
export async function whenItIsFree(rootChain: RootChain): Promise<string> {
  const delay = formatSeconds(rootChain.deployment.parameters.unbondingDelay)
  return `${await whenItCounts(rootChain)}\nIt can be withdrawn ${delay} after that, and answers until then for what the validator signed: omg stake withdraw`
}

/** The tokens in which fees come in, and OMG. */
export function tokensOf({ deployment }: RootChain): Token[] {
  const fees = deployment.feeTokens.map(({ token, symbol, decimals }) => ({
    address: token,
    symbol,
    decimals,
  }))
  if (fees.some(({ address }) => address === deployment.omgToken)) return fees
  return [...fees, { ...OMG, address: deployment.omgToken }]
}
