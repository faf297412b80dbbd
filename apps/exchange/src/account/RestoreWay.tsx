import { type Backup, backupIn, restoreAccount } from '@omg/ui/account/accounts.ts'
import { type Problem, problemOf } from '@omg/ui/account/problem.ts'
import { Button } from '@omg/ui/control/Button.tsx'
import { Field } from '@omg/ui/control/Field.tsx'
import { useState } from 'react'
import { pageError } from '../error.ts'
import { useAccount } from './context.ts'
import { Way } from './Way.tsx'

/** A backup file is a few hundred bytes. */
const MAX_FILE_BYTES = 10_000

/** What was given so far: a key that is typed, or a file that waits for its passphrase. */
interface Given {
  readonly text: string
  /** The name of the file. */
  readonly file?: string
}

const NOTHING: Given = { text: '' }

/** Back to an account by its copy. */
export function RestoreWay() {
  const { begin } = useAccount()
  const [given, setGiven] = useState(NOTHING)
  const [passphrase, setPassphrase] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const [busy, setBusy] = useState(false)
  const isSealed = sealed(given.text)
  const give = (next: Given) => {
    setGiven(next)
    setPassphrase('')
    setProblem(undefined)
  }
  const restore = async ({ text }: Given) => {
    setBusy(true)
    try {
      const account = await restoreAccount(backupIn(text), passphrase)
      give(NOTHING)
      await begin(async () => account)
    } catch (error) {
      setProblem(problemOf(error))
    }
    setBusy(false)
  }
  const open = async (file: File) => {
    if (file.size > MAX_FILE_BYTES) {
      return setProblem(problemOf(pageError('account.keystore', 'The file is too long to be a backup.')))
    }
    const next = { text: await file.text(), file: file.name }
    give(next)
    // A bare key needs nothing more.
    if (!sealed(next.text)) await restore(next)
  }
  return (
    <Way title="From a copy" text="The file that you saved, an Ethereum keystore, or the key itself.">
      <form
        className="grid gap-2"
        onSubmit={event => {
          event.preventDefault()
          void restore(given)
        }}
      >
        {isSealed ? (
          <Field
            label={`Passphrase of ${given.file ?? 'the keystore'}`}
            number={false}
            secret="current"
            value={passphrase}
            problem={problem && `${problem.title}. ${problem.text}`}
            onChange={value => {
              setPassphrase(value)
              setProblem(undefined)
            }}
          />
        ) : (
          <Field
            label="Key"
            number={false}
            secret="current"
            placeholder="0x…"
            value={given.file === undefined ? given.text : ''}
            problem={problem && `${problem.title}. ${problem.text}`}
            onChange={text => give({ text })}
          />
        )}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            type="submit"
            busy={busy}
            disabled={isSealed ? passphrase === '' : given.text.trim() === ''}
          >
            Restore
          </Button>
          <label className="inline-flex h-9 cursor-pointer items-center rounded-lg border border-line px-3.5 text-sm font-medium pointer-coarse:h-11 hover:bg-ground has-focus-visible:outline-2 has-focus-visible:outline-accent">
            {isSealed ? 'Another file' : 'Open the file'}
            <input
              type="file"
              accept="application/json,.json"
              className="sr-only"
              onChange={event => {
                const file = event.target.files?.[0]
                // The same file may be chosen again.
                event.target.value = ''
                if (file) void open(file)
              }}
            />
          </label>
        </div>
      </form>
    </Way>
  )
}

/** Whether a text is a file that only a passphrase opens. */
function sealed(text: string): boolean {
  try {
    const backup: Backup = backupIn(text)
    return backup.kind === 'keystore'
  } catch {
    return false
  }
}
