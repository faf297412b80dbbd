import type { FeeToken } from '@omg/ledger'
import { type Address, unpackLanes } from '@omg/protocol'
import type { ActivityRow, BalanceRow, FeeRow, TokenRow } from '../store/tables.ts'
import type { BlockEffect, OwnedOutput } from './effects.ts'

/** Sums of one owner in one transaction: one for each token, and one for each item. */
type Sums = Map<string, Pick<ActivityRow, 'owner' | 'token' | 'item' | 'received' | 'sent'>>

/** What a block did to each owner, in the order of the block: first the deposits, then the transactions. */
export function activityOf(
  { deposits, transactions }: BlockEffect,
  { height, time }: { height: bigint; time: bigint },
): ActivityRow[] {
  const rows: ActivityRow[] = []
  const add = (sums: Sums, from: Pick<ActivityRow, 'kind' | 'txHash' | 'outputId'>) => {
    for (const sum of sums.values()) rows.push({ ...from, ...sum, height, ordinal: rows.length, time })
  }
  for (const deposit of deposits) {
    add(sumsOf([], [deposit]), { kind: 'deposit', txHash: null, outputId: deposit.id })
  }
  for (const { hash, transaction, spent, made } of transactions) {
    add(sumsOf(spent, made), { kind: transaction.kind, txHash: hash, outputId: null })
  }
  return rows
}

function sumsOf(spent: readonly OwnedOutput[], made: readonly OwnedOutput[]): Sums {
  const sums: Sums = new Map()
  const add = ({ owner, output }: OwnedOutput, side: 'received' | 'sent') => {
    if (owner === null) return
    const item = output.type === 'item' ? output.amount : null
    const key = `${owner} ${output.token} ${item ?? ''}`
    const sum = sums.get(key) ?? { owner, token: output.token, item, received: 0n, sent: 0n }
    sum[side] += item === null ? output.amount : 1n
    sums.set(key, sum)
  }
  for (const output of spent) add(output, 'sent')
  for (const output of made) add(output, 'received')
  return sums
}

/** Changes to balances, as rows to add to what is there. */
export class BalanceChanges {
  readonly #rows = new Map<string, BalanceRow>()

  add({ owner, output, heldAs }: OwnedOutput, sign: 1n | -1n): void {
    if (owner === null) return
    const key = `${owner} ${output.token} ${heldAs}`
    const row = this.#rows.get(key) ?? { owner, token: output.token, heldAs, amount: 0n, outputs: 0n }
    row.amount += sign * (output.type === 'item' ? 1n : output.amount)
    row.outputs += sign
    this.#rows.set(key, row)
  }

  addBlock({ deposits, transactions }: BlockEffect): void {
    for (const output of deposits) this.add(output, 1n)
    for (const { spent, made } of transactions) {
      for (const output of spent) this.add(output, -1n)
      for (const output of made) this.add(output, 1n)
    }
  }

  rows(): BalanceRow[] {
    return [...this.#rows.values()]
  }
}

/** Changes to what is known of each token, as rows to add to what is there. */
export class TokenChanges {
  readonly #rows = new Map<Address, TokenRow>()

  addBlock({ deposits, transactions }: BlockEffect, fees: readonly FeeRow[]): void {
    for (const { output } of deposits) {
      this.#add(output, 1n)
      if (output.type !== 'item') this.#row(output.token).deposited += output.amount
    }
    for (const { spent, made } of transactions) {
      for (const { output } of spent) this.#add(output, -1n)
      for (const { output } of made) this.#add(output, 1n)
    }
    for (const { token, amount } of fees) this.#row(token).fees += amount
  }

  rows(): TokenRow[] {
    return [...this.#rows.values()]
  }

  #add({ type, token, amount }: OwnedOutput['output'], sign: 1n | -1n): void {
    const row = this.#row(token)
    if (type === 'item') row.items += sign
    else row.supply += sign * amount
    row.outputs += sign
  }

  #row(token: Address): TokenRow {
    const known = this.#rows.get(token)
    if (known) return known
    const row: TokenRow = { token, supply: 0n, outputs: 0n, items: 0n, deposited: 0n, fees: 0n }
    this.#rows.set(token, row)
    return row
  }
}

/** The fees that a block collected, in token units. `lanes` are packed. */
export function feesOf(lanes: bigint, height: bigint, feeTokens: readonly FeeToken[]): FeeRow[] {
  const amounts = unpackLanes(lanes)
  return feeTokens
    .map(({ lane, token, unit }) => ({ token, height, amount: amounts[lane]! * unit }))
    .filter(({ amount }) => amount > 0n)
}
