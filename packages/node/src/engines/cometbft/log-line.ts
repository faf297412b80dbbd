import type { Logger } from 'pino'

/** Modules whose errors are about others and not about us: peers come and go. */
const OF_PEERS = ['p2p', 'pex', 'blocksync', 'mempool', 'evidence', 'statesync']

/**
 * Takes a line of CometBFT's log into ours, with its module and its fields. Returns it in words if it tells why CometBFT may end.
 */
export function logLine(line: string, logger: Logger): string | undefined {
  const entry = parse(line)
  if (!entry) {
    if (line.trim() === '') return undefined
    logger.warn({ engine: 'cometbft' }, line)
    return line
  }
  const { level, _msg, msg = _msg, ts: _, ...fields } = entry
  const text = String(msg ?? '')
  const isOfPeers = OF_PEERS.includes(String(fields.module))
  const ours = level === 'error' ? (isOfPeers ? 'warn' : 'error') : level === 'info' ? 'debug' : 'trace'
  logger[ours]({ engine: 'cometbft', ...fields }, text)
  if (level !== 'error') return undefined
  const cause = fields.err ?? fields.error
  return cause === undefined ? text : `${text}: ${cause}`
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
