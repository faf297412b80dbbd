import { useAccount } from '../account/context.ts'
import { Button } from '../control/Button.tsx'

/** Money in and out. */
export function FundsDialog() {
  const { account, show } = useAccount()
  if (!account) return null
  return <Button onClick={() => show('deposit')}>Funds</Button>
}
