import { OmgError } from '@omg/protocol'
import {
  AuthenticationError,
  BadRequest,
  BadResponse,
  BadSymbol,
  type BaseError,
  BaseError as CcxtError,
  DuplicateOrderId,
  ExchangeError,
  ExchangeNotAvailable,
  InsufficientFunds,
  InvalidNonce,
  InvalidOrder,
  MarketClosed,
  NetworkError,
  OnMaintenance,
  OrderNotFillable,
  OrderNotFound,
  PermissionDenied,
  RateLimitExceeded,
  RequestTimeout,
} from 'ccxt'

type ErrorClass = new (message: string) => BaseError

/** What CCXT calls the errors of indexer, SDK, node and ledger, by their codes (docs/errors.md). Everything else is an ExchangeError. */
export const EXCEPTIONS: Readonly<Record<string, ErrorClass>> = {
  'request.invalid': BadRequest,
  'request.cursor': BadRequest,
  'request.limit': BadRequest,
  'request.params': BadRequest,
  'request.not_found': BadRequest,
  'request.rate': RateLimitExceeded,
  'stream.channel': BadSymbol,
  'stream.slow': NetworkError,
  'indexer.store': ExchangeNotAvailable,
  'indexer.internal': ExchangeNotAvailable,

  'node.unreachable': NetworkError,
  'node.answer': BadResponse,
  'node.wrong_network': ExchangeNotAvailable,
  'node.internal': ExchangeNotAvailable,
  'node.stopped': ExchangeNotAvailable,
  'node.halted': ExchangeNotAvailable,
  'node.stalled': ExchangeNotAvailable,
  'node.syncing': OnMaintenance,
  'mempool.full': RateLimitExceeded,
  'mempool.rate': RateLimitExceeded,
  'mempool.chain': RateLimitExceeded,

  'client.no_account': AuthenticationError,
  'wallet.refused': AuthenticationError,
  'wallet.signature': AuthenticationError,
  'order.not_yours': PermissionDenied,
  'agent.owner_only': PermissionDenied,
  'move.owner': PermissionDenied,
  'move.receiver': PermissionDenied,
  'move.agent': PermissionDenied,
  'move.withdrawal': PermissionDenied,

  'coins.insufficient': InsufficientFunds,
  'coins.uncommitted': InsufficientFunds,
  'coins.locked': InsufficientFunds,
  'coins.fragmented': InsufficientFunds,
  'coins.dust': InsufficientFunds,
  'trading.insufficient': InsufficientFunds,
  'trading.unknown': InsufficientFunds,
  'move.amount': InsufficientFunds,
  'move.seasoning': InsufficientFunds,

  'switch.size': BadRequest,
  'deadman.full': RateLimitExceeded,
  'deadman.lifetime': BadRequest,
  'deadman.unknown': OrderNotFound,

  'market.unknown': BadSymbol,
  'order.unknown_market': BadSymbol,
  'market.price': InvalidOrder,
  'market.size': InvalidOrder,
  'order.invalid': InvalidOrder,
  'order.limit': InvalidOrder,
  'order.size': InvalidOrder,
  'order.trigger': InvalidOrder,
  'order.terms': InvalidOrder,
  'order.chain': InvalidOrder,
  'order.expired': InvalidOrder,
  'order.remainder': InvalidOrder,
  'order.post_only': InvalidOrder,
  'order.market': InvalidOrder,
  'order.token': InvalidOrder,
  'order.unknown_terms': InvalidOrder,
  'payment.invalid': InvalidOrder,
  'order.no_price': OrderNotFillable,
  'order.halted': MarketClosed,
  'order.crowded': ExchangeNotAvailable,
  'order.duplicate': DuplicateOrderId,
  'move.replayed': DuplicateOrderId,
  'order.gone': OrderNotFound,
  'move.unknown_guard': OrderNotFound,
  'move.stale_guard': OrderNotFound,
  'move.budget': RateLimitExceeded,
  'move.lifetime': InvalidNonce,

  // Nobody knows whether it was included: what CCXT says of every request that timed out.
  'receipt.timeout': RequestTimeout,
  'instruction.unknown': RequestTimeout,
  'instruction.expired': RequestTimeout,
  'payment.unknown': RequestTimeout,
  'payment.expired': RequestTimeout,
}

/** An error as CCXT names it; what is one of CCXT's already stays. `instead` names codes that mean something else here. */
export function ccxtError(error: unknown, instead: Readonly<Record<string, ErrorClass>> = {}): unknown {
  if (error instanceof CcxtError || !(error instanceof OmgError)) return error
  // What was rejected says why in its cause.
  const reason = error.code === 'receipt.rejected' && error.cause instanceof OmgError ? error.cause : error
  const { code, message, action } = reason
  const Class = instead[code] ?? EXCEPTIONS[code] ?? ExchangeError
  return Object.assign(new Class(`omg ${code}: ${message} ${action}`), { cause: error })
}
