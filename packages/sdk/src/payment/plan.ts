import {
  type Address,
  amount,
  coinGuard,
  MAX_INPUTS,
  type Output,
  type OutputId,
  type Pay,
} from '@omg/protocol'
import type { OwnedOutput } from '../actions/getOutputs.ts'
import type { Client, FeeToken, Network } from '../client.ts'
import { type Coin, type Finality, type Need, selectCoins } from '../coins/selectCoins.ts'
import { type SdkError, sdkError } from '../error.ts'
import type { Payment } from './payment.ts'

/** How a payment is paid for. */
export interface PaymentOptions {
  /** Default `committed`: the payment can always leave through an in-flight exit (R5). */
  readonly finality?: Finality
  /** Default: a token of the payment in which fees are accepted, else the first fee token that suffices. */
  readonly feeToken?: Address
}

export interface PaymentPlan {
  readonly inputs: Pay['inputs']
  /** COIN of the account. */
  readonly change: readonly Output[]
  readonly fee: Payment['fee']
}

/** An output that the payment spends whatever coins it needs besides. */
export interface GivenInput {
  readonly id: OutputId
  readonly token: Address
  /** Token units. */
  readonly amount: bigint
}

export interface PlanParameters {
  readonly client: Client
  readonly network: Network
  readonly outputs: readonly Output[]
  readonly owned: readonly OwnedOutput[]
  readonly options: PaymentOptions
  /** Orders and trading balances that it spends; what they hold counts. */
  readonly given?: readonly GivenInput[]
  /** How many owners sign, all of whose fees this account pays; default 1. */
  readonly signatures?: number
  /** Inputs that it may have, default 16: a swap leaves some to the other side. */
  readonly maxInputs?: number
}

/**
 * Inputs, change and fee; with the first fee token that leads to a payment.
 *
 * @throws SdkError `payment.invalid`, `coins.*`
 */
export function planPayment(parameters: PlanParameters): PaymentPlan {
  const { client, network, outputs, owned, options, given = [], signatures = 1 } = parameters
  const finality = options.finality ?? 'committed'
  const items = chooseItems(outputs, owned, finality)
  const coins = owned.filter(({ type }) => type === 'coin').map(coinFrom)
  let first: SdkError | undefined
  for (const feeToken of feeTokensFor(network, [...outputs, ...given], options.feeToken)) {
    const fee = BigInt(signatures) * (items.length > 0 ? feeToken.fees.item : feeToken.fees.payment)
    const { needs, left } = balanceOf({ outputs, given, feeToken, fee, network })
    const maxInputs = (parameters.maxInputs ?? MAX_INPUTS) - items.length - given.length
    const selection = selectCoins({ coins, needs, finality, maxInputs })
    const dusty = left.find(({ amount: rest, dust }) => rest < dust)
    if (!selection.ok || dusty) {
      first ??= selection.ok
        ? sdkError('coins.dust', `${dusty!.amount} of ${dusty!.token} would be left`)
        : selection.error
      continue
    }
    const guard = coinGuard(client.address())
    const change = [...left, ...selection.value.change]
    return {
      inputs: [...given, ...items, ...selection.value.inputs].map(({ id }) => id),
      change: change.map(({ token, amount: rest }) => ({ type: 'coin', guard, token, amount: amount(rest) })),
      fee: { token: feeToken.token, amount: amount(fee) },
    }
  }
  throw first ?? sdkError('payment.invalid', `fees are not accepted in ${options.feeToken}`)
}

function chooseItems(
  outputs: readonly Output[],
  owned: readonly OwnedOutput[],
  finality: Finality,
): OwnedOutput[] {
  return outputs
    .filter(({ type }) => type === 'item')
    .map(({ token, amount: tokenId }) => {
      const item = owned.find(held => held.type === 'item' && held.token === token && held.amount === tokenId)
      if (!item) throw sdkError('coins.insufficient', `the account does not have item ${tokenId} of ${token}`)
      if (item.locked) {
        throw sdkError('coins.locked', `an exit or a payment in flight locks item ${tokenId} of ${token}`)
      }
      if (finality === 'committed' && item.status !== 'committed') {
        throw sdkError('coins.uncommitted', `item ${tokenId} of ${token} is not committed yet`)
      }
      return item
    })
}

const coinFrom = ({ id, token, amount: value, status, locked }: OwnedOutput): Coin => {
  return { id, token, amount: value, committed: status === 'committed', locked }
}

/** Fee tokens worth trying: the wanted one, else those of the payment before the others. */
function feeTokensFor(
  network: Network,
  moved: readonly { type?: Output['type']; token: Address }[],
  wanted: Address | undefined,
): FeeToken[] {
  const feeTokens = network.feeTokens.filter(({ accepted = true }) => accepted)
  if (wanted !== undefined) return feeTokens.filter(({ token }) => token === wanted.toLowerCase())
  const paid = new Set(moved.filter(({ type }) => type !== 'item').map(({ token }) => token))
  return [
    ...feeTokens.filter(({ token }) => paid.has(token)),
    ...feeTokens.filter(({ token }) => !paid.has(token)),
  ]
}

/** What coins must pay per token, and what the given inputs leave over. */
function balanceOf({
  outputs,
  given,
  feeToken,
  fee,
  network,
}: Pick<PlanParameters, 'outputs' | 'network'> & {
  given: readonly GivenInput[]
  feeToken: FeeToken
  fee: bigint
}): { needs: Need[]; left: Need[] } {
  const amounts = new Map<Address, bigint>()
  const add = (token: Address, value: bigint) => amounts.set(token, (amounts.get(token) ?? 0n) + value)
  for (const { type, token, amount: value } of outputs) if (type !== 'item') add(token, value)
  add(feeToken.token, fee)
  for (const { token, amount: value } of given) add(token, -value)
  const needs = [...amounts].map(([token, needed]) => {
    return { token, amount: needed, dust: network.feeTokens.find(known => known.token === token)?.dust ?? 0n }
  })
  return {
    needs: needs.filter(({ amount: needed }) => needed >= 0n),
    left: needs.filter(({ amount: needed }) => needed < 0n).map(need => ({ ...need, amount: -need.amount })),
  }
}
