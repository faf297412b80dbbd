import { createBrowserAccount, createPasskeyAccount, findPasskeyAccount } from '@omg/ui/account/accounts.ts'
import { ProblemNote } from '@omg/ui/account/ProblemNote.tsx'
import { passkeyProblem } from '@omg/ui/account/passkey.ts'
import { Button } from '@omg/ui/control/Button.tsx'
import { Sheet } from '@omg/ui/control/Sheet.tsx'
import { useNetwork } from '../data/network.ts'
import { useAccount } from './context.ts'
import { RestoreWay } from './RestoreWay.tsx'
import { Way } from './Way.tsx'

/** The ways to an account. */
export function WelcomeSheet() {
  const { sheet, show, begin, start } = useAccount()
  const { place } = useNetwork()
  const isBusy = start !== undefined && start.step === 'account' && start.problem === undefined
  const problem = passkeyProblem()
  return (
    <Sheet
      title="Your account"
      description={
        place.faucet ? 'Whichever you choose, test money comes with it.' : 'Choose how your keys are kept.'
      }
      open={sheet === 'welcome'}
      onClose={() => show(undefined)}
    >
      <Way
        title="In this browser"
        text="The quickest. The key stays on this device, sealed; save a copy of it later."
      >
        <Button look="main" busy={isBusy} onClick={() => void begin(createBrowserAccount)}>
          Create an account
        </Button>
      </Way>
      <Way
        title="With a passkey"
        text={
          problem ??
          'Your fingerprint, face or security key makes the key each time. Nothing is stored that could be stolen.'
        }
      >
        <div className="flex flex-wrap gap-2">
          <Button disabled={problem !== undefined || isBusy} onClick={() => void begin(createPasskeyAccount)}>
            New passkey
          </Button>
          <Button disabled={problem !== undefined || isBusy} onClick={() => void begin(findPasskeyAccount)}>
            I have one
          </Button>
        </div>
      </Way>
      <WalletWay />
      <RestoreWay />
      {start?.step === 'account' && start.problem ? <ProblemNote problem={start.problem} /> : null}
    </Sheet>
  )
}

function WalletWay() {
  const { wallets, connect } = useAccount()
  return (
    <Way
      title="With a wallet"
      text={
        wallets.length === 0
          ? 'No wallet was found in this browser.'
          : 'It is asked when money moves, and not for orders.'
      }
    >
      <div className="flex flex-wrap gap-2">
        {wallets.map(wallet => (
          <Button key={wallet.rdns} onClick={() => void connect(wallet)}>
            {wallet.name}
          </Button>
        ))}
      </div>
    </Way>
  )
}
