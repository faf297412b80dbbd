import { Hash } from '@omg/ui'
import { ProblemNote } from '@omg/ui/account/ProblemNote.tsx'
import { type Problem, problemOf } from '@omg/ui/account/problem.ts'
import { Button } from '@omg/ui/control/Button.tsx'
import { Sheet } from '@omg/ui/control/Sheet.tsx'
import { useState } from 'react'
import { useNetwork } from '../data/network.ts'
import { AgentPart } from './AgentPart.tsx'
import { BackupPart } from './BackupPart.tsx'
import { useAccount } from './context.ts'

const KINDS = {
  browser: 'Key in this browser',
  passkey: 'Passkey',
  wallet: 'Wallet',
} as const

/** The account: its address, its copy, its agent, and the way out. */
export function AccountSheet() {
  const { sheet, show, account, getTestMoney } = useAccount()
  const { place } = useNetwork()
  if (!account) return null
  return (
    <Sheet
      title="Account"
      description={account.kind === 'wallet' ? account.name : KINDS[account.kind]}
      open={sheet === 'account'}
      onClose={() => show(undefined)}
    >
      <div>
        <h3 className="text-xs font-medium text-quiet">Your address</h3>
        <Hash value={account.address} whole />
        {place.explorer === undefined ? null : (
          <p className="text-sm">
            <a href={`${place.explorer}#/owner/${account.address}`} target="_blank" rel="noreferrer">
              Look at it in the explorer
            </a>
          </p>
        )}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => show('deposit')}>Deposit</Button>
        <Button onClick={() => show('withdraw')}>Withdraw</Button>
        {place.faucet === undefined ? null : (
          <Button
            onClick={() => {
              show(undefined)
              void getTestMoney()
            }}
          >
            Get test money
          </Button>
        )}
      </div>
      {account.kind === 'browser' ? <BackupPart account={account} /> : null}
      <AgentPart />
      <SignOut />
    </Sheet>
  )
}

function SignOut() {
  const { account, agent, owner, signOut, endAgent } = useAccount()
  const [asked, setAsked] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const isUnsaved = account?.kind === 'browser' && !account.saved
  if (!asked) {
    return (
      <div className="border-t border-line pt-4">
        <Button look="danger" onClick={() => setAsked(true)}>
          Sign out
        </Button>
      </div>
    )
  }
  const endAndLeave = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await endAgent()
      await signOut()
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(false)
    }
  }
  return (
    <div className="grid gap-2.5 border-t border-line pt-4">
      <p className={`text-sm ${isUnsaved ? 'font-medium text-bad' : 'text-quiet'}`}>
        {isUnsaved
          ? 'You have no copy of this account. If you sign out, nobody can ever reach its money again: not you, not us.'
          : 'This browser forgets the account. Open orders stay in the book, unless the trading key is revoked as well.'}
      </p>
      {problem ? <ProblemNote problem={problem} /> : null}
      <div className="flex flex-wrap gap-2">
        <Button disabled={busy} onClick={() => setAsked(false)}>
          Stay
        </Button>
        {agent && owner && !isUnsaved ? (
          <Button busy={busy} onClick={() => void endAndLeave()}>
            Revoke the key and sign out
          </Button>
        ) : null}
        <Button look="danger" disabled={busy} onClick={() => void signOut()}>
          {isUnsaved ? 'Sign out and lose it' : 'Sign out'}
        </Button>
      </div>
    </div>
  )
}
