import { type ReactNode, useState } from 'react'
import { Button } from '../control/Button.tsx'
import { Field } from '../control/Field.tsx'
import { Sheet } from '../control/Sheet.tsx'
import { useNetwork } from '../data/network.ts'
import { createBrowserAccount, createPasskeyAccount, findPasskeyAccount, restoreAccount } from './accounts.ts'
import { useAccount } from './context.ts'
import { ProblemNote } from './ProblemNote.tsx'
import { passkeyProblem } from './passkey.ts'
import { type Problem, problemOf } from './problem.ts'

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

/** A backup file is a few hundred bytes. */
const MAX_FILE_BYTES = 10_000

function RestoreWay() {
  const { begin } = useAccount()
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const restore = async (key: string) => {
    try {
      const account = await restoreAccount(key)
      setText('')
      await begin(async () => account)
    } catch (error) {
      setProblem(problemOf(error))
    }
  }
  return (
    <Way title="From a copy" text="The file that you saved, or the key itself.">
      <form
        className="grid gap-2"
        onSubmit={event => {
          event.preventDefault()
          void restore(text)
        }}
      >
        <Field
          label="Key"
          number={false}
          placeholder="0x…"
          value={text}
          problem={problem?.title}
          onChange={value => {
            setText(value)
            setProblem(undefined)
          }}
        />
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" disabled={text.trim() === ''}>
            Restore
          </Button>
          <label className="inline-flex h-9 cursor-pointer items-center rounded-lg border border-line px-3.5 text-sm font-medium hover:bg-ground has-focus-visible:outline-2 has-focus-visible:outline-accent">
            Open the file
            <input
              type="file"
              accept="application/json,.json"
              className="sr-only"
              onChange={event => {
                const file = event.target.files?.[0]
                if (file && file.size <= MAX_FILE_BYTES) void file.text().then(restore)
              }}
            />
          </label>
        </div>
      </form>
    </Way>
  )
}

function Way({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <section
      className="grid gap-2.5 border-b border-line pb-4 last-of-type:border-0 last-of-type:pb-0"
      aria-label={title}
    >
      <div>
        <h3 className="text-sm font-semibold">{title}</h3>
        <p className="text-sm text-quiet">{text}</p>
      </div>
      {children}
    </section>
  )
}
