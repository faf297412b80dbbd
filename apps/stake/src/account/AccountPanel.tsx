import { Amount, Facts, Hash, Panel } from '@omg/ui'
import { ProblemNote } from '@omg/ui/account/ProblemNote.tsx'
import { Button, Spinner } from '@omg/ui/control/Button.tsx'
import { useStake } from '../context.ts'
import { OMG } from '../network/read.ts'

/** Who stakes here, what she has, and what is being done. */
export function AccountPanel() {
  const { account, stake, deed, signOut } = useStake()
  return (
    <Panel
      title="Your account"
      aside={
        account ? (
          <Button look="quiet" size="small" onClick={() => void signOut()}>
            Sign out
          </Button>
        ) : null
      }
    >
      <div className="grid min-h-[8.5rem] content-center">
        {account ? (
          <Facts
            rows={[
              ['Address', <Hash key="address" value={account.address} />],
              [
                'To stake',
                <span key="omg" data-testid="balance">
                  <Amount units={stake.own?.omg ?? 0n} token={OMG} />
                </span>,
              ],
              ['For fees', <Amount key="ether" units={stake.own?.ether ?? 0n} token={ETHER} />],
            ]}
          />
        ) : (
          <Ways />
        )}
      </div>
      <div className="min-h-12 border-t border-line px-4 py-2.5" aria-live="polite">
        {deed === undefined ? (
          <p className="text-sm text-quiet">{account ? 'Nothing is on its way.' : 'Nobody is signed in.'}</p>
        ) : deed.problem ? (
          <ProblemNote problem={deed.problem} />
        ) : (
          <p className="flex items-center gap-2 text-sm">
            <Spinner /> {deed.name} …
          </p>
        )}
      </div>
    </Panel>
  )
}

const ETHER = { symbol: 'ETH', decimals: 18 }

function Ways() {
  const { place, wallets, deed, begin, connect } = useStake()
  const isBusy = deed !== undefined && deed.problem === undefined
  return (
    <div className="flex flex-wrap items-center gap-3 px-4 py-4">
      <p className="min-w-60 flex-1 text-sm text-quiet">
        {place.faucet
          ? 'Create an account in this browser: test OMG comes with it. Or use a wallet.'
          : 'Use a wallet that holds OMG, or create an account in this browser and send OMG to it.'}
      </p>
      <Button look="main" busy={isBusy} onClick={() => void begin()}>
        Create an account
      </Button>
      {wallets.map(wallet => (
        <Button key={wallet.rdns} disabled={isBusy} onClick={() => void connect(wallet)}>
          {wallet.name}
        </Button>
      ))}
    </div>
  )
}
