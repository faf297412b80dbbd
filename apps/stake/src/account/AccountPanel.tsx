import { Amount, exact, Hash } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import type { ReactNode } from 'react'
import { useStake } from '../context.ts'
import { ETHER, OMG } from '../network/read.ts'
import { wholeOmg } from '../words.ts'
import { useWaysWords, Ways } from './Ways.tsx'

/** Who stakes here and what she has; as tall before somebody signs in, so that nothing below jumps then. */
export function AccountPanel() {
  const { account, busy, signOut } = useStake()
  return (
    <section
      aria-label="Your account"
      className="grid min-h-44 content-center rounded-xl border border-line bg-surface px-4 py-3.5 sm:min-h-32"
    >
      {account ? (
        <>
          <div className="mb-3 flex flex-wrap items-center justify-between gap-x-3">
            <p className="flex items-center gap-2 text-sm">
              <Hash value={account.address} />
              <span className="text-quiet">
                {account.kind === 'wallet' ? account.name : 'in this browser'}
              </span>
            </p>
            <Button look="quiet" size="small" disabled={busy} onClick={() => void signOut()}>
              Sign out
            </Button>
          </div>
          <Balances />
        </>
      ) : (
        <Welcome />
      )}
    </section>
  )
}

function Welcome() {
  const words = useWaysWords()
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
      <div className="min-w-60 flex-1">
        <p className="font-semibold">Put your OMG to work</p>
        <p className="text-sm text-quiet">
          Whoever stakes earns the fees of the network, and decides what they are. {words}
        </p>
      </div>
      <Ways />
    </div>
  )
}

function Balances() {
  const { own } = useStake().stake
  const sum = (parts: readonly { readonly amount: bigint }[] | undefined) =>
    parts?.reduce((total, { amount }) => total + amount, 0n)
  const omg = (units: bigint | undefined) =>
    units === undefined ? (
      '…'
    ) : (
      <span title={`${exact(units, OMG.decimals)} OMG`}>
        {wholeOmg(units)} <span className="text-quiet">OMG</span>
      </span>
    )
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-4">
      <Balance name="To stake" id="balance">
        {omg(own?.omg)}
      </Balance>
      <Balance name="Staked">{omg(sum(own?.stakes))}</Balance>
      <Balance name="Leaving">{omg(sum(own?.unbondings))}</Balance>
      <Balance name="For Ethereum's fees">
        {own ? <Amount units={rounded(own.ether)} token={ETHER} /> : '…'}
      </Balance>
    </dl>
  )
}

/** Ether wei rounded down to 4 digits: what is for fees need not be exact, and has little room. */
const rounded = (wei: bigint) => wei - (wei % 10n ** 14n)

function Balance({ name, id, children }: { name: string; id?: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-quiet">{name}</dt>
      <dd className="truncate font-semibold" data-testid={id}>
        {children}
      </dd>
    </div>
  )
}
