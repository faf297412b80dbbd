import { readFileSync, writeFileSync } from 'node:fs'
import { fastKeccak256 } from '@omg/ledger'
import { type Address, installKeccak256, OmgError, parseAddress, parseHex, ZERO_ADDRESS } from '@omg/protocol'
import {
  type Airdrop,
  type AllocationTable,
  allocationOf,
  type ClaimOrder,
  claimAirdrop,
  createAllocationTable,
  decodeAllocationTable,
  encodeAllocationTable,
  failureOf,
  getAirdrop,
  isClaimed,
  type RootChain,
  reclaimAirdrop,
  signClaimOrder,
} from '@omg/rootchain'
import { deployAirdrop } from '@omg/rootchain/deploy'
import type { Command } from 'commander'
import { unlockAccount } from '../account/accounts.ts'
import { type Answer, action, toJson } from '../action.ts'
import { divide, readSnapshot } from '../airdrop/snapshot.ts'
import { addressOf, openClient, ownerOf } from '../client.ts'
import { cliError } from '../error.ts'
import type { Session } from '../session.ts'
import { formatAmount, parseUnits, type Token } from '../terminal/amount.ts'
import { formatSeconds } from '../terminal/duration.ts'
import { withProgress } from '../terminal/progress.ts'
import { table as tableText } from '../terminal/table.ts'

const EXAMPLES = `
A snapshot is CSV with a line "address,amount" for each account, in OMG. Publish the table that is built: whoever claims needs it.

Examples:
  $ omg airdrop build balances.csv --out table.json
  $ omg airdrop build balances.csv --total 1000000 --out table.json     in proportion to the balances
  $ omg airdrop deploy table.json --days 90
  $ omg airdrop check table.json --airdrop 0x...
  $ omg airdrop claim table.json --airdrop 0x... --delegate 0x...
  $ omg airdrop order table.json --airdrop 0x... > order.json     for somebody else to send:
  $ omg airdrop claim table.json --airdrop 0x... --order order.json`

const OMG: Token = { address: ZERO_ADDRESS, symbol: 'OMG', decimals: 18 }
const DAY_SECONDS = 86_400n

export function airdropCommand(program: Command): void {
  const airdrop = program
    .command('airdrop')
    .description('give OMG to many accounts, and claim it')
    .addHelpText('after', EXAMPLES)
  airdrop
    .command('build <snapshot>')
    .description('make the allocation table of a snapshot of balances')
    .requiredOption('--out <file>', 'where the table is written')
    .option(
      '--total <amount>',
      'OMG to divide in proportion to the balances; default: the balances themselves',
    )
    .action(action(build))
  airdrop
    .command('deploy <table>')
    .description('put an airdrop on Ethereum and pay its total in')
    .requiredOption('--days <number>', 'how long it can be claimed')
    .action(action(deploy))
  const named = (command: Command) => command.requiredOption('--airdrop <address>', 'the airdrop')
  airdrop
    .command('check <table>')
    .description('check a table, and the airdrop that it is of')
    .option('--airdrop <address>', 'compare it with this airdrop')
    .option('--of <account>', 'whose line to show')
    .action(action(check))
  named(airdrop.command('claim <table>'))
    .description('claim your line, as OMG or delegated')
    .option('--delegate <validator>', 'delegate it to a validator')
    .option('--order <file>', 'claim for the account that signed this order')
    .action(action(claim))
  named(airdrop.command('order <table>'))
    .description('sign that somebody else may claim for you')
    .option('--delegate <validator>', 'delegate it to a validator')
    .option('--days <number>', 'how long the order is valid', '7')
    .action(action(order))
  named(airdrop.command('reclaim'))
    .description('after the end, pay what is left to the giver')
    .action(action(reclaim))
}

interface BuildOptions {
  out: string
  total?: string
}

async function build(_: Session, { out, total }: BuildOptions, [file = '']: string[]): Promise<Answer> {
  installKeccak256(fastKeccak256)
  const balances = readSnapshot(readText(file))
  const entries = total === undefined ? balances : divide(balances, parseUnits(total, OMG))
  const made = createAllocationTable(entries)
  if (!made.ok) throw made.error
  writeFileSync(out, encodeAllocationTable(made.value))
  const left = balances.length - entries.length
  const facts = { ...factsOf(made.value), leftOut: left, file: out }
  const leftOut = left > 0 ? `; ${left} get less than a wei and are left out` : ''
  return { json: facts, text: `${wordsOf(made.value)}${leftOut}\nroot ${facts.root}\nwritten to ${out}` }
}

async function deploy(session: Session, { days }: { days: string }, [file = '']: string[]): Promise<Answer> {
  const table = tableIn(file)
  const client = await openClient(session, { key: true })
  const rootChain = await client.rootChain()
  const { timestamp } = await rootChain.ethereum.getBlock()
  const endsAt = timestamp + daysOf(days) * DAY_SECONDS
  const airdrop = await withProgress(`giving ${formatAmount(table.total, OMG)}`, () =>
    deployAirdrop(rootChain, { table, endsAt }),
  )
  return {
    json: { airdrop, endsAt, ...factsOf(table) },
    text: `${wordsOf(table)}\nairdrop ${airdrop}, open for ${formatSeconds(endsAt - timestamp)}`,
  }
}

interface CheckOptions {
  airdrop?: string
  of?: string
}

async function check(session: Session, options: CheckOptions, [file = '']: string[]): Promise<Answer> {
  const table = tableIn(file)
  const whose = options.of === undefined ? undefined : addressOf(session, options.of)
  const allocation = whose && lineOf(table, whose)
  const own = allocation && `line ${allocation.line}: ${formatAmount(allocation.amount, OMG)} for ${whose}`
  if (options.airdrop === undefined) {
    const text = [wordsOf(table), `root ${table.root}`, ...(own ? [own] : [])].join('\n')
    return { json: { ...factsOf(table), allocation }, text }
  }
  const at = contractOf(options.airdrop)
  const client = await openClient(session, { key: false })
  const rootChain = await client.rootChain()
  const airdrop = await airdropOf(rootChain, at, table)
  const { timestamp } = await rootChain.ethereum.getBlock()
  const claimed = allocation && (await isClaimed(rootChain, at, allocation.line))
  const open = airdrop.endsAt > timestamp
  const rows = [
    ['table', wordsOf(table)],
    ['holds', formatAmount(airdrop.balance, OMG)],
    ['giver', airdrop.giver],
    ['open', open ? `for ${formatSeconds(airdrop.endsAt - timestamp)}` : 'no longer'],
    ...(own ? [['yours', `${own}${claimed ? ', claimed' : ''}`]] : []),
  ]
  return {
    json: { ...factsOf(table), ...airdrop, open, allocation, claimed },
    text: tableText(['', ''], rows),
  }
}

interface ClaimOptions {
  airdrop: string
  delegate?: string
  order?: string
}

async function claim(session: Session, options: ClaimOptions, [file = '']: string[]): Promise<Answer> {
  const table = tableIn(file)
  const airdrop = contractOf(options.airdrop)
  const client = await openClient(session, { key: true })
  const signed = options.order === undefined ? undefined : orderIn(options.order, airdrop)
  const account = signed?.account ?? client.address()
  const allocation = lineOf(table, account)
  const validator = signed ? signed.validator : validatorOf(session, options.delegate)
  const rootChain = await client.rootChain()
  await airdropOf(rootChain, airdrop, table)
  const receipt = await withProgress(`claiming ${formatAmount(allocation.amount, OMG)}`, () =>
    claimAirdrop(rootChain, { airdrop, table, validator, ...(signed && { order: signed }) }),
  )
  const how = validator === ZERO_ADDRESS ? `paid to ${account}` : `of ${account} delegated to ${validator}`
  return {
    json: { airdrop, ...allocation, validator, transactionHash: receipt.transactionHash },
    text: `${formatAmount(allocation.amount, OMG)} ${how}`,
  }
}

interface OrderOptions {
  airdrop: string
  delegate?: string
  days: string
}

/** The order is the answer in either form: it goes into a file. */
async function order(session: Session, options: OrderOptions, [file = '']: string[]): Promise<Answer> {
  const table = tableIn(file)
  const airdrop = contractOf(options.airdrop)
  const account = await unlockAccount(session.data, ownerOf(session), session.running?.devnet === true)
  const client = await openClient(session, { key: false })
  const rootChain = await client.rootChain()
  await airdropOf(rootChain, airdrop, table)
  const { timestamp } = await rootChain.ethereum.getBlock()
  const signed = await signClaimOrder(account, {
    airdrop,
    chainId: rootChain.deployment.chainId,
    allocation: lineOf(table, ownerOf(session)),
    validator: validatorOf(session, options.delegate),
    validUntil: timestamp + daysOf(options.days) * DAY_SECONDS,
  })
  return { json: signed, text: toJson(signed) }
}

async function reclaim(session: Session, { airdrop }: { airdrop: string }): Promise<Answer> {
  const client = await openClient(session, { key: true })
  const rootChain = await client.rootChain()
  const at = contractOf(airdrop)
  const { balance, giver } = await airdropOf(rootChain, at)
  await reclaimAirdrop(rootChain, { airdrop: at })
  return {
    json: { airdrop: at, giver, amount: balance },
    text: `${formatAmount(balance, OMG)} paid to ${giver}`,
  }
}

/** An airdrop; the one of a table, where there is one. Errors (thrown): `airdrop.unknown`, `airdrop.other`. */
async function airdropOf(rootChain: RootChain, at: Address, table?: AllocationTable): Promise<Airdrop> {
  const airdrop = await getAirdrop(rootChain, at).catch(thrown => {
    const error = failureOf(thrown)
    const isOther = error instanceof OmgError && OTHER_CONTRACT.includes(error.code)
    throw isOther ? cliError('airdrop.unknown', `there is no airdrop at ${at}`, error) : error
  })
  if (table && (airdrop.root !== table.root || airdrop.total !== table.total))
    throw cliError('airdrop.other', `${at} is the airdrop of the root ${airdrop.root}, not ${table.root}`)
  return airdrop
}

/** How what is no airdrop answers: with nothing, or with a refusal. */
const OTHER_CONTRACT = ['ethereum.other_contract', 'ethereum.reverted']

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw cliError('request.argument', `${file} cannot be read`, error)
  }
}

function tableIn(file: string): AllocationTable {
  installKeccak256(fastKeccak256)
  const table = decodeAllocationTable(readText(file))
  if (!table.ok) throw table.error
  return table.value
}

function orderIn(file: string, airdrop: Address): ClaimOrder {
  const invalid = () => cliError('request.argument', `${file} is no order for the airdrop ${airdrop}`)
  let json: Record<string, unknown>
  try {
    json = JSON.parse(readText(file))
  } catch {
    throw invalid()
  }
  const [at, account, validator] = [json?.airdrop, json?.account, json?.validator].map(parseAddress)
  const signature = parseHex(json?.signature)
  const { validUntil } = json ?? {}
  if (!at?.ok || !account?.ok || !validator?.ok || !signature.ok || at.value !== airdrop) throw invalid()
  if (typeof validUntil !== 'string' || !/^[1-9]\d{0,18}$/.test(validUntil)) throw invalid()
  return {
    ...{ airdrop, account: account.value, validator: validator.value, validUntil: BigInt(validUntil) },
    signature: json.signature as ClaimOrder['signature'],
  }
}

function lineOf(table: AllocationTable, account: Address) {
  const found = allocationOf(table, account)
  if (!found) throw cliError('airdrop.other', `${account} is not in the table`)
  return found
}

function contractOf(text: string): Address {
  const parsed = parseAddress(text)
  if (!parsed.ok) throw cliError('request.argument', `"${text}" is not an address`)
  return parsed.value
}

const validatorOf = (session: Session, name: string | undefined): Address =>
  name === undefined ? ZERO_ADDRESS : addressOf(session, name)

function daysOf(text: string): bigint {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw cliError('request.argument', `"${text}" is not a number of days`)
  return BigInt(text)
}

const factsOf = ({ root, total, allocations }: AllocationTable) => ({
  root,
  total,
  accounts: allocations.length,
})

const wordsOf = ({ total, allocations }: AllocationTable) =>
  `${formatAmount(total, OMG)} for ${allocations.length} ${allocations.length === 1 ? 'account' : 'accounts'}`
