import { useState } from 'react'
import { Button } from '../control/Button.tsx'
import { Tick } from '../control/Field.tsx'
import { backupOf, type KeptAccount } from './accounts.ts'
import { useAccount } from './context.ts'

/** A copy of the key, after its owner has said that nobody looks over her shoulder. */
export function BackupPart({ account }: { account: Extract<KeptAccount, { kind: 'browser' }> }) {
  const { markSaved } = useAccount()
  const [sure, setSure] = useState(false)
  const [key, setKey] = useState<string>()
  const download = async () => {
    const backup = await backupOf(account)
    const file = new Blob([`${JSON.stringify(backup, null, 2)}\n`], { type: 'application/json' })
    const link = document.createElement('a')
    link.href = URL.createObjectURL(file)
    link.download = `omg-account-${account.address.slice(0, 10)}.json`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href))
    await markSaved()
  }
  const reveal = async () => {
    setKey((await backupOf(account)).privateKey)
    await markSaved()
  }
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
      <Tick
        label="Nobody but me sees this screen"
        note="Whoever has the key has the money."
        checked={sure}
        onChange={checked => {
          setSure(checked)
          if (!checked) setKey(undefined)
        }}
      />
      <div className="flex flex-wrap gap-2">
        <Button disabled={!sure} onClick={() => void download()}>
          Save as a file
        </Button>
        <Button disabled={!sure} onClick={() => void reveal()}>
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
    </section>
  )
}
