import { backupOf, bareKeyOf, PASSPHRASE_CHARACTERS } from '@omg/ui/account/accounts.ts'
import type { KeptAccount } from '@omg/ui/account/kept.ts'
import { ProblemNote } from '@omg/ui/account/ProblemNote.tsx'
import { type Problem, problemOf } from '@omg/ui/account/problem.ts'
import { Button } from '@omg/ui/control/Button.tsx'
import { Field, Tick } from '@omg/ui/control/Field.tsx'
import { useState } from 'react'
import { useAccount } from './context.ts'

type BrowserAccount = Extract<KeptAccount, { kind: 'browser' }>

/** A copy of the account: a file under a passphrase, or the bare key after a warning. */
export function BackupPart({ account }: { account: BrowserAccount }) {
  return (
    <section className="grid gap-2.5 border-t border-line pt-4" aria-label="Copy of the account">
      <div>
        <h3 className="text-sm font-semibold">Keep a copy</h3>
        <p className={`text-sm ${account.saved ? 'text-quiet' : 'text-wait'}`}>
          {account.saved
            ? 'You have saved this account.'
            : 'The key is only in this browser. If its data is cleared, the money is lost.'}
        </p>
      </div>
      <EncryptedFile account={account} />
      <BareKey account={account} />
    </section>
  )
}

function EncryptedFile({ account }: { account: BrowserAccount }) {
  const { markSaved } = useAccount()
  const [first, setFirst] = useState('')
  const [second, setSecond] = useState('')
  const [busy, setBusy] = useState(false)
  const [saved, setSaved] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const isShort = first.length < PASSPHRASE_CHARACTERS
  const save = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      offer(await backupOf(account, first), `omg-account-${account.address.slice(0, 10)}.json`)
      setFirst('')
      setSecond('')
      setSaved(true)
      await markSaved()
    } catch (error) {
      setProblem(problemOf(error))
    }
    setBusy(false)
  }
  return (
    <form
      className="grid gap-2.5"
      aria-label="Encrypted file"
      onSubmit={event => {
        event.preventDefault()
        if (!busy && !isShort && first === second) void save()
      }}
    >
      <Field
        label="Passphrase"
        number={false}
        secret="new"
        value={first}
        note={`at least ${PASSPHRASE_CHARACTERS} characters`}
        problem={first !== '' && second !== '' && isShort ? 'It is too short' : undefined}
        onChange={setFirst}
      />
      <Field
        label="The same again"
        number={false}
        secret="new"
        value={second}
        problem={second !== '' && !first.startsWith(second) ? 'It is not the same' : undefined}
        onChange={setSecond}
      />
      {problem ? <ProblemNote problem={problem} /> : null}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button type="submit" busy={busy} disabled={isShort || first !== second}>
          Save an encrypted file
        </Button>
        <span role="status" className="text-xs text-good">
          {saved && !busy ? 'Saved. Keep the passphrase, too.' : ''}
        </span>
      </div>
      <p className="text-xs text-quiet">
        You need both to come back: the file and the passphrase. It is an Ethereum keystore, which other
        wallets read as well.
      </p>
    </form>
  )
}

/** Hands a file to the person. */
function offer(text: string, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href))
}

/** The key as it is, after its owner has said that nobody looks over her shoulder. */
function BareKey({ account }: { account: BrowserAccount }) {
  const { markSaved } = useAccount()
  const [sure, setSure] = useState(false)
  const [key, setKey] = useState<string>()
  const reveal = async () => {
    setKey(await bareKeyOf(account))
    await markSaved()
  }
  return (
    <details className="group">
      <summary className="cursor-pointer text-sm font-medium text-quiet hover:text-ink">
        Without a passphrase: show the key
      </summary>
      <div className="mt-2.5 grid gap-2.5">
        <p className="rounded-lg bg-wait/10 px-3 py-2 text-xs text-wait">
          Whoever reads or photographs the key has the money, for ever. Nobody who helps you ever needs it.
        </p>
        <Tick
          label="Nobody but me sees this screen"
          note="On paper it is safer than in a note or a chat."
          checked={sure}
          onChange={checked => {
            setSure(checked)
            if (!checked) setKey(undefined)
          }}
        />
        <div>
          <Button look="danger" disabled={!sure} onClick={() => void reveal()}>
            Show the key
          </Button>
        </div>
        {key === undefined ? null : (
          <code
            className="rounded-lg border border-line bg-ground p-3 font-mono text-xs break-all select-all"
            data-testid="key"
          >
            {key}
          </code>
        )}
      </div>
    </details>
  )
}
