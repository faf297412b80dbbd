import { type Address, address, type OmgError, parseAddress } from '@omg/protocol'
import { isRefusal } from '@omg/rootchain'
import type { EIP1193Provider } from 'viem'
import { uiError } from '../error.ts'

/** A wallet that the browser has, announced by EIP-6963. */
export interface FoundWallet {
  readonly name: string
  /** Names the wallet's maker, so that it is found again after a reload. */
  readonly rdns: string
  readonly provider: Pick<EIP1193Provider, 'request'> &
    Partial<Pick<EIP1193Provider, 'on' | 'removeListener'>>
}

/** Longest name of a wallet that is shown: it is somebody's text. */
const MAX_NAME_CHARACTERS = 40
/** Most wallets that are listed. */
const MAX_WALLETS = 12

/** Asks the browser for its wallets, and again for those that come later. Returns the function that ends it. */
export function findWallets(onFound: (wallets: readonly FoundWallet[]) => void): () => void {
  const found = new Map<string, FoundWallet>()
  const hear = (event: Event) => {
    const wallet = walletFrom((event as CustomEvent<unknown>).detail)
    if (!wallet || (found.size >= MAX_WALLETS && !found.has(wallet.rdns))) return
    found.set(wallet.rdns, wallet)
    onFound([...found.values()])
  }
  addEventListener('eip6963:announceProvider', hear)
  dispatchEvent(new Event('eip6963:requestProvider'))
  return () => removeEventListener('eip6963:announceProvider', hear)
}

/** An announcement, if it is one. */
export function walletFrom(detail: unknown): FoundWallet | undefined {
  const { info, provider } = (detail ?? {}) as {
    info?: Partial<FoundWallet>
    provider?: FoundWallet['provider']
  }
  if (typeof info?.name !== 'string' || typeof info.rdns !== 'string') return undefined
  if (typeof provider?.request !== 'function') return undefined
  return {
    name: info.name.slice(0, MAX_NAME_CHARACTERS),
    rdns: info.rdns.slice(0, MAX_NAME_CHARACTERS),
    provider,
  }
}

/** The error of an account whose wallet the browser does not have any more. */
export function walletMissing(): OmgError {
  return uiError('account.wallet', 'The wallet of this account is not there.')
}

/** What a wallet must know of Ethereum to be on the right one. */
export interface EthereumChain {
  readonly chainId: bigint
  /** Where a wallet that does not know it can reach it. */
  readonly url: string | undefined
}

/** EIP-3326: the wallet does not know the chain. */
const UNKNOWN_CHAIN = 4902

/** The account of a wallet, on the network's Ethereum. Errors (thrown): `wallet.refused`. */
export async function connectWallet(wallet: FoundWallet, chain: EthereumChain): Promise<Address> {
  const [first] = (await request(wallet, 'eth_requestAccounts')) as unknown[]
  if (typeof first !== 'string') {
    throw uiError('wallet.refused', `${wallet.name} named no account.`)
  }
  await switchChain(wallet, chain)
  return address(first)
}

/**
 * Tells which account a wallet has chosen whenever its user chooses another one (EIP-1193 `accountsChanged`); undefined when none may be
 * seen any more. Returns the function that ends it.
 */
export function followAccount(
  { provider }: FoundWallet,
  onChosen: (account: Address | undefined) => void,
): () => void {
  const hear = (accounts: unknown) => {
    const chosen = parseAddress(Array.isArray(accounts) ? accounts[0] : undefined)
    onChosen(chosen.ok ? chosen.value : undefined)
  }
  provider.on?.('accountsChanged', hear)
  return () => provider.removeListener?.('accountsChanged', hear)
}

/** Switches a wallet to the network's Ethereum, which it learns where it does not know it. */
export async function switchChain(wallet: FoundWallet, { chainId, url }: EthereumChain): Promise<void> {
  const id = `0x${chainId.toString(16)}`
  if (BigInt(String(await request(wallet, 'eth_chainId'))) === chainId) return
  try {
    await request(wallet, 'wallet_switchEthereumChain', [{ chainId: id }])
  } catch (error) {
    if (!isUnknownChain(error) || url === undefined) throw error
    const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
    const added = { chainId: id, chainName: `Ethereum ${chainId}`, rpcUrls: [url], nativeCurrency }
    await request(wallet, 'wallet_addEthereumChain', [added])
  }
}

async function request(
  { name, provider }: FoundWallet,
  method: string,
  params?: unknown[],
): Promise<unknown> {
  try {
    return await provider.request({ method, ...(params && { params }) } as never)
  } catch (error) {
    if (!isRefusal(error)) throw error
    throw uiError('wallet.refused', `${name} was not allowed to.`, error)
  }
}

function isUnknownChain(error: unknown): boolean {
  const { code, data } = error as { code?: unknown; data?: { originalError?: { code?: unknown } } }
  return code === UNKNOWN_CHAIN || data?.originalError?.code === UNKNOWN_CHAIN
}
