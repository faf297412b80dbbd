/** What it means when Ethereum does not do what it is asked: an endpoint that is away, a contract that refuses or is another one. */
import { OmgError } from '@omg/protocol'
import {
  type Abi,
  AbiDecodingDataSizeTooSmallError,
  AbiDecodingZeroDataError,
  BaseError,
  ContractFunctionExecutionError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  decodeErrorResult,
  HttpRequestError,
  parseAbi,
  RpcRequestError,
  SocketClosedError,
  TimeoutError,
  WebSocketRequestError,
} from 'viem'
import { airdropAbi, eventAbis, omgTokenAbi } from './abi.ts'
import { RevertedError, rootChainError } from './error.ts'

/** How tokens of others refuse (ERC-6093), which no ABI of this project has. */
const TOKEN_ERRORS = parseAbi([
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  'error ERC20InvalidSender(address sender)',
  'error ERC20InvalidReceiver(address receiver)',
  'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
  'error ERC20InvalidApprover(address approver)',
  'error ERC20InvalidSpender(address spender)',
  'error ERC721InvalidOwner(address owner)',
  'error ERC721NonexistentToken(uint256 tokenId)',
  'error ERC721IncorrectOwner(address sender, uint256 tokenId, address owner)',
  'error ERC721InvalidSender(address sender)',
  'error ERC721InvalidReceiver(address receiver)',
  'error ERC721InsufficientApproval(address operator, uint256 tokenId)',
  'error ERC721InvalidApprover(address approver)',
  'error ERC721InvalidOperator(address operator)',
  'error ERC2612ExpiredSignature(uint256 deadline)',
  'error ERC2612InvalidSigner(address signer, address owner)',
])

/** A contract passes on how another one refuses, and its own ABI has no name for that. */
const ERRORS: Abi = [
  ...TOKEN_ERRORS,
  ...[...Object.values(eventAbis), airdropAbi, omgTokenAbi].flatMap((abi: Abi) =>
    abi.filter(({ type }) => type === 'error'),
  ),
]

/** The refusal of a contract that an error tells of, by its Solidity name; undefined if it tells of none. */
export function refusalIn(error: unknown): RevertedError | undefined {
  const reverted = found(error, ContractFunctionRevertedError)
  if (reverted === undefined) return undefined
  const call = found(error, ContractFunctionExecutionError)?.functionName ?? 'the call'
  const { raw, data, signature, reason } = reverted
  const known = data ?? (raw === undefined || raw === '0x' ? undefined : decoded(raw))
  if (known) return new RevertedError(call, known.errorName, known.args ?? [], error)
  // Without data there is what the endpoint says, which is mostly nothing.
  const words = reason === undefined || /^execution reverted$/i.test(reason) ? 'unknown' : reason
  return new RevertedError(call, signature ?? words, [], error)
}

/**
 * An error of a call to Ethereum as this project tells it; any other error as it is.
 *
 * `ethereum.unavailable`: no endpoint answers. `ethereum.refused`: it answers that it will not. RevertedError: a contract refuses.
 * `ethereum.other_contract`: there is no contract, or one that does not have the function.
 */
export function failureOf(error: unknown): unknown {
  if (error instanceof OmgError || !(error instanceof BaseError)) return error
  const refusal = refusalIn(error)
  if (refusal) return refusal
  if (isAway(error)) {
    const status = found(error, HttpRequestError)?.status
    const answer = status === undefined ? '' : `: HTTP ${status}`
    return rootChainError('ethereum.unavailable', `no Ethereum endpoint answers${answer}`, error)
  }
  const call = found(error, ContractFunctionExecutionError)
  if (call && isOther(error)) {
    const { contractAddress = 'this address', functionName } = call
    return rootChainError(
      'ethereum.other_contract',
      `there is no contract at ${contractAddress} with the function ${functionName}`,
      error,
    )
  }
  const refused = found(error, RpcRequestError)
  return refused ? rootChainError('ethereum.refused', firstLine(refused.details), error) : error
}

function isAway(error: BaseError): boolean {
  return [HttpRequestError, TimeoutError, SocketClosedError, WebSocketRequestError].some(
    kind => found(error, kind) !== undefined,
  )
}

function isOther(error: BaseError): boolean {
  return [ContractFunctionZeroDataError, AbiDecodingZeroDataError, AbiDecodingDataSizeTooSmallError].some(
    kind => found(error, kind) !== undefined,
  )
}

function decoded(raw: `0x${string}`) {
  try {
    return decodeErrorResult({ abi: ERRORS, data: raw })
  } catch {
    return undefined
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what the constructors of viem's errors take does not matter
function found<T extends Error>(error: unknown, kind: new (...args: any[]) => T): T | undefined {
  const cause = error instanceof BaseError ? error.walk(each => each instanceof kind) : undefined
  return cause instanceof kind ? cause : undefined
}

const firstLine = (text: string) => text.split('\n')[0] ?? text
