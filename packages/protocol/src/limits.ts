/** Limits and sizes of the wire format (docs/encoding.md). Units are in the names. */

export const ADDRESS_BYTES = 20
export const HASH_BYTES = 32
export const OUTPUT_BYTES = 69
export const POSITION_BYTES = 12
export const SIGNATURE_BYTES = 65
export const ORDER_TERMS_BYTES = 237
export const SWAP_TERMS_BYTES = 80

export const MAX_INPUTS = 16
export const MAX_OUTPUTS = 16
export const MAX_STEPS = 16
export const MAX_STEP_INPUTS = 8
export const MIN_FILLS = 2
export const MAX_FILLS = 16
export const MAX_FEE_BPS = 10_000
/** One for each distinct owner of a PAY's inputs. */
export const MAX_SIGNATURES = MAX_INPUTS
/** One for each ORDER output of a PAY or for each step of a MOVE, and the terms they are chained to. */
export const MAX_ORDER_TERMS = MAX_OUTPUTS
/** Most links of a chain of orders: an order, and up to four that its proceeds flow through. */
export const MAX_CHAIN_LINKS = 4
export const MAX_SWAP_TERMS = 1
export const MAX_DA_COMMITMENTS = 255
/** Most shards of a checkpoint whose data comes as blobs: one Ethereum transaction carries all of them (EIP-7594). */
export const MAX_CHECKPOINT_BLOBS = 6
/** Most blocks of a checkpoint whose data comes as blobs: so many have a row in the table beside its last shard. */
export const MAX_BLOB_BLOCKS = 383
/** Most seconds between two blocks of such a checkpoint. */
export const MAX_BLOB_SECONDS = 65_535n

/** The longest transaction is a MOVE of 16 steps with 8 inputs each. */
export const MAX_TRANSACTION_BYTES = 1 + 1 + MAX_STEPS * (80 + 1 + MAX_STEP_INPUTS * HASH_BYTES) + 16
/** The longest MOVE without its inputs. */
const MAX_EMPTY_MOVE_BYTES = 1 + 1 + MAX_STEPS * (80 + 1) + 16
/** The longest witness: every part at its limit. */
export const MAX_WITNESS_BYTES =
  4 +
  MAX_SIGNATURES * SIGNATURE_BYTES +
  MAX_ORDER_TERMS * ORDER_TERMS_BYTES +
  MAX_SWAP_TERMS * SWAP_TERMS_BYTES +
  HASH_BYTES
/** A longer message is refused before it is read. */
export const MAX_SIGNED_TRANSACTION_BYTES = MAX_TRANSACTION_BYTES + MAX_WITNESS_BYTES
/** The longest signed instruction: 16 steps, one signature, 16 terms. */
export const MAX_INSTRUCTION_BYTES =
  MAX_EMPTY_MOVE_BYTES + 4 + SIGNATURE_BYTES + MAX_ORDER_TERMS * ORDER_TERMS_BYTES

export const TREE_DEPTH = 24
export const MAX_SHARD_LEAVES = 65_536
/** 4096 field elements of 31 bytes: one EIP-4844 blob holds any shard. */
export const MAX_SHARD_BLOB_BYTES = 126_976
export const LANE_COUNT = 4

export const MAX_U8 = 0xff
export const MAX_U16 = 0xffff
export const MAX_U32 = 0xffff_ffff
export const MAX_U64 = (1n << 64n) - 1n
export const MAX_U128 = (1n << 128n) - 1n
export const MAX_U256 = (1n << 256n) - 1n
