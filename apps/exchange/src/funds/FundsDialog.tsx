import { Segments } from '@omg/ui/control/Segments.tsx'
import { Sheet } from '@omg/ui/control/Sheet.tsx'
import { useState } from 'react'
import { useAccount } from '../account/context.ts'
import { DepositForm } from './DepositForm.tsx'
import { TransferList } from './TransferList.tsx'
import { useTransfers } from './transfers.ts'
import { WithdrawalForm } from './WithdrawalForm.tsx'

/** Money in and out, and what is on its way. */
export function FundsDialog() {
  const { account, sheet, show } = useAccount()
  const transfers = useTransfers()
  const [last, setLast] = useState<'deposit' | 'withdraw'>('deposit')
  if (!account) return null
  const open = sheet === 'deposit' || sheet === 'withdraw'
  // While it closes it shows what it showed.
  const way = open ? sheet : last
  if (open && sheet !== last) setLast(sheet)
  return (
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
  )
}
