import type { Page } from 'playwright-core'
import { request } from './network.ts'

/** A wallet in the browser, as the person who has it acts. */
export interface TestWallet {
  /** What was asked of it. */
  readonly asked: readonly string[]
  /** Refuses everything that its user would have to confirm, until told otherwise. */
  refuse(refuses: boolean): void
  /** Chooses another account, and tells the page. */
  choose(page: Page, account: string): Promise<void>
  /** Goes to another chain without telling anybody. */
  leave(): void
}

/** Methods that a person confirms. */
const CONFIRMED = /^(eth_requestAccounts|eth_send|eth_sign|wallet_)/

/**
 * Puts a wallet into a browser before a page is opened: an EIP-1193 provider that EIP-6963 announces. It does not know the network's chain
 * before it is told of it; anvil, which holds the keys of its accounts, signs and sends.
 */
export async function putWallet(page: Page, ethereumUrl: string, first: string): Promise<TestWallet> {
  const asked: string[] = []
  const known = new Set(['0x1'])
  let [account, chain, refuses] = [first, '0x1', false]
  const answer = async (method: string, params: unknown): Promise<unknown> => {
    asked.push(method)
    if (refuses && CONFIRMED.test(method)) throw Object.assign(new Error('refused'), { code: 4001 })
    const [named] = (params ?? []) as { chainId?: string }[]
    switch (method) {
      case 'eth_requestAccounts':
      case 'eth_accounts':
        return [account]
      case 'eth_chainId':
        return chain
      case 'wallet_switchEthereumChain':
        if (!known.has(named!.chainId!)) throw Object.assign(new Error('unknown chain'), { code: 4902 })
        chain = named!.chainId!
        return null
      case 'wallet_addEthereumChain':
        known.add(named!.chainId!)
        chain = named!.chainId!
        return null
      default:
        if (chain === '0x1') throw new Error('this wallet is on another chain')
        return request(ethereumUrl, method, params ?? [])
    }
  }
  // An error loses its code on its way to the page, so it goes as a value.
  await page.exposeFunction('askWallet', (method: string, params: unknown) =>
    answer(method, params).then(
      result => ({ result }),
      ({ code, message }) => ({ error: { code, message } }),
    ),
  )
  await page.addInitScript(announceWallet)
  return {
    asked,
    refuse: is => {
      refuses = is
    },
    choose: async (open, next) => {
      account = next
      await open.evaluate(chosen => (globalThis as unknown as Injected).tellAccounts([chosen]), next)
    },
    leave: () => {
      chain = '0x1'
    },
  }
}

interface Injected {
  askWallet(
    method: string,
    params: unknown,
  ): Promise<{ result?: unknown; error?: { code: number; message: string } }>
  tellAccounts(accounts: string[]): void
}

/** Runs in the page. */
function announceWallet(): void {
  const page = globalThis as unknown as Injected
  const listeners = new Set<(accounts: string[]) => void>()
  const provider = {
    request: async ({ method, params }: { method: string; params?: unknown }) => {
      const { result, error } = await page.askWallet(method, params)
      if (error) throw Object.assign(new Error(error.message), { code: error.code })
      return result
    },
    on: (name: string, hear: (accounts: string[]) => void) =>
      name === 'accountsChanged' && listeners.add(hear),
    removeListener: (_: string, hear: (accounts: string[]) => void) => listeners.delete(hear),
  }
  page.tellAccounts = accounts => {
    for (const hear of listeners) hear(accounts)
  }
  const info = {
    uuid: '5c1a7c1e-0000-4000-8000-000000000001',
    name: 'Test Wallet',
    icon: 'data:,',
    rdns: 'org.example.wallet',
  }
  const detail = Object.freeze({ info, provider })
  const announce = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
  addEventListener('eip6963:requestProvider', announce)
  announce()
}
