import { OmgError } from '@omg/protocol'
import { sdkError } from '../error.ts'

/** The result in a JSON-RPC answer, or its error thrown. */
export function resultOf(answer: unknown, id: number): unknown {
  if (typeof answer !== 'object' || answer === null) throw notJsonRpc()
  const { jsonrpc, id: answered, result, error } = answer as Record<string, unknown>
  if (jsonrpc !== '2.0') throw notJsonRpc()
  if (error !== undefined) throw errorOf(error)
  if (answered !== id || result === undefined) throw notJsonRpc()
  return result
}

/** The node's own error: `data.code` is stable, `data.action` says what to do. */
export function errorOf(error: unknown): OmgError {
  const { message, data } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >
  const { code, action } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>
  if (typeof message !== 'string' || typeof code !== 'string' || typeof action !== 'string')
    return notJsonRpc()
  return new OmgError(code, message, action)
}

const notJsonRpc = () => sdkError('node.answer', 'the node did not answer in JSON-RPC 2.0')
