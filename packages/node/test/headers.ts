import { type Hash, HEADER_VERSION, type Header, ZERO_HASH } from '@omg/protocol'
import { DEPLOYMENT, DOMAIN } from './harness.ts'

/** `M` of the test contracts. */
export const MAX_ORIGIN_AGE = BigInt(DEPLOYMENT.parameters.maxOriginAgeBlocks)

const hashOf = (text: string) => `0x${text.repeat(32)}` as Hash

/** A header of a checkpoint number. `text`, two hex digits, stands for its transactions. */
export function headerOf(text: string, checkpoint = 1n, origin = 100n): Header {
  return {
    version: HEADER_VERSION,
    chainId: DOMAIN.chainId,
    contract: DOMAIN.verifyingContract,
    checkpoint,
    parentHash: ZERO_HASH,
    txRoot: hashOf(text),
    feeLanes: 0n,
    txCount: 1,
    bookRoot: ZERO_HASH,
    batchRoot: ZERO_HASH,
    origin,
    originHash: hashOf('0e'),
    inboxCursor: 1n,
    validatorSetId: 1n,
    daMode: 'plasma',
    daCommitments: [],
    firstHeight: checkpoint,
    lastHeight: checkpoint,
  }
}

/** The same header with an origin `blocks` later, and all that a renewal changes besides. */
export function renewalOf(header: Header, blocks = MAX_ORIGIN_AGE + 1n): Header {
  return {
    ...header,
    parentHash: hashOf('aa'),
    origin: header.origin + blocks,
    originHash: hashOf('bb'),
    validatorSetId: header.validatorSetId + 1n,
  }
}
