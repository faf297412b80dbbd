import type { RootChain } from '@omg/rootchain'
import type { KeptAccount } from '@omg/ui/account/accounts.ts'
import type { Problem } from '@omg/ui/account/problem.ts'
import type { FoundWallet } from '@omg/ui/account/wallets.ts'
import { createContext, useContext } from 'react'
import type { Place } from './network/place.ts'
import type { StakeNow } from './network/read.ts'

/** What is being done, or what kept it from being done. */
export interface Deed {
  readonly name: string
  readonly problem?: Problem
}

export interface StakeValue {
  readonly place: Place
  readonly stake: StakeNow
  readonly account: KeptAccount | undefined
  readonly wallets: readonly FoundWallet[]
  readonly deed: Deed | undefined
  /** Seconds of Ethereum now, as this clock goes on from its last block. */
  readonly now: bigint
  begin(): Promise<void>
  connect(wallet: FoundWallet): Promise<void>
  signOut(): Promise<void>
  /** Does something on Ethereum with the account; whether it was done. What went wrong stands in `deed`. */
  act(name: string, work: (rootChain: Writing) => Promise<unknown>): Promise<boolean>
}

/** The contracts with an account that sends. */
export type Writing = RootChain & { readonly sender: NonNullable<RootChain['sender']> }

export const StakeContext = createContext<StakeValue | undefined>(undefined)

/** Throws outside of the page. */
export function useStake(): StakeValue {
  const value = useContext(StakeContext)
  if (!value) throw new Error('a component stands outside of the page')
  return value
}
