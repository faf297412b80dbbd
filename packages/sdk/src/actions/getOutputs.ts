import type { Address, Amount, Guard, OutputId, OutputTypeName, Position, TxHash } from '@omg/protocol'
import type { Client } from '../client.ts'
import { Fields } from '../node/decode.ts'

/** How final an output is: in a block, in a closed checkpoint, or in one that Ethereum has accepted. */
export const OUTPUT_STATES = ['included', 'checkpointed', 'committed'] as const
export type OutputState = (typeof OUTPUT_STATES)[number]

/** An unspent output. */
export interface OwnedOutput {
  readonly id: OutputId
  readonly type: OutputTypeName
  readonly guard: Guard
  /** Zero is ETH. */
  readonly token: Address
  /** Token units; of an ITEM the token id. */
  readonly amount: Amount
  readonly position: Position
  /** The block that made it. */
  readonly height: bigint
  /** The transaction that made it; undefined for a deposit. */
  readonly txHash: TxHash | undefined
  readonly status: OutputState
  /** A started exit, or a payment whose in-flight exit was started, forbids to spend it (R6). What has left stays locked. */
  readonly locked: boolean
}

export interface GetOutputsParameters {
  /** Default: the client's account. */
  readonly owner?: Address
  readonly token?: Address
  /** Of the page before. */
  readonly cursor?: string
  /** At most 200, default 100. */
  readonly limit?: number
}

export interface OutputPage {
  readonly outputs: readonly OwnedOutput[]
  /** Pass it on for the next page; undefined at the end. */
  readonly cursor: string | undefined
}

/** A page of the unspent outputs of an owner. */
export async function getOutputs(client: Client, parameters: GetOutputsParameters = {}): Promise<OutputPage> {
  const { owner = client.address(), ...rest } = parameters
  const answer = new Fields(await client.node.request('omg_getOutputs', { owner, ...rest }), 'page')
  return {
    outputs: answer.list('outputs', outputFrom),
    cursor: answer.has('cursor') ? answer.text('cursor') : undefined,
  }
}

/** Most outputs that a payment looks at: many more than one can spend. */
const MAX_LISTED = 5_000
const PAGE = 200

/** All unspent outputs of the client's account, page by page. */
export async function getAllOutputs(client: Client, token?: Address): Promise<OwnedOutput[]> {
  const outputs: OwnedOutput[] = []
  let cursor: string | undefined
  do {
    const page = await getOutputs(client, { limit: PAGE, ...(token && { token }), ...(cursor && { cursor }) })
    outputs.push(...page.outputs)
    cursor = page.cursor
  } while (cursor !== undefined && outputs.length < MAX_LISTED)
  return outputs
}

export function outputFrom(value: unknown): OwnedOutput {
  const fields = new Fields(value, 'output')
  return {
    id: fields.hash<OutputId>('id'),
    type: fields.outputType('type'),
    guard: fields.hash<Guard>('guard'),
    token: fields.address('token'),
    amount: fields.amount('amount'),
    position: fields.integer('position') as Position,
    height: fields.integer('height'),
    txHash: fields.has('txHash') ? fields.hash<TxHash>('txHash') : undefined,
    status: fields.oneOf('status', OUTPUT_STATES),
    locked: fields.flag('locked'),
  }
}
