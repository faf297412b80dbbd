import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { cliError } from '../error.ts'

/** Passwords shorter than this are refused for new accounts. */
export const MIN_PASSWORD_CHARACTERS = 8

/** A password from OMG_PASSWORD, or typed unseen at the terminal. */
export async function askPassword(prompt: string): Promise<string> {
  const given = process.env.OMG_PASSWORD
  if (given !== undefined) return given
  if (!process.stdin.isTTY)
    throw cliError('account.password', 'a password is needed and there is no terminal to ask at')
  process.stderr.write(prompt)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once('line', resolve)
      reader.once('SIGINT', () => reject(cliError('account.password', 'no password was given')))
    })
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}

/** A new password, asked for twice at a terminal. */
export async function askNewPassword(): Promise<string> {
  const password = await askPassword(`New password (at least ${MIN_PASSWORD_CHARACTERS} characters): `)
  if (password.length < MIN_PASSWORD_CHARACTERS) {
    throw cliError('account.password', `the password is shorter than ${MIN_PASSWORD_CHARACTERS} characters`)
  }
  if (process.env.OMG_PASSWORD !== undefined) return password
  if ((await askPassword('Once more: ')) !== password)
    throw cliError('account.password', 'the two passwords differ')
  return password
}
