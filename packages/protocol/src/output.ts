import { type OmgError, protocolError, type Result } from './error.ts'
import {
  type Address,
  type Amount,
  address,
  type Guard,
  type OutputId,
  type Position,
  type TxHash,
  ZERO_ADDRESS,
} from './hex.ts'
import { MAX_U128, OUTPUT_BYTES } from './limits.ts'
import { writePosition } from './position.ts'
import { Reader } from './reader.ts'
import { taggedHash } from './tag.ts'
import { Writer } from './writer.ts'

/** The byte of each output type. */
export const OutputType = { coin: 1, order: 2, fee: 3, swap: 4, chain: 5, item: 6 } as const

/** What an output is: decides who may spend it and how. */
export type OutputTypeName = keyof typeof OutputType

const TYPE_NAMES = Object.keys(OutputType) as OutputTypeName[]
const GUARD_PADDING = '00'.repeat(12)

/** A typed coin: the one primitive of the ledger (69 bytes). */
export interface Output {
  readonly type: OutputTypeName
  /** COIN and ITEM: the padded owner. ORDER and SWAP: the hash of the terms. FEE: the pool. CHAIN: the child chain. */
  readonly guard: Guard
  /** The token's contract; zero is ETH. */
  readonly token: Address
  /** Token units, at least 1; of an ITEM the ERC-721 token id. */
  readonly amount: Amount
}

/** A bigint as an amount. Throws `encoding.range` outside 0 to 2^128 - 1. */
export function amount(value: bigint): Amount {
  if (value < 0n || value > MAX_U128) throw protocolError('encoding.range', `${value} is not an amount`)
  return value as Amount
}

/** The guard of a COIN or ITEM: its owner, left-padded to 32 bytes. */
export function coinGuard(owner: Address): Guard {
  return `0x${GUARD_PADDING}${address(owner).slice(2)}` as Guard
}

/** The owner of a COIN's or ITEM's guard. Throws `encoding.guard` for any other guard. */
export function ownerOfGuard(guard: Guard): Address {
  const problem = ownerProblem(guard)
  if (problem) throw problem
  return `0x${guard.slice(26).toLowerCase()}` as Address
}

/** What is wrong with an output, if anything; both the encoder and the decoder ask. */
export function outputProblem(output: Output): OmgError | undefined {
  const { type, guard, token, amount } = output
  if (type === 'coin' || type === 'item') {
    const problem = ownerProblem(guard)
    if (problem) return problem
  }
  if (type === 'item') {
    return token === ZERO_ADDRESS ? protocolError('encoding.token', 'an ITEM of ETH') : undefined
  }
  return amount === 0n ? protocolError('encoding.range', 'an output of nothing') : undefined
}

/** An output as 69 bytes. Throws where it is not valid. */
export function encodeOutput(output: Output): Uint8Array {
  const writer = new Writer(OUTPUT_BYTES)
  writeOutput(writer, output)
  return writer.finish()
}

/** 69 bytes to an output. Errors: `encoding.truncated`, `.trailing`, `.kind`, `.guard`, `.token`, `.range`. */
export function decodeOutput(bytes: Uint8Array): Result<Output> {
  const reader = new Reader(bytes)
  return reader.finish(readOutput(reader))
}

export function writeOutput(writer: Writer, output: Output): void {
  const problem = outputProblem(output)
  if (problem) throw problem
  const type: number | undefined = OutputType[output.type]
  if (type === undefined) throw protocolError('encoding.kind', `output type ${output.type} does not exist`)
  writer.u8(type).hash(output.guard).address(output.token).u128(output.amount)
}

export function readOutput(reader: Reader): Output {
  const code = reader.u8()
  const type = TYPE_NAMES[code - 1]
  if (!type) reader.refuseWith('encoding.kind', `output type ${code} does not exist`)
  const output: Output = {
    type: type ?? 'coin',
    guard: reader.hash<Guard>(),
    token: reader.address(),
    amount: reader.u128(),
  }
  if (!reader.failed) reader.refuse(outputProblem(output))
  return output
}

/** The id of output `index` of a transaction: `keccak(0x02 ‖ txHash ‖ index)`. */
export function outputId(txHash: TxHash, index: number): OutputId {
  return taggedHash('output', new Writer(33).hash(txHash).u8(index).finish()) as OutputId
}

/** The id of a deposit: `keccak(0x03 ‖ Output ‖ Position)`. The position makes equal deposits differ. */
export function depositId(output: Output, position: Position): OutputId {
  const writer = new Writer(81)
  writeOutput(writer, output)
  writePosition(writer, position)
  return taggedHash('deposit', writer.finish()) as OutputId
}

function ownerProblem(guard: Guard): OmgError | undefined {
  if (guard.length !== 66 || guard.slice(2, 26) !== GUARD_PADDING) {
    return protocolError('encoding.guard', 'the guard is not a padded address')
  }
  return `0x${guard.slice(26)}` === ZERO_ADDRESS
    ? protocolError('encoding.guard', 'the owner is the zero address')
    : undefined
}
