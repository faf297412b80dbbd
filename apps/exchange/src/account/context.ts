import type { Address } from '@omg/protocol'
import type { Instruction, OmgClient, Payment, Token } from '@omg/sdk'
import type { KeptAccount } from '@omg/ui/account/kept.ts'
import type { Problem } from '@omg/ui/account/problem.ts'
import type { FoundWallet } from '@omg/ui/account/wallets.ts'
import { createContext, useContext } from 'react'
import type { Entry, Journal } from '../order/journal.ts'
import type { Agent } from './agent.ts'
import type { Holdings } from './holdings.ts'
import type { TokenMoney } from './money.ts'

/** What a newcomer waits for, one after the other. */
export const START_STEPS = ['account', 'faucet', 'arriving', 'trading'] as const
export type StartStep = (typeof START_STEPS)[number]

/** Where the first steps are; `problem` where they stopped. */
export interface Start {
  readonly step: StartStep | 'ready'
  readonly problem?: Problem
}

export type SheetName = 'welcome' | 'account' | 'deposit' | 'withdraw'

/** What is done to an order; `run` sends it. */
export interface Deed {
  readonly entry: Pick<Entry, 'deed' | 'market' | 'side' | 'price' | 'lots' | 'once' | 'guard'>
  run(
    trader: OmgClient,
  ): Promise<
    { guard?: Entry['guard']; instruction: Instruction } | { guard?: Entry['guard']; payment: Payment }
  >
}

export interface AccountValue {
  /** Undefined while the browser is asked what it keeps. */
  readonly ready: boolean
  readonly account: KeptAccount | undefined
  /** Signs payments, deposits and withdrawals; undefined without an account, and while its wallet is not there. */
  readonly owner: OmgClient | undefined
  readonly agent: Agent | undefined
  /** Signs orders with the agent's key. */
  readonly trader: OmgClient | undefined
  /** Undefined until the node has answered. */
  readonly holdings: Holdings | undefined
  readonly tokens: readonly Token[]
  /** By token, in the order of `tokens`; undefined until the node has answered. */
  readonly money: readonly TokenMoney[] | undefined
  readonly wallets: readonly FoundWallet[]
  readonly start: Start | undefined
  readonly sheet: SheetName | undefined
  readonly journal: Journal

  show(sheet: SheetName | undefined): void
  /** Makes or finds an account, asks the faucet for test money where there is one, and makes it ready to trade. */
  begin(make: () => Promise<KeptAccount>): Promise<void>
  connect(wallet: FoundWallet): Promise<void>
  getTestMoney(): Promise<void>
  /** Coins become money to trade with; what another key trades with, too. */
  moveToTrading(): Promise<void>
  /** The same as part of something else, which tells what went wrong itself. */
  fillTrading(): Promise<void>
  /** A fresh key takes over everything; the old one can do nothing any more. */
  replaceAgent(): Promise<void>
  /** Takes everything from the key on the chain, for the owner alone, and forgets it: nobody trades until a fresh one is made. */
  endAgent(): Promise<void>
  markSaved(): Promise<void>
  signOut(): Promise<void>
  /** Does something to an order and follows it; resolves when the node has taken it, with whether it has. */
  act(deed: Deed): Promise<boolean>
  dismiss(id: number): void
  /** Reads the holdings at once. */
  refresh(): void
}

export const AccountContext = createContext<AccountValue | undefined>(undefined)

/** The account. Throws outside of `<AccountProvider>`. */
export function useAccount(): AccountValue {
  const value = useContext(AccountContext)
  if (!value) throw new Error('a component stands outside of the account')
  return value
}

/** What there is of a token. */
export function moneyIn(money: readonly TokenMoney[] | undefined, token: Address): TokenMoney | undefined {
  return money?.find(each => each.token.address === token)
}
