import { readFileSync } from 'node:fs'
import type { Hex } from '@omg/protocol'
import { decryptKey } from '@omg/sdk'
import type { Command } from 'commander'
import { generatePrivateKey } from 'viem/accounts'
import { listAccounts, storeAccount } from '../account/accounts.ts'
import { askNewPassword, askPassword } from '../account/password.ts'
import { type Answer, action } from '../action.ts'
import { cliError } from '../error.ts'
import { withProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

const EXAMPLES = `
Examples:
  $ omg account list
  $ omg account create savings
  $ omg account import work --key-file key.txt       a private key, 32 bytes of hex
  $ omg account import old --key-file keystore.json  an Ethereum keystore file, version 3

The password comes from OMG_PASSWORD, or is asked for. Files are encrypted: <data folder>/accounts/<name>.json`

export function accountCommand(program: Command): void {
  const account = program
    .command('account')
    .description('keep accounts: create, import, list')
    .addHelpText('after', EXAMPLES)

  account
    .command('list')
    .description('accounts of this folder, and the demo accounts of a devnet')
    .action(action(list))

  account
    .command('create <name>')
    .description('make a new key and store it encrypted')
    .action(action(async ({ data }, _options, [name = '']) => created(data, name, generatePrivateKey())))

  account
    .command('import <name>')
    .description('store an existing key encrypted')
    .requiredOption('--key-file <file>', 'file with a private key in hex, or an Ethereum keystore')
    .action(
      action<{ keyFile: string }>(async ({ data }, { keyFile }, [name = '']) =>
        created(data, name, await readKey(keyFile)),
      ),
    )
}

const list: Parameters<typeof action>[0] = async ({ data, running }) => {
  const accounts = listAccounts(data, running?.devnet === true)
  const rows = accounts.map(({ name, address, kind }) => [
    name,
    address,
    kind === 'demo' ? 'demo: public key, no value' : 'encrypted',
  ])
  return {
    json: { accounts },
    text:
      rows.length === 0
        ? 'No account yet. Make one: omg account create <name>'
        : table(['name', 'address', 'kept'], rows),
  }
}

async function created(data: string, name: string, privateKey: Hex): Promise<Answer> {
  const password = await askNewPassword()
  const account = await withProgress('encrypting the key', () =>
    storeAccount(data, name, privateKey, password),
  )
  return {
    json: account,
    text: `Account ${account.name}: ${account.address}\nKeep its file and its password: together they are the money. Nobody can restore them.`,
  }
}

async function readKey(file: string): Promise<Hex> {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw cliError('account.keystore', `${file} cannot be read`, cause)
  }
  if (/^(0x)?[0-9a-fA-F]{64}$/.test(text)) return `0x${text.replace(/^0x/, '').toLowerCase()}`
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw cliError('account.keystore', `${file} holds neither a private key nor a keystore`, cause)
  }
  return decryptKey(json, await askPassword(`Password of ${file}: `))
}
