import { Icon } from '@omg/ui'
import { Button } from '@omg/ui/control/Button.tsx'
import { FundsButton } from '../funds/FundsButton.tsx'
import { AccountSheet } from './AccountSheet.tsx'
import { useAccount } from './context.ts'
import { WelcomeSheet } from './WelcomeSheet.tsx'

/** Who is here: the way in, or the account. */
export function AccountMenu() {
  const { ready, account, show } = useAccount()
  const isUnsaved = account?.kind === 'browser' && !account.saved
  return (
    <>
      <FundsButton />
      {account ? (
        <Button onClick={() => show('account')} data-testid="account">
          <span className="sr-only">Account{isUnsaved ? ' (not saved)' : ''}</span>
          <span className="relative size-4 rounded-full">
            <Icon name="person" className="text-quiet" />
            {isUnsaved ? (
              <span className="absolute -top-0.5 -right-1 size-2 rounded-full bg-wait ring-2 ring-surface" />
            ) : null}
          </span>
          <span className="font-mono text-xs max-sm:hidden">
            {account.address.slice(0, 6)}…{account.address.slice(-4)}
          </span>
        </Button>
      ) : (
        <Button look="main" disabled={!ready} onClick={() => show('welcome')}>
          Start
        </Button>
      )}
      <WelcomeSheet />
      <AccountSheet />
    </>
  )
}
