import {
  type Domain,
  domainSeparator,
  encodeSignedTransaction,
  fromHex,
  HASH_BYTES,
  type OutputId,
  outputId,
  type SignedTransaction,
  TAG,
  type TxHash,
  toHex,
  transactionHash,
} from '@omg/protocol'
import { createArena, fastKeccak256 } from '../keccak.ts'
import type { Mapper } from '../map.ts'
import { KIND_SETTLE, RECORD, recordAt, recordHash, recordOutputId, signerAt } from '../record.ts'
import type { MappedRecord } from '../types.ts'
import { outputsAtMost } from './listed.ts'

/** The names that a transaction of a batch gets. */
export interface Sealed {
  readonly hash: TxHash
  /** Of all outputs that it could make. */
  readonly outputIds: readonly OutputId[]
  /** Where the sealer makes one. */
  readonly record?: MappedRecord
}

export type Sealer = (signed: SignedTransaction) => Sealed

/** Names by the words of the protocol alone. */
export function createPlainSealer(domain: Domain): Sealer {
  return ({ transaction }) => {
    const hash = transactionHash(transaction, domain)
    const count = outputsAtMost(transaction)
    return { hash, outputIds: Array.from({ length: count }, (_, index) => outputId(hash, index)) }
  }
}

const WITNESS_BYTES = 4
const EMPTY_WITNESS_HASH = fastKeccak256(new Uint8Array(WITNESS_BYTES))
/** Places in the arena: `0x04 ‖ separator ‖ transaction`; `0x02 ‖ hash ‖ index`, an id. */
const AT = { transaction: 0, output: 4096, id: 4160 } as const

/** Makes records as the map stage would, SETTLEs without decoding again what was just encoded. */
export function createSealer(domain: Domain, map: Mapper): Sealer {
  const arena = createArena()
  const { bytes } = arena
  bytes[AT.transaction] = TAG.transaction
  bytes.set(fromHex(domainSeparator(domain)), 1)
  bytes[AT.output] = TAG.output

  function settle(signed: Uint8Array, fills: number): MappedRecord {
    const body = signed.length - WITNESS_BYTES
    bytes.set(signed.subarray(0, body), 1 + HASH_BYTES)
    arena.hash(AT.transaction, 1 + HASH_BYTES + body, AT.output + 1)
    const outputs = 2 * fills
    const at = signerAt(0) + HASH_BYTES * outputs
    const record = new Uint8Array(at + signed.length) as MappedRecord
    record.set(bytes.subarray(AT.output + 1, AT.output + 1 + HASH_BYTES), RECORD.hash)
    record.set(EMPTY_WITNESS_HASH, RECORD.witnessHash)
    record[RECORD.kind] = KIND_SETTLE
    record[RECORD.inputs] = fills
    record[RECORD.outputs] = outputs
    new DataView(record.buffer).setUint32(RECORD.signedBytes, signed.length)
    for (let i = 0; i < outputs; i++) {
      bytes[AT.output + 1 + HASH_BYTES] = i
      arena.hash(AT.output, 2 + HASH_BYTES, AT.id)
      record.set(bytes.subarray(AT.id, AT.id + HASH_BYTES), signerAt(0) + HASH_BYTES * i)
    }
    record.set(signed, at)
    return record
  }

  return transaction => {
    const signed = encodeSignedTransaction(transaction)
    const record =
      transaction.transaction.kind === 'settle'
        ? settle(signed, transaction.transaction.fills.length)
        : recordAt(map(signed, Uint32Array.of(0, signed.length)), 0)!
    const count = outputsAtMost(transaction.transaction)
    const idOf = (_: unknown, i: number) => toHex(recordOutputId(record, i)) as OutputId
    return { hash: recordHash(record), outputIds: Array.from({ length: count }, idOf), record }
  }
}
