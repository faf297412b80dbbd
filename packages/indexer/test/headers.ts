import type { ClosedCheckpoint } from '@omg/ledger'
import { HEADER_VERSION, type Header, ZERO_HASH } from '@omg/protocol'
import { EXCHANGE_PARAMETERS } from './market.ts'

const { domain } = EXCHANGE_PARAMETERS

/** The header that a node shows of a closed checkpoint. */
export function headerOf(closed: ClosedCheckpoint): Header {
  return {
    ...{ ...closed, version: HEADER_VERSION, chainId: domain.chainId, contract: domain.verifyingContract },
    ...{ parentHash: ZERO_HASH, validatorSetId: 1n, daMode: 'plasma', daCommitments: [] },
  }
}
