import type { OutputId, Position } from '@omg/protocol'
import { type Address, type Guard, isTradingBalance, type OmgError, type OrderTerms } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { Fields } from '../node/decode.ts'
import { termsIn } from '../order/live.ts'

export interface GetTradingBalancesParameters {
  /** Default: whom the client trades for. */
  readonly owner?: Address
}

/** What waits for instructions under one set of owner, agent and receiver, of one token. */
export interface TradingBalance {
  /** The same for all tokens of these three addresses. */
  readonly guard: Guard
  /** Says owner, agent and receiver. */
  readonly terms: OrderTerms
  readonly token: Address
  /** Token units, of all outputs. */
  readonly amount: bigint
  /** The largest ones, up to the 64 that a node lists. */
  readonly outputs: readonly TradingOutput[]
}

export interface TradingOutput {
  readonly id: OutputId
  /** Token units. */
  readonly amount: bigint
  /** Undefined until its checkpoint is closed. */
  readonly position: Position | undefined
}

export type GetTradingBalancesReturnType = TradingBalance[]

export type GetTradingBalancesErrorType = SdkError | OmgError

/** The trading balances of an owner, one for each guard and token. */
export async function getTradingBalances(
  client: Client,
  parameters: GetTradingBalancesParameters = {},
): Promise<GetTradingBalancesReturnType> {
  const { owner = client.owner() } = parameters
  const balances: TradingBalance[] = []
  let cursor: string | undefined
  do {
    const params = { owner, ...(cursor !== undefined && { cursor }) }
    const page = new Fields(await client.node.request('omg_getTradingBalances', params), 'balances')
    balances.push(...page.list('balances', value => balanceFrom(value, owner)))
    cursor = page.has('cursor') ? page.text('cursor') : undefined
  } while (cursor !== undefined && balances.length < MAX_LISTED)
  return balances
}

/** More trading balances than anybody manages. */
const MAX_LISTED = 10_000

function balanceFrom(value: unknown, owner: Address): TradingBalance {
  const fields = new Fields(value, 'trading balance')
  const guard = fields.hash<Guard>('guard')
  const terms = termsIn(fields, guard)
  if (!isTradingBalance(terms) || terms.owner !== owner.toLowerCase()) {
    throw sdkError('node.answer', `${guard} is no trading balance of ${owner}`)
  }
  return {
    guard,
    terms,
    token: fields.address('token'),
    amount: fields.amount('amount'),
    outputs: fields.list('outputs', outputFrom),
  }
}

function outputFrom(value: unknown): TradingOutput {
  const fields = new Fields(value, 'output')
  return {
    id: fields.hash<OutputId>('id'),
    amount: fields.amount('amount'),
    position: fields.has('position') ? (fields.integer('position') as Position) : undefined,
  }
}
