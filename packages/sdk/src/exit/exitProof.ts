import type { Guard, Hash, Output, OutputId, Position } from '@omg/protocol'
import type { Origin } from '@omg/rootchain'
import type { Client } from '../client.ts'
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

function outputFrom(fields: Fields): Output {
  return {
    type: fields.outputType('type'),
    guard: fields.hash<Guard>('guard'),
    token: fields.address('token'),
    amount: fields.amount('amount'),
  }
}
