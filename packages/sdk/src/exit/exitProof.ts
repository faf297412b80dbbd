import {
  decodeTransaction,
  fromHex,
  type Guard,
  type Hash,
  type Output,
  type OutputId,
  type Position,
  unwrap,
} from '@omg/protocol'
import type { Origin } from '@omg/rootchain'
import type { Client } from '../client.ts'
import { sdkError } from '../error.ts'
import { Fields } from '../node/decode.ts'

/** Everything that Ethereum must see to let an output exit. A careful wallet keeps it for each of its outputs. */
export interface ExitProof {
  readonly id: OutputId
  readonly output: Output
  readonly position: Position
  readonly origin: Origin
  /** Whether Ethereum has accepted the checkpoint. Always true of a deposit. */
  readonly committed: boolean
}

/** Asks the node. A wrong answer costs nothing: Ethereum refuses the exit before anything is sent. */
export async function readExitProof(client: Client, id: OutputId): Promise<ExitProof> {
  const fields = new Fields(await client.node.request('omg_getExitProof', { outputId: id }), 'exit proof')
  const output = outputFrom(fields.object('output'))
  const position = fields.integer('position') as Position
  const transaction = fields.hex('transaction')
  if (fields.oneOf('kind', ['deposit', 'transaction']) === 'deposit') {
    return { id, output, position, origin: { creator: { transaction, outputIndex: 0 } }, committed: true }
  }
  const origin: Origin = {
    creator: { transaction, outputIndex: fields.count('outputIndex') },
    inclusion: {
      header: fields.hex('header'),
      path: fields.count('path'),
      witnessHash: fields.hash<Hash>('witnessHash'),
      inputPositions: fields.hex('inputPositions'),
      lanes: fields.integer('lanes'),
      proof: fields.hex('proof'),
    },
  }
  return { id, output, position, origin, committed: fields.flag('committed') }
}

/**
 * Refuses what no exit game takes yet, before a bond is at stake: orders and trading balances, and coins that an auction or an
 * instruction made.
 *
 * @throws SdkError `exit.uncommitted`, `exit.impossible`.
 */
export function checkExitable({ id, output, origin, committed }: ExitProof): void {
  if (!committed) throw sdkError('exit.uncommitted', `the checkpoint of output ${id} is not committed yet`)
  if (output.type !== 'coin' && output.type !== 'item')
    throw sdkError('exit.impossible', `output ${id} is of type ${output.type}, which cannot exit yet`)
  const { kind } = unwrap(decodeTransaction(fromHex(origin.creator.transaction)))
  if (kind === 'move' || kind === 'settle')
    throw sdkError('exit.impossible', `output ${id} was made by a ${kind}, whose outputs cannot exit yet`)
}

function outputFrom(fields: Fields): Output {
  return {
    type: fields.outputType('type'),
    guard: fields.hash<Guard>('guard'),
    token: fields.address('token'),
    amount: fields.amount('amount'),
  }
}
