import {
  type Address,
  type Amount,
  amount,
  fail,
  MAX_INPUTS,
  type OutputId,
  ok,
  type Result,
} from '@omg/protocol'
import { type SdkError, sdkError } from '../error.ts'

/**
 * What a payment may spend (R5).
 *
 * - `committed`: only outputs whose checkpoint Ethereum has accepted. The payment can always leave through an in-flight
 *   exit, whatever the operator does.
 * - `fast`: also outputs that are in a block but not committed yet. Nothing is lost if the chain is honest; until the
 *   parent is committed, the in-flight exit is given up.
 */
export type Finality = 'committed' | 'fast'

/** A COIN of the account. */
export interface Coin {
  readonly id: OutputId
  readonly token: Address
  readonly amount: Amount
  readonly committed: boolean
  /** The chain takes no payment of it (R6). */
  readonly locked: boolean
}

/** How much of a token is needed: the payments in it and, in the fee token, the fee. */
export interface Need {
  readonly token: Address
  readonly amount: bigint
  /** Smallest output of the token that the chain accepts. */
  readonly dust: bigint
}

export interface SelectCoinsParameters {
  readonly coins: readonly Coin[]
  readonly needs: readonly Need[]
  readonly finality: Finality
  /** Inputs left for coins, default 16: items take their own. */
  readonly maxInputs?: number
}

export interface Selection {
  /** At most `maxInputs`, in the order of the needs. */
  readonly inputs: readonly Coin[]
  /** What is left per token; only tokens with something left. */
  readonly change: readonly { readonly token: Address; readonly amount: Amount }[]
}

/**
 * Chooses the coins of a payment: as few as possible, committed ones if they suffice, no locked ones, and such that the
 * change is nothing or above the dust limit. The same coins in another order give the same selection.
 *
 * Errors: `coins.insufficient`, `coins.locked`, `coins.uncommitted`, `coins.fragmented`, `coins.dust`.
 */
export function selectCoins(parameters: SelectCoinsParameters): Result<Selection, SdkError> {
  const selection = selectFree(parameters)
  if (selection.ok || selection.error.code !== 'coins.insufficient') return selection
  if (!parameters.needs.every(need => sumOf(parameters.coins, need) >= need.amount)) return selection
  return fail(sdkError('coins.locked', 'an exit or a payment in flight locks coins that the payment needs'))
}

function selectFree(parameters: SelectCoinsParameters): Result<Selection, SdkError> {
  const { finality } = parameters
  const coins = parameters.coins.filter(({ locked }) => !locked)
  const committed = select(parameters, onlyCommitted(coins))
  if (committed.ok) return committed
  const all = select(parameters, coins)
  if (finality === 'fast' || !all.ok) return finality === 'fast' ? all : committed
  const error = sdkError(
    'coins.uncommitted',
    'some of the coins that the payment needs are not committed yet',
  )
  return fail(error)
}

const sumOf = (coins: readonly Coin[], { token }: Need) => sum(coins.filter(coin => coin.token === token))

const onlyCommitted = (coins: readonly Coin[]) => coins.filter(coin => coin.committed)

function select(parameters: SelectCoinsParameters, coins: readonly Coin[]): Result<Selection, SdkError> {
  // First of all: no merge helps where there is not enough.
  for (const { token, amount: needed } of parameters.needs) {
    const available = sum(coins.filter(coin => coin.token === token))
    if (available >= needed) continue
    return fail(
      sdkError('coins.insufficient', `the payment needs ${needed} of ${token}, there are ${available}`),
    )
  }
  const inputs: Coin[] = []
  const change: Selection['change'][number][] = []
  let slots = parameters.maxInputs ?? MAX_INPUTS
  for (const need of parameters.needs) {
    if (need.amount === 0n) continue
    const chosen = selectOfToken(
      coins.filter(({ token }) => token === need.token),
      need,
      slots,
    )
    if (!chosen.ok) return chosen
    inputs.push(...chosen.value)
    slots -= chosen.value.length
    const left = sum(chosen.value) - need.amount
    if (left > 0n) change.push({ token: need.token, amount: amount(left) })
  }
  return ok({ inputs, change })
}

function selectOfToken(coins: readonly Coin[], need: Need, slots: number): Result<Coin[], SdkError> {
  const largestFirst = [...coins].sort(byAmountThenId)
  const fewest = countNeeded(largestFirst, need.amount)
  if (fewest > slots) {
    const text = `the payment needs ${fewest} coins of ${need.token}, there is room for ${slots}`
    return fail(sdkError('coins.fragmented', text))
  }
  // One coin more than needed turns change that is too small into change that is large enough.
  for (let count = fewest; count <= Math.min(slots, largestFirst.length); count++) {
    const chosen = tightest(largestFirst, count, need)
    if (chosen) return ok(chosen)
  }
  return fail(sdkError('coins.dust', `the change would be below ${need.dust} of ${need.token}`))
}

/** How many coins, largest first, reach the amount. */
function countNeeded(largestFirst: readonly Coin[], wanted: bigint): number {
  let reached = 0n
  let count = 0
  while (reached < wanted) reached += largestFirst[count++]!.amount
  return count
}

/**
 * The `count` coins that reach the need with little change: the largest ones, with the last replaced by the smallest
 * that still does. Undefined if all of these leave dust.
 */
function tightest(
  largestFirst: readonly Coin[],
  count: number,
  { amount: wanted, dust }: Need,
): Coin[] | undefined {
  const kept = largestFirst.slice(0, count - 1)
  const base = sum(kept)
  for (const last of largestFirst.slice(count - 1).reverse()) {
    const change = base + last.amount - wanted
    if (change === 0n || (change > 0n && change >= dust)) return [...kept, last]
  }
  return undefined
}

function byAmountThenId(a: Coin, b: Coin): number {
  if (a.amount !== b.amount) return a.amount > b.amount ? -1 : 1
  return a.id < b.id ? -1 : 1
}

function sum(coins: readonly Coin[]): bigint {
  return coins.reduce((total, coin) => total + coin.amount, 0n)
}
