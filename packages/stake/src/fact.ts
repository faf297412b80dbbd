import { type Address, fromHex, type Hex, toHex } from '@omg/protocol'
import { type FeeSchedule, isPreference, LANES } from './schedule.ts'

/** Something on Ethereum that stake or fee votes depend on. `block` is the number of the Ethereum block it stands in. */
export type StakeFact = { readonly block: bigint } & (
  | {
      /** A holder's shares of a validator's pool grew, or shrank, with the tokens of the pool. Amounts in OMG wei. */
      readonly kind: 'staked' | 'unstaked'
      readonly validator: Address
      readonly holder: Address
      readonly amount: bigint
      readonly shares: bigint
    }
  | { readonly kind: 'slashed'; readonly validator: Address; readonly amount: bigint }
  /** Until a time in seconds; 0 ends it. */
  | { readonly kind: 'jailed'; readonly validator: Address; readonly until: bigint }
  /** Without a preference: she has none any more. */
  | { readonly kind: 'preferred'; readonly account: Address; readonly preference?: FeeSchedule }
)

/** The arguments of the events of Bonding and FeeVotes, as their ABI decodes them. */
interface StakeArguments {
  Delegated: {
    readonly validator: Hex
    readonly delegator: Hex
    readonly amount: bigint
    readonly shares: bigint
  }
  Undelegated: StakeArguments['Delegated']
  Redelegated: {
    readonly from: Hex
    readonly to: Hex
    readonly delegator: Hex
    readonly amount: bigint
    readonly sharesFrom: bigint
    readonly sharesTo: bigint
  }
  RedelegationSlashed: {
    readonly to: Hex
    readonly delegator: Hex
    readonly amount: bigint
    readonly shares: bigint
  }
  Slashed: { readonly validator: Hex; readonly amount: bigint }
  Jailed: { readonly validator: Hex; readonly until: bigint }
  Unjailed: { readonly validator: Hex }
  PreferenceSet: { readonly account: Hex; readonly preference: Preference }
  PreferenceCleared: { readonly account: Hex }
}

/** `Preference` of contracts/src/interfaces/IFeeVotes.sol. */
interface Preference {
  readonly payment: readonly bigint[]
  readonly item: readonly bigint[]
  readonly makerBps: readonly number[]
  readonly takerBps: readonly number[]
  readonly unitsPerStep: bigint
  readonly steps: number
  readonly cancels: number
  /** Bit `i`: lane `i`. */
  readonly accepted: number
}

/** What an event of Bonding or FeeVotes means for stake and votes: nothing, one fact, or two for stake that moved over. */
export function stakeFactsOf(eventName: string, args: unknown, block: bigint): StakeFact[] {
  const of = <Name extends keyof StakeArguments>(_: Name) => args as StakeArguments[Name]
  switch (eventName) {
    case 'Delegated':
    case 'Undelegated': {
      const { validator, delegator, amount, shares } = of(eventName)
      const kind = eventName === 'Delegated' ? 'staked' : 'unstaked'
      return [{ kind, block, validator: lower(validator), holder: lower(delegator), amount, shares }]
    }
    case 'Redelegated': {
      const { from, to, delegator, amount, sharesFrom, sharesTo } = of(eventName)
      const moved = { block, holder: lower(delegator), amount }
      return [
        { ...moved, kind: 'unstaked', validator: lower(from), shares: sharesFrom },
        { ...moved, kind: 'staked', validator: lower(to), shares: sharesTo },
      ]
    }
    case 'RedelegationSlashed': {
      const { to, delegator, amount, shares } = of(eventName)
      return [{ kind: 'unstaked', block, validator: lower(to), holder: lower(delegator), amount, shares }]
    }
    case 'Slashed': {
      const { validator, amount } = of(eventName)
      return [{ kind: 'slashed', block, validator: lower(validator), amount }]
    }
    case 'Jailed': {
      const { validator, until } = of(eventName)
      return [{ kind: 'jailed', block, validator: lower(validator), until }]
    }
    case 'Unjailed':
      return [{ kind: 'jailed', block, validator: lower(of(eventName).validator), until: 0n }]
    case 'PreferenceSet':
      return preferred(of(eventName), block)
    case 'PreferenceCleared':
      return [{ kind: 'preferred', block, account: lower(of(eventName).account) }]
    default:
      return []
  }
}

/** The contract has checked the ranges; a preference beyond them is not the contract's, and counts for nothing. */
function preferred({ account, preference }: StakeArguments['PreferenceSet'], block: bigint): StakeFact[] {
  const { payment, item, makerBps, takerBps, unitsPerStep, steps, cancels, accepted } = preference
  const schedule: FeeSchedule = {
    ...{ payment, item, makerBps, takerBps, unitsPerStep, steps, cancels },
    accepted: Array.from({ length: LANES }, (_, lane) => (accepted & (1 << lane)) !== 0),
  }
  return isPreference(schedule)
    ? [{ kind: 'preferred', block, account: lower(account), preference: schedule }]
    : []
}

function lower(hex: Hex): Address {
  return toHex(fromHex(hex)) as Address
}
