import { forgetAccount, type KeptAccount, keepAccount, readAccount } from '@omg/ui/account/kept.ts'
import { problemOf } from '@omg/ui/account/problem.ts'
import { type FoundWallet, findWallets, followAccount } from '@omg/ui/account/wallets.ts'
import { useEffect, useState } from 'react'
import type { Deed, DeedWords, Doing } from '../context.ts'
import type { Place } from '../network/place.ts'
import { wordsOf } from './refusal.ts'

/** What makes accounts and signs comes when somebody first does either. */
const signing = () => import('./signing.ts')

/** The account of whoever stakes here, and what it does. `over` is called after each deed. */
export function useAccount(place: Place, over: () => void): Doing {
  const [ready, setReady] = useState(false)
  const [account, setAccount] = useState<KeptAccount>()
  const [wallets, setWallets] = useState<readonly FoundWallet[]>([])
  const [deed, setDeed] = useState<Deed>()
  useEffect(() => findWallets(setWallets), [])
  useEffect(() => {
    readAccount()
      .then(setAccount, (error: Error) => console.warn(error.message))
      .finally(() => setReady(true))
  }, [])

  const signOut = async () => {
    await forgetAccount()
    setAccount(undefined)
    setDeed(undefined)
  }
  useFollowed(account, wallets, chosen => {
    if (chosen === undefined) void signOut()
    else void keepAccount(chosen).then(setAccount)
  })

  const run = async ({ doing, done }: DeedWords, work: () => Promise<unknown>): Promise<boolean> => {
    setDeed({ state: 'busy', name: doing })
    try {
      await work()
      setDeed({ state: 'done', name: done })
      return true
    } catch (error) {
      setDeed({ state: 'failed', name: doing, problem: wordsOf(error) ?? problemOf(error) })
      return false
    } finally {
      over()
    }
  }

  const begin = async () => {
    await run({ doing: 'Creating an account', done: 'Your account is ready' }, async () => {
      const { createBrowserAccount, askFaucet } = await signing()
      const made = await createBrowserAccount()
      setAccount(made)
      if (place.faucet === undefined) return
      setDeed({ state: 'busy', name: 'Getting test OMG' })
      await askFaucet(place.faucet, made.address)
    })
  }

  const connect = async (wallet: FoundWallet) => {
    const { name } = wallet
    await run({ doing: `Connecting ${name}`, done: `${name} is connected` }, async () => {
      const { accountOf } = await signing()
      setAccount(await keepAccount(await accountOf(wallet, place)))
    })
  }

  const act: Doing['act'] = (words, work) =>
    run(words, async () => {
      const { withRootChain } = await signing()
      await withRootChain({ account, wallets, place }, work)
    })

  const busy = deed?.state === 'busy'
  return {
    ...{ ready, account, wallets, deed, busy, begin, connect, signOut, act },
    dismiss: () => setDeed(undefined),
  }
}

/** Whoever chooses another account in her wallet means that one here as well. */
function useFollowed(
  account: KeptAccount | undefined,
  wallets: readonly FoundWallet[],
  onChosen: (account: KeptAccount | undefined) => void,
) {
  const rdns = account?.kind === 'wallet' ? account.rdns : undefined
  const wallet = wallets.find(each => each.rdns === rdns)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the wallet is what is listened to
  useEffect(() => {
    if (wallet === undefined) return
    return followAccount(wallet, address =>
      onChosen(address && { kind: 'wallet', address, rdns: wallet.rdns, name: wallet.name }),
    )
  }, [wallet])
}
