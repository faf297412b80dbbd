import { createBareClient } from '@omg/sdk'
import { signerOf } from '@omg/ui/account/accounts.ts'
import type { KeptAccount } from '@omg/ui/account/kept.ts'
import { connectWallet, type FoundWallet, switchChain, walletMissing } from '@omg/ui/account/wallets.ts'
import type { Writing } from '../context.ts'
import type { Place } from '../network/place.ts'

export { createBrowserAccount } from '@omg/ui/account/accounts.ts'
export { askFaucet } from '@omg/ui/account/faucet.ts'

/** The account that a wallet chooses for this network. Errors (thrown): `wallet.refused`. */
export async function accountOf(wallet: FoundWallet, place: Place): Promise<KeptAccount> {
  const { rdns, name } = wallet
  return { kind: 'wallet', address: await connectWallet(wallet, await chainOf(place)), rdns, name }
}

interface Signing {
  readonly account: KeptAccount | undefined
  readonly wallets: readonly FoundWallet[]
  readonly place: Place
}

/** Does something on Ethereum as an account. Errors (thrown): `account.wallet`, `wallet.refused`, and those of `work`. */
export async function withRootChain(
  { account, wallets, place }: Signing,
  work: (rootChain: Writing) => Promise<unknown>,
): Promise<void> {
  const signer = account && (await signerFor(account, wallets, place))
  if (!signer) throw walletMissing()
  const client = createBareClient({ node: place.node, ethereum: place.ethereum, account: signer })
  try {
    const rootChain = await client.rootChain()
    await work({ ...rootChain, sender: rootChain.sender! })
  } finally {
    client.close()
  }
}

async function signerFor(account: KeptAccount, wallets: readonly FoundWallet[], place: Place) {
  if (account.kind !== 'wallet') return signerOf(account)
  const wallet = wallets.find(({ rdns }) => rdns === account.rdns)
  if (wallet === undefined) return undefined
  // She may have gone to another chain since: there the same address of a contract is anybody's.
  await switchChain(wallet, await chainOf(place))
  return { address: account.address, provider: wallet.provider }
}

async function chainOf({ node, ethereum }: Place) {
  const reader = createBareClient({ node })
  const { domain } = await reader.network().finally(() => reader.close())
  return { chainId: domain.chainId, url: ethereum }
}
