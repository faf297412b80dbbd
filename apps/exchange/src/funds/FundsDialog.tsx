import { useState } from 'react'
import { useAccount } from '../account/context.ts'
import { Button } from '../control/Button.tsx'
import { Segments } from '../control/Segments.tsx'
import { Sheet } from '../control/Sheet.tsx'
import { DepositForm } from './DepositForm.tsx'
import { TransferList } from './TransferList.tsx'
import { useTransfers } from './useTransfers.ts'
import { WithdrawalForm } from './WithdrawalForm.tsx'

/** Money in and out: the button that leads there, and what is on its way. */
export function FundsDialog() {
  const { account, sheet, show } = useAccount()
  const transfers = useTransfers()
  const [last, setLast] = useState<'deposit' | 'withdraw'>('deposit')
  if (!account) return null
  const open = sheet === 'deposit' || sheet === 'withdraw'
  // While it closes it shows what it showed.
  const way = open ? sheet : last
  if (open && sheet !== last) setLast(sheet)
  const moving = transfers.list.filter(({ stage }) => stage !== 'done').length
  return (
    <>
      <Button onClick={() => show('deposit')} data-testid="funds">
        Funds
        {moving > 0 ? (
          <span className="grid h-5 min-w-5 place-items-center rounded-full bg-accent px-1 text-xs text-ground">
            {moving}
            <span className="sr-only"> on their way</span>
          </span>
        ) : null}
      </Button>
      <Sheet
        title="Funds"
        description="Between Ethereum and your account here"
        open={open}
        onClose={() => show(undefined)}
      >
        <Segments
          label="Direction"
          value={way}
          onChange={show}
          options={[
            ['deposit', 'Deposit'],
            ['withdraw', 'Withdraw'],
          ]}
        />
        {way === 'deposit' ? (
          <DepositForm onBegin={transfers.add} />
        ) : (
          <WithdrawalForm onBegin={transfers.add} />
        )}
        <TransferList transfers={transfers} kind={way === 'deposit' ? 'deposit' : 'withdrawal'} />
      </Sheet>
    </>
  )
}
