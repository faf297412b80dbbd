import type { RootChain } from '@omg/rootchain'
import type { KeptAccount } from '@omg/ui/account/kept.ts'
import type { Problem } from '@omg/ui/account/problem.ts'
import type { FoundWallet } from '@omg/ui/account/wallets.ts'
import { createContext, useContext } from 'react'
import type { Place } from './network/place.ts'
import type { StakeNow } from './network/read.ts'

/** What is being done, was done, or was kept from being done. */
export type Deed =
  | { readonly state: 'busy'; readonly name: string }
  | { readonly state: 'done'; readonly name: string }
  | { readonly state: 'failed'; readonly name: string; readonly problem: Problem }

/** Words for a deed: while it is done, and after it. */
export interface DeedWords {
  readonly doing: string
  readonly done: string
}

/** Whoever stakes here, and what she does. */
export interface Doing {
  /** Whether it is known if this browser keeps an account. */
  readonly ready: boolean
  readonly account: KeptAccount | undefined
  readonly wallets: readonly FoundWallet[]
  readonly deed: Deed | undefined
  /** One deed at a time. */
  readonly busy: boolean
  begin(): Promise<void>
  connect(wallet: FoundWallet): Promise<void>
  signOut(): Promise<void>
  /** Does something on Ethereum with the account; whether it was done. What went wrong stands in `deed`. */
  act(words: DeedWords, work: (rootChain: Writing) => Promise<unknown>): Promise<boolean>
  /** Takes the words about the last deed away. */
  dismiss(): void
}

export interface StakeValue extends Doing {
  readonly place: Place
  readonly stake: StakeNow
  /** Seconds of Ethereum now, as this clock goes on from its last block. */
  readonly now: bigint
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
