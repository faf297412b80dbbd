import { Button } from '@omg/ui/control/Button.tsx'
import { useStake } from '../context.ts'

/** The ways to have an account here: made in this browser where money is for tests, and each wallet that the browser has. */
export function Ways() {
  const { place, wallets, busy, begin, connect } = useStake()
  const isTest = place.faucet !== undefined
  return (
    <div className="flex flex-wrap gap-2">
      {isTest ? (
        <Button look="main" busy={busy} onClick={() => void begin()}>
          Create an account
        </Button>
      ) : null}
      {wallets.map((wallet, index) => (
        <Button
          key={wallet.rdns}
          look={isTest || index > 0 ? 'plain' : 'main'}
          disabled={busy}
          onClick={() => void connect(wallet)}
        >
          {wallet.name}
        </Button>
      ))}
      {isTest || wallets.length > 0 ? null : (
        <p className="text-sm text-quiet">
          This browser has no wallet. Install one that holds OMG, or stake in a terminal with{' '}
          <code>omg delegate</code>.
        </p>
      )}
    </div>
  )
}

/** What the ways are, in a sentence. */
export function useWaysWords(): string {
  const { place, wallets } = useStake()
  if (place.faucet === undefined) return 'Connect a wallet that holds OMG.'
  return wallets.length > 0
    ? 'Create an account in this browser: test OMG comes with it. Or connect a wallet.'
    : 'Create an account in this browser: test OMG comes with it.'
}
