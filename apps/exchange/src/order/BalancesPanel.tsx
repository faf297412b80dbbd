import type { Token } from '@omg/sdk'
import { exact } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { useAccount } from '../account/context.ts'
import { amountsToTrade, type TokenMoney, worthOf } from '../account/money.ts'
import { useNetwork } from '../data/network.ts'
import { shortly } from '../ticket/amount.ts'
import { Empty, Grid } from './Grid.tsx'

/** A worth is an estimate: it is shown in hundredths. */
const WORTH_DIGITS = 2

/** What there is of each token, where it is, and what it is worth. */
export function BalancesPanel({ quote }: { quote: Token }) {
  const { money, show, moveToTrading, start, owner } = useAccount()
  const { markets, parameters } = useNetwork()
  if (!money) return <Empty>Looking up your money…</Empty>
  const held = money.filter(({ total, leaving }) => total > 0n || leaving > 0n)
  const worths = held.map(({ token, total }) => worthOf(total, token.address, quote.address, markets))
  const sum = worths.reduce<bigint>((all, worth) => all + (worth ?? 0n), 0n)
  const isMovable =
    money.some(({ elsewhere }) => elsewhere > 0n) ||
    amountsToTrade(money, parameters?.feeTokens ?? []).length > 0
  const isMoving = start?.step === 'trading' && start.problem === undefined
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2 text-sm">
        <p className="mr-auto max-sm:w-full">
          <span className="text-quiet">Worth about </span>
          <span className="font-semibold tabular-nums" data-testid="worth">
            {shortly(sum, quote.decimals, WORTH_DIGITS)} {quote.symbol}
          </span>
        </p>
        {isMovable ? (
          <Button size="small" busy={isMoving} disabled={!owner} onClick={() => void moveToTrading()}>
            Move all to trading
          </Button>
        ) : null}
        <Button size="small" onClick={() => show('deposit')}>
          Deposit
        </Button>
        <Button size="small" onClick={() => show('withdraw')}>
          Withdraw
        </Button>
      </div>
      {held.length === 0 ? (
        <Empty>Nothing yet. Get test money, or deposit from Ethereum.</Empty>
      ) : (
        <Grid
          label="Balances"
          rows={held}
          keyOf={({ token }) => token.address}
          columns={[
            { title: 'Token', cell: ({ token }) => <span className="font-medium">{token.symbol}</span> },
            { title: 'Total', align: 'right', cell: row => <Units of={row} units={row.total} /> },
            { title: 'Ready to trade', align: 'right', cell: row => <Units of={row} units={row.trading} /> },
            { title: 'In orders', align: 'right', cell: row => <Units of={row} units={row.inOrders} /> },
            { title: 'Coins', from: 'sm', align: 'right', cell: row => <Units of={row} units={row.coin} /> },
            {
              title: `Worth (${quote.symbol})`,
              from: 'md',
              align: 'right',
              cell: row => {
                const worth = worths[held.indexOf(row)]
                return worth === undefined ? '–' : shortly(worth, quote.decimals, WORTH_DIGITS)
              },
            },
            {
              title: 'Elsewhere',
              from: 'xl',
              align: 'right',
              cell: ({ token, elsewhere, leaving }) => (
                <span className="text-quiet">
                  {elsewhere > 0n ? `${shortly(elsewhere, token.decimals)} with another key` : ''}
                  {leaving > 0n ? ` ${shortly(leaving, token.decimals)} leaving` : ''}
                </span>
              ),
            },
          ]}
        />
      )}
    </>
  )
}

function Units({ of: { token }, units }: { of: TokenMoney; units: bigint }) {
  return (
    <span
      className={units === 0n ? 'text-quiet' : ''}
      title={`${exact(units, token.decimals)} ${token.symbol}`}
    >
      {shortly(units, token.decimals)}
    </span>
  )
}
