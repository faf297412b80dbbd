import { type Address, fail, type Hash, ok, parseAddress, type Result } from '@omg/protocol'
import { rootChainError } from '../error.ts'
import { type Allocation, type AllocationTree, createAllocationTree } from './tree.ts'

/** Who gets how much: what an airdrop's root stands for. */
export interface AllocationTable {
  readonly root: Hash
  /** The sum, in token wei. */
  readonly total: bigint
  readonly allocations: readonly Allocation[]
  readonly tree: AllocationTree
}

/** Most lines of a table. */
export const MAX_ALLOCATIONS = 1_000_000
const MAX_AMOUNT = 2n ** 96n - 1n
const VERSION = 1

/**
 * A table of accounts and amounts in token wei, in their order. Errors: `airdrop.table`, naming the line, for an account that stands
 * there twice, the zero address, an amount of nothing or of more than 96 bits (also in sum), no line or too many.
 */
export function createAllocationTable(
  entries: readonly { readonly account: Address; readonly amount: bigint }[],
): Result<AllocationTable> {
  const invalid = (message: string) => fail(rootChainError('airdrop.table', message))
  if (entries.length === 0) return invalid('the table is empty')
  if (entries.length > MAX_ALLOCATIONS) return invalid(`more than ${MAX_ALLOCATIONS} lines`)
  const lineOf = new Map<Address, number>()
  let total = 0n
  for (const [line, { account, amount }] of entries.entries()) {
    const before = lineOf.get(account)
    if (before !== undefined) return invalid(`lines ${before} and ${line} are of one account, ${account}`)
    if (/^0x0{40}$/.test(account)) return invalid(`line ${line} is of the zero address`)
    if (amount < 1n || amount > MAX_AMOUNT) return invalid(`line ${line} has the amount ${amount}`)
    lineOf.set(account, line)
    total += amount
  }
  if (total > MAX_AMOUNT) return invalid('there is not that much OMG')
  const allocations = entries.map(({ account, amount }, line) => ({ line, account, amount }))
  const tree = createAllocationTree(allocations)
  return ok({ root: tree.root, total, allocations, tree })
}

/** The line of an account. Linear: for one account, not for all. */
export function allocationOf({ allocations }: AllocationTable, account: Address): Allocation | undefined {
  return allocations.find(allocation => allocation.account === account)
}

/** The table as JSON, one line an account: what the giver publishes. */
export function encodeAllocationTable({ root, total, allocations }: AllocationTable): string {
  const lines = allocations.map(({ account, amount }) => `  ["${account}", "${amount}"]`)
  return `{ "version": ${VERSION}, "root": "${root}", "total": "${total}", "allocations": [\n${lines.join(',\n')}\n] }\n`
}

/** Reads a table and builds its tree. Errors: `airdrop.table`, also where root or total are not those of the lines. */
export function decodeAllocationTable(text: string): Result<AllocationTable> {
  const invalid = (message: string, cause?: unknown) => fail(rootChainError('airdrop.table', message, cause))
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return invalid('the table is not JSON', error)
  }
  const { version, root, total, allocations } = (json ?? {}) as Record<string, unknown>
  if (version !== VERSION || !Array.isArray(allocations)) return invalid('it is no allocation table')
  const entries: { account: Address; amount: bigint }[] = []
  for (const [line, entry] of allocations.entries()) {
    const read = entryOf(entry)
    if (!read) return invalid(`line ${line} is not an address and a number`)
    entries.push(read)
  }
  const table = createAllocationTable(entries)
  if (!table.ok) return table
  if (table.value.root !== root) return invalid(`its lines have the root ${table.value.root}, not ${root}`)
  if (String(table.value.total) !== total)
    return invalid(`its lines sum up to ${table.value.total}, not ${total}`)
  return table
}

function entryOf(entry: unknown): { account: Address; amount: bigint } | undefined {
  if (!Array.isArray(entry) || entry.length !== 2) return undefined
  const account = parseAddress(entry[0])
  const amount: unknown = entry[1]
  if (!account.ok || typeof amount !== 'string' || !/^[1-9]\d{0,28}$/.test(amount)) return undefined
  return { account: account.value, amount: BigInt(amount) }
}
