import type { Address } from '@omg/protocol'
import { problemOf } from '@omg/ui/account/problem.ts'
import { createContext, useCallback, useContext, useEffect, useRef, useState } from 'react'
import { useAccount } from '../account/context.ts'
import { advanceDeposit, type Tools } from './deposit.ts'
import { keepTransfers, readTransfers, type Transfer } from './transfer.ts'
import { advanceWithdrawal } from './withdrawal.ts'

export interface Transfers {
  /** The newest first. */
  readonly list: readonly Transfer[]
  /** Those that are being worked on; others wait for somebody to continue them. */
  readonly running: ReadonlySet<string>
  add(transfer: Transfer): void
  /** Goes on where it stands. */
  resume(id: string): void
  remove(id: string): void
}

export const TransfersContext = createContext<Transfers | undefined>(undefined)

/** Money on its way. Throws outside of `<AccountProvider>`. */
export function useTransfers(): Transfers {
  const value = useContext(TransfersContext)
  if (!value) throw new Error('a component stands outside of the transfers')
  return value
}

/** Money on its way, over reloads. Nothing is asked of a wallet or a passkey after a reload until somebody says so. */
export function useTransfersOf(): Transfers {
  const { account, owner, agent, holdings, fillTrading, refresh } = useAccount()
  const address = account?.address
  const [list, setList] = useState<readonly Transfer[]>([])
  const [running, setRunning] = useState<ReadonlySet<string>>(new Set())
  const kept = useRef<{ owner: Address | undefined; list: readonly Transfer[] }>({
    owner: undefined,
    list: [],
  })
  const busy = useRef(new Set<string>())
  const tools = useRef<Tools | undefined>(undefined)
  tools.current = owner && {
    owner,
    moveToTrading: fillTrading,
    balanceOf: token =>
      holdings?.trading.find(each => each.token === token && each.terms.agent === agent?.address),
  }

  const edit = useCallback((change: (list: readonly Transfer[]) => readonly Transfer[]) => {
    const { owner } = kept.current
    if (owner === undefined) return
    const next = change(kept.current.list)
    kept.current = { owner, list: next }
    keepTransfers(owner, next)
    setList(next)
  }, [])

  const run = useCallback(
    async (id: string) => {
      if (busy.current.has(id)) return
      busy.current.add(id)
      setRunning(new Set(busy.current))
      const whose = kept.current.owner
      const change = (part: object) => {
        if (kept.current.owner === whose)
          edit(all => all.map(each => (each.id === id ? { ...each, ...part } : each)))
      }
      change({ problem: undefined })
      try {
        for (;;) {
          const transfer = kept.current.list.find(each => each.id === id)
          const now = tools.current
          if (!transfer || !now || transfer.stage === 'done' || kept.current.owner !== whose) break
          change(
            transfer.kind === 'deposit'
              ? await advanceDeposit(transfer, now, change)
              : await advanceWithdrawal(transfer, now, change),
          )
          refresh()
        }
      } catch (error) {
        change({ problem: problemOf(error) })
      }
      busy.current.delete(id)
      setRunning(new Set(busy.current))
    },
    [edit, refresh],
  )

  useEffect(() => {
    const own = address === undefined ? [] : readTransfers(address)
    kept.current = { owner: address, list: own }
    setList(own)
  }, [address])

  const isSilent = account?.kind === 'browser' && owner !== undefined
  useEffect(() => {
    if (!isSilent || kept.current.owner !== address) return
    for (const { id, stage, problem } of kept.current.list) {
      if (stage !== 'done' && problem === undefined) void run(id)
    }
  }, [isSilent, address, run])

  return {
    list,
    running,
    add(transfer) {
      edit(all => [transfer, ...all])
      void run(transfer.id)
    },
    resume: id => void run(id),
    remove: id => edit(all => all.filter(each => each.id !== id)),
  }
}
