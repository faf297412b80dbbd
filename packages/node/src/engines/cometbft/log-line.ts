import type { Logger } from 'pino'

/** Modules whose errors are about others and not about us: peers come and go. */
const OF_PEERS = ['p2p', 'pex', 'blocksync', 'mempool', 'evidence', 'statesync']
/** How the guard names a record of votes that is older than its votes. */
const RESTORED = 'signer.restored'

/** What a line means to us. */
export interface Notable {
  /** In words, if it tells why CometBFT may end. */
  readonly words?: string
  /** Up to which height the guard of the votes signs nothing (tools/cometbft/guard). */
  readonly silentUntil?: bigint
}

/** Takes a line of CometBFT's log into ours, with its module and its fields. */
export function logLine(line: string, logger: Logger): Notable {
  const entry = parse(line)
  if (!entry) {
    if (line.trim() === '') return {}
    logger.warn({ engine: 'cometbft' }, line)
    return { words: line }
  }
  const { level, _msg, msg = _msg, ts: _, ...fields } = entry
  const text = String(msg ?? '')
  const isOfPeers = OF_PEERS.includes(String(fields.module))
  const ours = level === 'error' ? (isOfPeers ? 'warn' : 'error') : level === 'info' ? 'debug' : 'trace'
  logger[ours]({ engine: 'cometbft', ...fields }, text)
  if (level !== 'error') return {}
  const cause = fields.err ?? fields.error
  const words = cause === undefined ? text : `${text}: ${cause}`
  const isSilent = fields.code === RESTORED && Number.isSafeInteger(fields.until)
  return isSilent ? { words, silentUntil: BigInt(fields.until as number) } : { words }
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
