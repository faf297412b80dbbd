import {
  concat,
  decodeOutput,
  encodePosition,
  encodeTransaction,
  fromHex,
  type Hash,
  type Output,
  type OutputId,
  type Position,
  parsePosition,
  type Transaction,
  toHex,
  unwrap,
} from '@omg/protocol'
import { getDeposit, type Origin } from '@omg/rootchain'
import type { Client } from '../client.ts'
import { sdkError } from '../error.ts'
import { Fields, integerOf } from '../node/decode.ts'

/** Everything that Ethereum must see to let an output exit. A careful wallet keeps it for each of its outputs. */
export interface ExitProof {
  readonly id: OutputId
  readonly output: Output
  readonly position: Position
  readonly origin: Origin
  /** Whether Ethereum has accepted the checkpoint. Always true of a deposit. */
  readonly committed: boolean
}

/** Asks the node for the proof of an output, and Ethereum for its deposit. */
export async function readExitProof(client: Client, id: OutputId): Promise<ExitProof> {
  const fields = new Fields(await client.node.request('omg_getExitProof', { outputId: id }), 'exit proof')
  const output = unwrap(decodeOutput(fromHex(fields.hex('output'))))
  const position = fields.integer('position') as Position
  if (fields.oneOf('kind', ['deposit', 'transaction']) === 'deposit') {
    return {
      id,
      output,
      position,
      origin: await depositOrigin(client, id, output, position),
      committed: true,
    }
  }
  const { shard, index } = parsePosition(position)
  const positions = fields.list('inputPositions', value =>
    encodePosition(integerOf(value, 'position') as Position),
  )
  const origin: Origin = {
    creator: { transaction: fields.hex('transaction'), outputIndex: fields.count('outputIndex') },
    inclusion: {
      header: fields.hex('header'),
      path: (shard << 16) | index,
      witnessHash: fields.hash<Hash>('witnessHash'),
      inputPositions: toHex(concat(...positions)),
      lanes: fields.integer('lanes'),
      proof: fields.hex('proof'),
    },
  }
  return { id, output, position, origin, committed: fields.flag('committed') }
}

/** A deposit is made by Ethereum itself, so its transaction follows from what Ethereum remembers. */
async function depositOrigin(
  client: Client,
  id: OutputId,
  output: Output,
  position: Position,
): Promise<Origin> {
  const record = await getDeposit(await client.rootChain(), { id })
  if (!record) throw sdkError('node.answer', `the node calls ${id} a deposit, Ethereum does not know it`)
  const deposit: Transaction = { kind: 'deposit', inboxIndex: record.index, position, output }
  return { creator: { transaction: toHex(encodeTransaction(deposit)), outputIndex: 0 } }
}
