import { Button } from '@omg/ui/control/Button.tsx'
import { useAccount } from '../account/context.ts'
import { useTransfers } from './transfers.ts'

/** The way to deposits and withdrawals, with how many are on their way. */
export function FundsButton() {
  const { account, show } = useAccount()
  const { list } = useTransfers()
  if (!account) return null
  const moving = list.filter(({ stage }) => stage !== 'done').length
  return (
    <Button onClick={() => show('deposit')} data-testid="funds">
      Funds
      {moving > 0 ? (
        <span className="grid h-5 min-w-5 place-items-center rounded-full bg-accent px-1 text-xs text-ground">
          {moving}
          <span className="sr-only"> on their way</span>
        </span>
      ) : null}
    </Button>
  )
}
