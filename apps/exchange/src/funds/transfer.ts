import { type Address, type Hash, type OutputId, parseAddress, parseHash, type TxHash } from '@omg/protocol'
import type { Problem } from '@omg/ui/account/problem.ts'

/** What a deposit goes through, in this order. */
export const DEPOSIT_STAGES = ['sending', 'final', 'moving', 'done'] as const
/** What a withdrawal goes through, in this order. */
export const WITHDRAWAL_STAGES = [
  'paying',
  'committing',
  'starting',
  'waiting',
  'processing',
  'claiming',
  'done',
] as const

export type DepositStage = (typeof DEPOSIT_STAGES)[number]
export type WithdrawalStage = (typeof WITHDRAWAL_STAGES)[number]

interface Common {
  readonly id: string
  readonly token: Address
  /** Token units. */
  readonly amount: bigint
  /** Milliseconds since 1970. */
  readonly created: number
  /** Why it stands; undefined while it goes on. */
  readonly problem: Problem | undefined
}

/** Money on its way from Ethereum. What is known is kept, so that a reload goes on where it was and sends nothing twice. */
export interface Deposit extends Common {
  readonly kind: 'deposit'
  readonly stage: DepositStage
  /** Whether it becomes money to trade with when it is here. */
  readonly trade: boolean
  /** Ethereum's last block before it was sent: a deposit that was sent and not heard of is looked for from here. */
  readonly since: bigint | undefined
  readonly output: OutputId | undefined
  /** On Ethereum. */
  readonly transaction: Hash | undefined
  readonly block: bigint | undefined
}

/** Money on its way to Ethereum. */
export interface Withdrawal extends Common {
  readonly kind: 'withdrawal'
  readonly stage: WithdrawalStage
  readonly source: 'trading' | 'coin'
  /** Makes the coin that leaves. */
  readonly payment: TxHash | undefined
  readonly output: OutputId | undefined
  /** The coin is in a checkpoint that Ethereum has. */
  readonly checkpoint: bigint | undefined
  /** Seconds of Ethereum time. */
  readonly exitableAt: bigint | undefined
  /** On Ethereum: the start, and the payment. */
  readonly started: Hash | undefined
  readonly paid: Hash | undefined
}

export type Transfer = Deposit | Withdrawal

const nameOf = (owner: Address) => `transfers ${owner}`
/** Most transfers that are kept; the oldest ones that are done go first. */
const MAX_KEPT = 20

export function readTransfers(owner: Address, storage: Pick<Storage, 'getItem'> = localStorage): Transfer[] {
  try {
    const list: unknown = JSON.parse(storage.getItem(nameOf(owner)) ?? '[]')
    return Array.isArray(list) ? list.slice(0, MAX_KEPT).flatMap(value => transferFrom(value) ?? []) : []
  } catch {
    return []
  }
}

export function keepTransfers(
  owner: Address,
  transfers: readonly Transfer[],
  storage: Pick<Storage, 'setItem'> = localStorage,
): void {
  const kept = transfers.filter(({ stage }, index) => stage !== 'done' || index < MAX_KEPT)
  const text = JSON.stringify(kept.slice(0, MAX_KEPT), (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  storage.setItem(nameOf(owner), text)
}

/** A transfer as it was kept; undefined where that is not readable. */
export function transferFrom(value: unknown): Transfer | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const kept = value as Record<string, unknown>
  const token = parseAddress(kept.token)
  const amount = integer(kept.amount)
  if (!token.ok || amount === undefined || typeof kept.id !== 'string' || typeof kept.created !== 'number')
    return undefined
  const common = {
    id: kept.id,
    token: token.value,
    amount,
    created: kept.created,
    problem: problemIn(kept.problem),
  }
  const output = hashIn<OutputId>(kept.output)
  if (kept.kind === 'deposit') {
    const stage = DEPOSIT_STAGES.find(name => name === kept.stage)
    if (!stage) return undefined
    const facts = {
      since: integer(kept.since),
      block: integer(kept.block),
      transaction: hashIn(kept.transaction),
    }
    return { ...common, ...facts, kind: 'deposit', stage, output, trade: kept.trade === true }
  }
  const stage = WITHDRAWAL_STAGES.find(name => name === kept.stage)
  if (kept.kind !== 'withdrawal' || !stage) return undefined
  const source = kept.source === 'coin' ? 'coin' : 'trading'
  return {
    ...{ ...common, kind: 'withdrawal', stage, source, output },
    ...{ payment: hashIn<TxHash>(kept.payment), checkpoint: integer(kept.checkpoint) },
    ...{ exitableAt: integer(kept.exitableAt), started: hashIn(kept.started), paid: hashIn(kept.paid) },
  }
}

function integer(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^\d{1,78}$/.test(value) ? BigInt(value) : undefined
}

function hashIn<T extends Hash = Hash>(value: unknown): T | undefined {
  const parsed = parseHash(value)
  return parsed.ok ? (parsed.value as T) : undefined
}

function problemIn(value: unknown): Problem | undefined {
  const { title, text, code } = (value ?? {}) as Partial<Record<string, unknown>>
  const isProblem = typeof title === 'string' && typeof text === 'string' && typeof code === 'string'
  return isProblem ? { title, text, code } : undefined
}
