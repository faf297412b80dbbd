import { createClient, type OmgClient, subscribeOrders } from '@omg/sdk'
import { signerOf } from '@omg/ui/account/accounts.ts'
import { askFaucet } from '@omg/ui/account/faucet.ts'
import { forgetAccount, type KeptAccount, keepAccount, readAccount } from '@omg/ui/account/kept.ts'
import { problemOf } from '@omg/ui/account/problem.ts'
import { connectWallet, type FoundWallet, findWallets, walletMissing } from '@omg/ui/account/wallets.ts'
import { type ReactNode, useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react'
import { useNetwork } from '../data/network.ts'
import { TransfersProvider } from '../funds/TransfersProvider.tsx'
import { EMPTY, journalAfter } from '../order/journal.ts'
import { type Agent, createAgent, expiredAgent, forgetAgent, readAgent } from './agent.ts'
import { AccountContext, type AccountValue, type Deed, type SheetName, type Start } from './context.ts'
import { isEmpty, readHoldings, useHoldings } from './holdings.ts'
import { knownTokens, moneyOf } from './money.ts'
import { moveCoins, takeOver } from './tradingMoney.ts'

/** The account of whoever trades here: her keys, her money, and what she does. */
export function AccountProvider({ children }: { children: ReactNode }) {
  const { node, place, client, markets, parameters } = useNetwork()
  const { ready, account, agent, setAccount, setAgent } = useKept()
  const wallets = useWallets()
  const [start, setStart] = useState<Start>()
  const [sheet, show] = useState<SheetName>()
  const [holdings, refresh] = useHoldings(account?.address)
  const [journal, tell] = useReducer(journalAfter, EMPTY)
  const nextId = useRef(1)

  const clientFor = useCallback(
    (of: KeptAccount): OmgClient | undefined => {
      const account = signerFor(of, wallets)
      const ethereum = place.ethereum
      return account && createClient({ node, account, ...(ethereum && { ethereum }) })
    },
    [node, place.ethereum, wallets],
  )
  const owner = useMemo(() => account && clientFor(account), [account, clientFor])
  const trader = useMemo(() => agent && traderFor(agent, { node, place }), [agent, node, place])
  const tokens = useMemo(() => knownTokens(markets, parameters?.feeTokens ?? []), [markets, parameters])
  const money = useMemo(
    () => holdings && moneyOf(tokens, holdings, agent?.address),
    [tokens, holdings, agent],
  )

  useEffect(() => {
    if (!account || !node.subscribe) return
    return subscribeOrders(client, {
      owner: account.address,
      onChange: change => tell({ type: 'changed', change }),
      onError: error => console.warn(error.message),
    })
  }, [account, client, node])

  /** Everything from an account to money that trades. Each part that is done already is left out: who has money is not given more unasked. */
  const fund = async (of: KeptAccount, faucet: 'asked' | 'if empty'): Promise<void> => {
    const signer = clientFor(of)
    if (!signer) return setStart(undefined)
    try {
      const isWanted = faucet === 'asked' || isEmpty(await readHoldings(client, of.address))
      if (isWanted && place.faucet !== undefined) {
        setStart({ step: 'faucet' })
        const { coins } = await askFaucet(place.faucet, of.address)
        setStart({ step: 'arriving' })
        for (const hash of new Set(coins.map(coin => coin.hash))) await signer.waitForReceipt({ hash })
      }
      setStart({ step: 'trading' })
      const key = (await readAgent(of.address)) ?? (await freshAgent(of, signer))
      await moveCoins(signer, key.address, tokens)
      setAgent(key)
      refresh()
      setStart({ step: 'ready' })
    } catch (error) {
      setStart(last => ({ step: last?.step ?? 'faucet', problem: problemOf(error) }))
    }
  }

  const begin = async (make: () => Promise<KeptAccount>): Promise<void> => {
    setStart({ step: 'account' })
    try {
      const made = await make()
      setAccount(made)
      setAgent(await readAgent(made.address))
      show(undefined)
      await fund(made, 'if empty')
    } catch (error) {
      setStart({ step: 'account', problem: problemOf(error) })
    }
  }

  const connect = (wallet: FoundWallet): Promise<void> =>
    begin(async () => {
      const chainId = (await client.network()).deployment.chainId
      const address = await connectWallet(wallet, { chainId: BigInt(chainId), url: place.ethereum })
      return keepAccount({ kind: 'wallet', address, rdns: wallet.rdns, name: wallet.name })
    })

  const fillTrading = async (): Promise<void> => {
    if (!account || !owner) throw walletMissing()
    const key = agent ?? (await freshAgent(account, owner))
    await takeOver(owner, key.address, holdings?.trading ?? [])
    await moveCoins(owner, key.address, tokens)
    setAgent(key)
    refresh()
  }

  const moveToTrading = async (): Promise<void> => {
    setStart({ step: 'trading' })
    try {
      await fillTrading()
      setStart({ step: 'ready' })
    } catch (error) {
      setStart({ step: 'trading', problem: problemOf(error) })
    }
  }

  const replaceAgent = async (): Promise<void> => {
    if (!account || !owner || !agent) return
    const next = await createAgent(account.address)
    await owner.revokeAgent({ agent: agent.address, newAgent: next.address })
    setAgent(next)
    refresh()
  }

  const endAgent = async (): Promise<void> => {
    if (!account || !owner || !agent) return
    await owner.revokeAgent({ agent: agent.address })
    await forgetAgent(account.address)
    setAgent(undefined)
    refresh()
  }

  const act = async ({ entry, run }: Deed): Promise<boolean> => {
    const signer = trader
    if (!signer) return false
    const id = nextId.current++
    tell({ type: 'begun', entry: { id, ...entry } })
    try {
      const taken = await run(signer)
      tell({ type: 'taken', id, guard: taken.guard ?? entry.guard })
      const receipt =
        'instruction' in taken
          ? signer.waitForInstruction({ hash: taken.instruction.hash })
          : signer.waitForReceipt({ hash: taken.payment.hash })
      receipt
        .then(
          ({ height }) => tell({ type: 'included', id, height }),
          error => tell({ type: 'failed', id, problem: problemOf(error) }),
        )
        .finally(refresh)
      return true
    } catch (error) {
      tell({ type: 'failed', id, problem: problemOf(error) })
      refresh()
      return false
    }
  }

  const signOut = async (): Promise<void> => {
    if (!account) return
    await forgetAccount()
    await forgetAgent(account.address)
    setAccount(undefined)
    setAgent(undefined)
    setStart(undefined)
    show(undefined)
  }

  const markSaved = async (): Promise<void> => {
    if (account?.kind === 'browser') setAccount(await keepAccount({ ...account, saved: true }))
  }

  const value: AccountValue = {
    ...{ ready, account, owner, agent, trader, holdings, tokens, money, wallets, start, sheet, journal },
    ...{
      show,
      begin,
      connect,
      moveToTrading,
      fillTrading,
      replaceAgent,
      endAgent,
      markSaved,
      signOut,
      act,
      refresh,
    },
    getTestMoney: async () => account && fund(account, 'asked'),
    dismiss: id => tell({ type: 'dismissed', id }),
  }
  return (
    <AccountContext value={value}>
      <TransfersProvider>{children}</TransfersProvider>
    </AccountContext>
  )
}

/** What this browser keeps, read once. */
function useKept() {
  const [kept, setKept] = useState<{
    ready: boolean
    account?: KeptAccount | undefined
    agent?: Agent | undefined
  }>({
    ready: false,
  })
  useEffect(() => {
    let over = false
    const load = async () => {
      const account = await readAccount()
      const agent = account && (await readAgent(account.address))
      if (!over) setKept({ ready: true, account, agent })
    }
    load().catch((error: Error) => {
      console.warn(error.message)
      if (!over) setKept({ ready: true })
    })
    return () => {
      over = true
    }
  }, [])
  // A page that stays open stops using a key when its time is over; the next one takes over what it traded with.
  const until = kept.agent?.until
  useEffect(() => {
    if (until === undefined) return
    const timer = setTimeout(
      () => setKept(last => ({ ...last, agent: undefined })),
      Math.max(0, until - Date.now()),
    )
    return () => clearTimeout(timer)
  }, [until])
  return {
    ...{ ready: kept.ready, account: kept.account, agent: kept.agent },
    setAccount: (account: KeptAccount | undefined) => setKept(last => ({ ...last, account })),
    setAgent: (agent: Agent | undefined) => setKept(last => ({ ...last, agent })),
  }
}

function useWallets(): readonly FoundWallet[] {
  const [wallets, setWallets] = useState<readonly FoundWallet[]>([])
  useEffect(() => findWallets(setWallets), [])
  return wallets
}

function signerFor(account: KeptAccount, wallets: readonly FoundWallet[]) {
  if (account.kind !== 'wallet') return signerOf(account)
  const wallet = wallets.find(({ rdns }) => rdns === account.rdns)
  return wallet && { address: account.address, provider: wallet.provider }
}

function traderFor(
  agent: Agent,
  { node, place }: Pick<ReturnType<typeof useNetwork>, 'node' | 'place'>,
): OmgClient {
  const ethereum = place.ethereum
  return createClient({ node, account: agent.account, owner: agent.owner, ...(ethereum && { ethereum }) })
}

/** A new agent. What one whose time is over still trades with, it takes over. */
async function freshAgent({ address }: KeptAccount, signer: OmgClient): Promise<Agent> {
  const old = await expiredAgent(address)
  const next = await createAgent(address)
  if (old !== undefined) await signer.revokeAgent({ agent: old, newAgent: next.address })
  return next
}
