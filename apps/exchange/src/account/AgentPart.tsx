import { Hash } from '@omg/ui'
import { ProblemNote } from '@omg/ui/account/ProblemNote.tsx'
import { type Problem, problemOf } from '@omg/ui/account/problem.ts'
import { Button } from '@omg/ui/control/Button.tsx'
import { type ReactNode, useState } from 'react'
import { shortly } from '../ticket/amount.ts'
import { useAccount } from './context.ts'

/** The key that signs orders: what it may do, until when, and the end of it. */
export function AgentPart() {
  const { agent, money, holdings, replaceAgent, endAgent, owner } = useAccount()
  const [busy, setBusy] = useState<'replace' | 'end'>()
  const [problem, setProblem] = useState<Problem>()
  if (!agent) return null
  const amounts = (money ?? []).flatMap(({ token, trading }) =>
    trading > 0n ? [`${shortly(trading, token.decimals)} ${token.symbol}`] : [],
  )
  const orders = holdings?.orders.filter(({ terms }) => terms.agent === agent.address).length ?? 0
  const run = async (what: 'replace' | 'end') => {
    setBusy(what)
    setProblem(undefined)
    await (what === 'replace' ? replaceAgent() : endAgent()).catch(error => setProblem(problemOf(error)))
    setBusy(undefined)
  }
  return (
    <section className="grid gap-2.5 border-t border-line pt-4" aria-label="Trading key">
      <div>
        <h3 className="text-sm font-semibold">Trading key of this browser</h3>
        <p className="text-sm text-quiet">
          It signs your orders, so that you are not asked each time. It can place, change and cancel orders.
          It can never withdraw or pay anybody, and not change who gets what it trades.
        </p>
      </div>
      <dl className="grid gap-1 text-sm">
        <Row name="Key">
          <Hash value={agent.address} />
        </Row>
        <Row name="Trades with">{amounts.length > 0 ? amounts.join(', ') : 'nothing'}</Row>
        <Row name="Open orders">{orders}</Row>
        <Row name="Used here until">{new Date(agent.until).toISOString().slice(0, 10)}</Row>
      </dl>
      {problem ? <ProblemNote problem={problem} /> : null}
      <div>
        <div className="flex flex-wrap gap-2">
          <Button
            busy={busy === 'replace'}
            disabled={!owner || busy !== undefined}
            onClick={() => void run('replace')}
          >
            Replace it
          </Button>
          <Button
            look="danger"
            busy={busy === 'end'}
            disabled={!owner || busy !== undefined}
            onClick={() => void run('end')}
          >
            Revoke it
          </Button>
        </div>
        <p className="mt-1.5 text-xs text-quiet">
          Both are done on the chain: its open orders are taken back, its money goes to a new key, or to you
          alone, and whoever has a copy of it can do nothing any more. It costs a payment fee.
        </p>
      </div>
    </section>
  )
}

const Row = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="flex justify-between gap-3">
    <dt className="shrink-0 text-quiet">{name}</dt>
    <dd className="text-right">{children}</dd>
  </div>
)
