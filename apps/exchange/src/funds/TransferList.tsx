import { durationText } from '@omg/sdk'
import { ago, Hash } from '@omg/ui'
import { ProblemNote } from '@omg/ui/account/ProblemNote.tsx'
import { Button } from '@omg/ui/control/Button.tsx'
import { type Step, Steps } from '@omg/ui/control/Steps.tsx'
import { type ReactNode, useEffect, useState } from 'react'
import { useAccount } from '../account/context.ts'
import { useNetwork } from '../data/network.ts'
import { shortly } from '../ticket/amount.ts'
import {
  DEPOSIT_STAGES,
  type Deposit,
  type Transfer,
  WITHDRAWAL_STAGES,
  type Withdrawal,
} from './transfer.ts'
import type { Transfers } from './transfers.ts'

/** What is on its way, and what arrived, the newest first. */
export function TransferList({ transfers, kind }: { transfers: Transfers; kind: Transfer['kind'] }) {
  const list = transfers.list.filter(each => each.kind === kind)
  if (list.length === 0) return null
  return (
    <section
      className="grid gap-3 border-t border-line pt-4"
      aria-label={kind === 'deposit' ? 'Deposits' : 'Withdrawals'}
    >
      {list.map(transfer => (
        <OneTransfer key={transfer.id} transfer={transfer} transfers={transfers} />
      ))}
    </section>
  )
}

function OneTransfer({ transfer, transfers }: { transfer: Transfer; transfers: Transfers }) {
  const { tokens } = useAccount()
  const head = useEthereum()
  const token = tokens.find(({ address }) => address === transfer.token)
  const isOver = transfer.stage === 'done'
  const stands = !isOver && !transfers.running.has(transfer.id)
  const steps = transfer.kind === 'deposit' ? depositSteps(transfer, head) : withdrawalSteps(transfer, head)
  return (
    <article
      data-testid={transfer.kind}
      data-stage={transfer.stage}
      className="grid gap-3 rounded-xl border border-line p-3.5"
    >
      <header className="flex items-baseline justify-between gap-3">
        <h3 className="font-semibold tabular-nums">
          {shortly(transfer.amount, token?.decimals ?? 0)} {token?.symbol ?? 'units'}
        </h3>
        <span className="text-xs text-quiet">{ago((Date.now() - transfer.created) / 1_000)}</span>
      </header>
      <Steps
        label={transfer.kind === 'deposit' ? 'Deposit' : 'Withdrawal'}
        steps={marked(steps, transfer, stands)}
      />
      {transfer.problem ? <ProblemNote problem={transfer.problem} /> : null}
      {stands || isOver ? (
        <div className="flex gap-2">
          {stands ? (
            <Button size="small" look="main" onClick={() => transfers.resume(transfer.id)}>
              {transfer.problem ? 'Try again' : 'Continue'}
            </Button>
          ) : null}
          {isOver || isForgettable(transfer) ? (
            <Button size="small" look="quiet" onClick={() => transfers.remove(transfer.id)}>
              Remove from the list
            </Button>
          ) : null}
        </div>
      ) : null}
    </article>
  )
}

/** Nothing of it can be on its way. */
function isForgettable(transfer: Transfer): boolean {
  return transfer.kind === 'deposit' ? transfer.stage === 'sending' : transfer.stage === 'paying'
}

type Words = Pick<Step, 'name' | 'note'> & { readonly at: number }

function marked(words: readonly Words[], { stage, kind, problem }: Transfer, stands: boolean): Step[] {
  const stages: readonly string[] = kind === 'deposit' ? DEPOSIT_STAGES : WITHDRAWAL_STAGES
  const now = stages.indexOf(stage)
  return words.map(({ at, ...rest }, index) => {
    const end = words[index + 1]?.at ?? stages.length - 1
    const state = now >= end ? 'done' : now < at ? 'later' : problem ? 'failed' : stands ? 'later' : 'now'
    return { ...rest, state }
  })
}

function depositSteps({ transaction, block, trade, stage }: Deposit, head: Ethereum | undefined): Words[] {
  const deep =
    head !== undefined && block !== undefined && head.block >= block ? head.block - block : undefined
  const confirmations =
    deep === undefined || stage !== 'final' ? '' : `, ${deep} ${deep === 1n ? 'block' : 'blocks'} on top`
  const sent = transaction && (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      block {String(block)}
      {confirmations} <Hash value={transaction} />
    </span>
  )
  return [
    { at: 0, name: 'Sent on Ethereum', note: sent ?? 'Ethereum makes a block every few seconds.' },
    {
      at: 1,
      name: 'Final on Ethereum, and here',
      note: stage === 'final' ? 'The network takes it as soon as Ethereum cannot undo it.' : undefined,
    },
    ...(trade ? [{ at: 2, name: 'Ready to trade' }] : []),
  ]
}

function withdrawalSteps(withdrawal: Withdrawal, head: Ethereum | undefined): Words[] {
  const { stage, checkpoint, exitableAt, started, paid } = withdrawal
  const left =
    head !== undefined && exitableAt !== undefined && exitableAt > head.time ? exitableAt - head.time : 0n
  const waiting: ReactNode =
    stage === 'waiting' ? (left > 0n ? `${durationText(left)} left` : 'The time is over.') : undefined
  return [
    { at: 0, name: 'Taken out of trading' },
    {
      at: 1,
      name: 'Confirmed by Ethereum',
      note: checkpoint === undefined ? undefined : `checkpoint ${checkpoint}`,
    },
    { at: 2, name: 'Withdrawal started', note: started && <Hash value={started} /> },
    { at: 3, name: 'Time for objections', note: waiting },
    { at: 4, name: 'Paid out on Ethereum', note: paid && <Hash value={paid} /> },
  ]
}

interface Ethereum {
  readonly block: bigint
  /** Seconds. */
  readonly time: bigint
}

/** Between two looks, in milliseconds. */
const LOOK_MS = 1_000

/** Ethereum's last block, looked up while something is on its way there. */
function useEthereum(): Ethereum | undefined {
  const { client } = useNetwork()
  const [head, setHead] = useState<Ethereum>()
  useEffect(() => {
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async () => {
      try {
        const { ethereum } = await client.rootChain()
        const { number, timestamp } = await ethereum.getBlock()
        if (!over) setHead({ block: number, time: timestamp })
      } catch (error) {
        console.warn((error as Error).message)
      }
      if (!over) timer = setTimeout(() => void look(), LOOK_MS)
    }
    void look()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [client])
  return head
}
