import { type Address, address } from '@omg/protocol'
import { isAddress } from 'viem'
import { cliError } from '../error.ts'

/** A line of a snapshot of balances. */
export interface Balance {
  readonly account: Address
  /** OMG wei. */
  readonly amount: bigint
}

const DECIMALS = 18
const AMOUNT = /^(0|[1-9]\d{0,28})(?:\.(\d{1,18}))?$/
/** So many problems are told at once. */
const MAX_PROBLEMS = 10

/**
 * Reads a snapshot: CSV with a line `address,amount` for each account, the amount in OMG with at most 18 digits behind the point;
 * a first line `address,amount` may name the columns. An address in mixed case must have the right checksum (EIP-55).
 *
 * @throws OmgError `airdrop.snapshot` naming the first lines that are wrong: not of this form, a wrong checksum, an account that was there
 * before, an amount of nothing.
 */
export function readSnapshot(text: string): Balance[] {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
  const balances: Balance[] = []
  const problems: string[] = []
  const lineOf = new Map<Address, number>()
  for (const [index, line] of lines.entries()) {
    if (index === 0 && line === 'address,amount') continue
    const number = index + 1
    const read = readLine(line)
    const before = typeof read === 'string' ? undefined : lineOf.get(read.account)
    const problem = typeof read === 'string' ? read : before && `the account of line ${before} again`
    if (problem) problems.push(`line ${number}: ${problem}`)
    if (problems.length === MAX_PROBLEMS) break
    if (problem || typeof read === 'string') continue
    lineOf.set(read.account, number)
    balances.push(read)
  }
  if (balances.length === 0 && problems.length === 0) problems.push('it has no line')
  if (problems.length > 0) throw cliError('airdrop.snapshot', `the snapshot is wrong: ${problems.join('; ')}`)
  return balances
}

/** A line, or what is wrong with it. */
function readLine(line: string): Balance | string {
  const [account = '', amount = '', ...more] = line.split(',')
  if (more.length > 0 || amount === '') return 'not an address and an amount'
  if (!/^0x[0-9a-fA-F]{40}$/.test(account)) return `"${account.slice(0, 50)}" is not an address`
  const digits = account.slice(2)
  const oneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase()
  if (!oneCase && !isAddress(account)) return `${account} has a wrong checksum`
  const [, whole, fraction = ''] = AMOUNT.exec(amount) ?? []
  if (whole === undefined) return `"${amount.slice(0, 50)}" is not an amount of OMG`
  const wei = BigInt(whole + fraction.padEnd(DECIMALS, '0'))
  return wei === 0n ? 'an amount of nothing' : { account: address(account), amount: wei }
}

/**
 * Divides `total` among the accounts in proportion to their balances, to the last wei: account `i` gets `floor(total * B(i) / B) - floor(total *
 * B(i-1) / B)`, where `B(i)` is the sum of the first `i` balances. Whoever would get nothing is left out.
 */
export function divide(balances: readonly Balance[], total: bigint): Balance[] {
  const sum = balances.reduce((all, { amount }) => all + amount, 0n)
  let before = 0n
  let given = 0n
  const shares = balances.map(({ account, amount }) => {
    before += amount
    const until = (total * before) / sum
    const share = { account, amount: until - given }
    given = until
    return share
  })
  return shares.filter(({ amount }) => amount > 0n)
}
