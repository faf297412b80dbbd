/** The accounts of a data folder: encrypted keystore files, and on a devnet the public demo accounts beside them. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address, Hex } from '@omg/protocol'
import { decryptKey, encryptKey, type Keystore } from '@omg/sdk'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { cliError } from '../error.ts'
import { demoAccounts, demoKey } from './demoAccounts.ts'
import { askPassword } from './password.ts'

const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/

/** An account that this folder knows, without its key. */
export interface KnownAccount {
  name: string
  address: Address
  /** `demo`: a public test key, worth nothing. */
  kind: 'keystore' | 'demo'
}

const folderOf = (data: string) => join(data, 'accounts')
const fileOf = (data: string, name: string) => join(folderOf(data), `${name}.json`)

/** Every account, keystore files first. `devnet` adds the demo accounts. */
export function listAccounts(data: string, devnet: boolean): KnownAccount[] {
  const folder = folderOf(data)
  const files = existsSync(folder) ? readdirSync(folder).filter(file => file.endsWith('.json')) : []
  const stored = files.sort().map((file): KnownAccount => {
    const { address } = readKeystore(join(folder, file))
    return {
      name: file.slice(0, -'.json'.length),
      address: `0x${address.replace(/^0x/, '')}` as Address,
      kind: 'keystore',
    }
  })
  const taken = new Set(stored.map(({ name }) => name))
  const demo = devnet ? demoAccounts().filter(({ name }) => !taken.has(name)) : []
  return [...stored, ...demo.map(({ name, address }): KnownAccount => ({ name, address, kind: 'demo' }))]
}

/** Encrypts a key under a new name; never overwrites. */
export async function storeAccount(
  data: string,
  name: string,
  privateKey: Hex,
  password: string,
): Promise<KnownAccount> {
  if (!NAME.test(name)) throw cliError('account.name', `"${name}" cannot be an account name`)
  const file = fileOf(data, name)
  if (existsSync(file)) throw cliError('account.exists', `there is already an account "${name}"`)
  const keystore = await encryptKey(privateKey, password)
  mkdirSync(folderOf(data), { recursive: true, mode: 0o700 })
  writeFileSync(file, `${JSON.stringify(keystore, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  chmodSync(file, 0o600)
  return { name, address: `0x${keystore.address}` as Address, kind: 'keystore' }
}

/** The account with its key: a demo account at once, a keystore account after its password. */
export async function unlockAccount(
  data: string,
  nameOrAddress: string,
  devnet: boolean,
): Promise<PrivateKeyAccount> {
  const known = findAccount(data, nameOrAddress, devnet)
  if (known.kind === 'demo') return privateKeyToAccount(demoKey(known.name))
  const password = await askPassword(`Password of ${known.name}: `)
  return privateKeyToAccount(await decryptKey(readKeystore(fileOf(data, known.name)), password))
}

/** The account that a name or an address means. */
export function findAccount(data: string, nameOrAddress: string, devnet: boolean): KnownAccount {
  const wanted = nameOrAddress.toLowerCase()
  const accounts = listAccounts(data, devnet)
  const known = accounts.find(({ name, address }) => name === wanted || address.toLowerCase() === wanted)
  if (known === undefined) throw cliError('account.unknown', `there is no account "${nameOrAddress}" here`)
  return known
}

function readKeystore(file: string): Keystore {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw cliError('account.keystore', `${file} cannot be read`, cause)
  }
}
