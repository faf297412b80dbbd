import { OmgError } from '@omg/protocol'

/** Every error code that the indexer adds, with what the caller can do. */
export const INDEXER_ERRORS = {
  'configuration.invalid': 'Correct the setting named in the message; --help lists all of them.',
  'request.invalid': 'Correct the field named in the message; GET /openapi.json describes every request.',
  'request.limit': 'Ask for less at once; the limit is in the message.',
  'request.rate': 'Slow down; the header retry-after says how many seconds to wait.',
  'request.not_found': 'Ask for something that the chain has; GET /status shows how far this indexer is.',
  'request.cursor': 'Start again without a cursor; a cursor goes with the query that it was given for.',
  'stream.channel': 'Name a channel of docs/indexer.md, with an existing market where it takes one.',
  'stream.slow': 'Read faster, or subscribe to less; connect again and resume from your last sequence.',
  'block.unexpected': 'Serve the block of the height that was asked for.',
  'replay.unknown': 'Name a block and a market of which GET /markets/{market}/batches has an auction.',
  'replay.order':
    'Name an order that was in the book when the block before it ended: it takes part from the block after its own on.',
  'replay.mismatch':
    'Do not trust this node: ask another one, and tell the operators. If all say the same, leave through an exit.',
  'indexer.chain': 'Use another database, or a node of the chain that this one was filled from.',
  'indexer.store': 'Check the database; the indexer goes on where it was as soon as it answers.',
  'indexer.damaged': 'Use an empty database: everything in it is made again from the chain.',
  'indexer.internal': 'Report this with the log of the indexer.',
} as const

export type IndexerErrorCode = keyof typeof INDEXER_ERRORS

/** An error of the indexer, with the action that belongs to its code. */
export function indexerError(code: IndexerErrorCode, message: string, cause?: unknown): OmgError {
  return new OmgError(code, message, INDEXER_ERRORS[code], cause === undefined ? undefined : { cause })
}
