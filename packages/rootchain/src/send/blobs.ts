import { type Hash, hash } from '@omg/protocol'
import { concatHex, fromRlp, type Hex, sha256, toRlp } from 'viem'

/** A blob with what Ethereum wants beside it. It travels with the transaction and is no part of it. */
export interface BlobSidecar {
  /** 131,072 bytes. */
  readonly blob: Hex
  /** Its KZG commitment, 48 bytes. */
  readonly commitment: Hex
  /** That the blob is what the commitment commits to, 48 bytes. */
  readonly proof: Hex
}

/** Bytes of a blob. */
export const BLOB_BYTES = 131_072
/** Blob gas of one blob. */
export const BLOB_GAS = 131_072n

const HASH_VERSION = '0x01'
const BLOB_TRANSACTION = '0x03'

/** `0x01 ‖ sha256(commitment)[1..]`: how a transaction and the header of a checkpoint name a blob. */
export function versionedHash({ commitment }: Pick<BlobSidecar, 'commitment'>): Hash {
  return hash(`${HASH_VERSION}${sha256(commitment).slice(4)}`)
}

/** A signed transaction of type 3 as the network passes it on, with its sidecars. */
export function withSidecars(signed: Hex, sidecars: readonly BlobSidecar[]): Hex {
  const fields = fromRlp(`0x${signed.slice(4)}`)
  const column = (name: keyof BlobSidecar) => sidecars.map(sidecar => sidecar[name])
  return concatHex([
    BLOB_TRANSACTION,
    toRlp([fields as Hex[], column('blob'), column('commitment'), column('proof')]),
  ])
}

/** The other way round: the part that is signed and hashed. */
export function withoutSidecars(raw: Hex): Hex {
  const [fields] = fromRlp(`0x${raw.slice(4)}`) as [Hex[]]
  return concatHex([BLOB_TRANSACTION, toRlp(fields)])
}
