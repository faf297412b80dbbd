import type { OmgError } from '@omg/protocol'

/** JSON-RPC 2.0's own codes. */
export const RPC = {
  parse: -32700,
  request: -32600,
  method: -32601,
  params: -32602,
  internal: -32603,
} as const

const EXACT: Readonly<Record<string, number>> = {
  'request.parse': RPC.parse,
  'request.invalid': RPC.request,
  'request.method': RPC.method,
  'request.params': RPC.params,
  'node.internal': RPC.internal,
}

/** One number per domain; `data.code` has the whole story. */
const DOMAINS: Readonly<Record<string, number>> = {
  request: -32001,
  encoding: -32010,
  signature: -32011,
  transaction: -32012,
  input: -32013,
  output: -32014,
  token: -32015,
  fee: -32016,
  mempool: -32017,
  block: -32018,
  checkpoint: -32019,
  node: -32020,
  store: -32021,
  ethereum: -32022,
  subscription: -32023,
  order: -32024,
  move: -32025,
  deadman: -32026,
}

export interface RpcError {
  code: number
  message: string
  data: { code: string; action: string }
}

/** The JSON-RPC error of an error of any layer. */
export function rpcError(error: OmgError): RpcError {
  const domain = error.code.slice(0, error.code.indexOf('.'))
  return {
    code: EXACT[error.code] ?? DOMAINS[domain] ?? RPC.internal,
    message: error.message,
    data: { code: error.code, action: error.action },
  }
}

/** The HTTP status of an error, for the endpoints that are not JSON-RPC. */
export function httpStatus(error: OmgError): 400 | 404 | 410 | 413 | 500 | 503 {
  if (error.code === 'request.not_found') return 404
  if (error.code === 'request.pruned') return 410
  if (error.code === 'request.limit') return 413
  if (/^(store|ethereum|node\.(stopped|halted|syncing))/.test(error.code)) return 503
  return error.code === 'node.internal' ? 500 : 400
}
