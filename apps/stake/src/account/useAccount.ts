import { createClient } from '@omg/sdk'
import {
  createBrowserAccount,
  forgetAccount,
  type KeptAccount,
  keepAccount,
  signerOf,
} from '@omg/ui/account/accounts.ts'
import { askFaucet } from '@omg/ui/account/faucet.ts'
import { problemOf } from '@omg/ui/account/problem.ts'
import { connectWallet, type FoundWallet, findWallets } from '@omg/ui/account/wallets.ts'
import { useEffect, useState } from 'react'
import type { Deed, StakeValue } from '../context.ts'
import type { Place } from '../network/place.ts'
import { wordsOf } from './refusal.ts'

type Doing = Pick<StakeValue, 'account' | 'wallets' | 'deed' | 'begin' | 'connect' | 'signOut' | 'act'>

/** The account of whoever stakes here, and what it does. `done` is called after each deed. */
export function useAccount(place: Place, kept: KeptAccount | undefined, done: () => void): Doing {
  const [account, setAccount] = useState(kept)
  const [wallets, setWallets] = useState<readonly FoundWallet[]>([])
  const [deed, setDeed] = useState<Deed>()
  useEffect(() => findWallets(setWallets), [])

  const run = async (name: string, work: () => Promise<unknown>): Promise<boolean> => {
    setDeed({ name })
    try {
      await work()
      setDeed(undefined)
      return true
    } catch (error) {
      setDeed({ name, problem: wordsOf(error) ?? problemOf(error) })
      return false
    } finally {
      done()
    }
  }

  const begin = async () => {
    await run('Creating an account', async () => {
      const made = await createBrowserAccount()
      setAccount(made)
      if (place.faucet === undefined) return
      setDeed({ name: 'Getting test OMG' })
      await askFaucet(place.faucet, made.address)
    })
  }

  const connect = async (wallet: FoundWallet) => {
    await run(`Connecting ${wallet.name}`, async () => {
      const reader = createClient({ node: place.node })
      const { chainId } = (await reader.network().finally(() => reader.close())).domain
      const address = await connectWallet(wallet, { chainId, url: place.ethereum })
      const { rdns, name } = wallet
      setAccount(await keepAccount({ kind: 'wallet', address, rdns, name }))
    })
  }

  const act: Doing['act'] = (name, work) =>
    run(name, async () => {
      const signer = account && signerFor(account, wallets)
      if (!signer) throw new Error('Unlock the wallet of this account, and load the page again.')
      const client = createClient({ node: place.node, ethereum: place.ethereum, account: signer })
      try {
        const rootChain = await client.rootChain()
        await work({ ...rootChain, sender: rootChain.sender! })
      } finally {
        client.close()
      }
    })

  const signOut = async () => {
    await forgetAccount()
    setAccount(undefined)
    setDeed(undefined)
  }

  return { account, wallets, deed, begin, connect, signOut, act }
}

function signerFor(account: KeptAccount, wallets: readonly FoundWallet[]) {
  if (account.kind !== 'wallet') return signerOf(account)
  const wallet = wallets.find(({ rdns }) => rdns === account.rdns)
  return wallet && { address: account.address, provider: wallet.provider }
}
