import { Hash, Time } from '@omg/ui'
import { useAccount } from '../account/context.ts'
import { useNetwork } from '../data/network.ts'
import { shortly } from '../ticket/amount.ts'
import { Empty, Grid } from './Grid.tsx'
import { type Activity, activityFrom, useRecords } from './records.ts'
import { Unavailable } from './Unavailable.tsx'

/** Everything that happened to an account on the chain. */
export function ActivityPanel() {
  const { account, tokens } = useAccount()
  const { place } = useNetwork()
  const { rows, problem, more } = useRecords(account?.address, 'activity', activityFrom)
  if (!rows) return <Unavailable problem={problem} what="activity" />
  if (rows.length === 0) return <Empty>Nothing has happened yet.</Empty>
  const amountOf = ({ token, received, sent, item }: Activity) => {
    if (item !== undefined) return `item ${item}`
    const known = tokens.find(({ address }) => address === token)
    const [sign, units] = received >= sent ? ['+', received - sent] : ['−', sent - received]
    return `${units === 0n ? '' : sign}${shortly(units, known?.decimals ?? 0)} ${known?.symbol ?? 'units'}`
  }
  return (
    <Grid
      label="Activity"
      rows={rows}
      keyOf={({ height, ordinal }) => `${height} ${ordinal}`}
      more={more}
      columns={[
        { title: 'When', cell: ({ time }) => <Time seconds={time} /> },
        { title: 'What', cell: row => NAMES[row.kind] },
        { title: 'Amount', align: 'right', cell: amountOf },
        { title: 'Block', from: 'sm', align: 'right', cell: ({ height }) => String(height) },
        {
          title: 'Transaction',
          from: 'md',
          align: 'right',
          cell: ({ txHash }) =>
            txHash === undefined ? (
              <span className="text-quiet">on Ethereum</span>
            ) : (
              <Hash value={txHash} {...(place.explorer && { href: `${place.explorer}#/tx/${txHash}` })} />
            ),
        },
      ]}
    />
  )
}

const NAMES: Record<Activity['kind'], string> = {
  pay: 'Payment',
  move: 'Order placed, changed or taken back',
  settle: 'Trade',
  claim: 'Claim',
  refund: 'Refund',
  fee: 'Fee',
  deposit: 'Deposit',
}
