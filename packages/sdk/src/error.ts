import { OmgError } from '@omg/protocol'

/** Every error code that the SDK itself makes, and what to do about it. Codes of the node and of Ethereum pass through. */
export const SDK_ERRORS = {
  'node.unreachable': 'Check the address of the node and the connection; reading again is always safe.',
  'node.answer': 'Use another node: this one answers in a way that no node of this version does.',
  'node.wrong_network': 'Connect to a node of the network that the deployment record names.',
  'account.keystore': 'Use an Ethereum keystore file of version 3 that is whole.',
  'account.password': 'Try again: the passphrase is not that of the file. A lost one cannot be recovered.',
  'client.no_account': 'Create the client with an account.',
  'client.no_ethereum': 'Create the client with an Ethereum endpoint.',
  'client.no_subscriptions': 'Create the client with webSocket() instead of http().',
  'subscription.pruned': 'Read the state anew, and ask an indexer for what was missed.',
  'deposit.no_permit':
    "Deposit with approval 'transaction': the token or the network does not take this kind of signature.",
  'wallet.refused': 'Confirm the request in the wallet.',
  'wallet.signature': 'Use a wallet whose account signs with a single secp256k1 key.',
  'payment.invalid': 'Correct the payment as the message says.',
  'payment.unknown':
    'Keep the payment and pass it to resubmit(): sending the same bytes again never pays twice.',
  'payment.expired':
    'Wait for the next checkpoint and call resubmit() again: until it says payment.dead, do not pay anew (R7).',
  'payment.in_flight':
    'Do not pay anew: follow the exit on Ethereum with piggyback(); once it is void, resubmit() says payment.dead (A16).',
  'payment.dead': 'Pay again: the old payment can never be included (R7).',
  'coins.insufficient': 'Deposit or receive more of the token.',
  'coins.uncommitted':
    "Wait for the next checkpoint, or pay with finality 'fast' and give up the in-flight exit until then (R5).",
  'coins.locked':
    'Wait: coins of a payment in flight are free again when it is void; coins whose exit has started leave (R6).',
  'coins.fragmented': 'Call merge() first: the payment would need more than 16 coins.',
  'coins.dust': 'Pay a little more or less: the change would be below the dust limit.',
  'receipt.timeout': 'Wait again with the same hash; nothing is lost.',
  'receipt.rejected':
    'Read the reason in the cause; the coins are still there unless it names another spender.',
  'instruction.unknown':
    'Keep the instruction and pass it to resubmit(): the same bytes are included at most once.',
  'instruction.expired': 'Look at the orders, then sign again: this instruction is not included any more.',
  'market.unknown': 'Use a market that getMarkets() lists.',
  'market.price': 'Use one of the nearest prices that the message names.',
  'market.size': 'Use one of the nearest sizes that the message names.',
  'market.route':
    'Pay with another token: no listed market, and no two in a row, lead from this one to that.',
  'order.gone': 'Read the orders again: this one was filled, cancelled or given back.',
  'order.invalid': 'Correct the order as the message says.',
  'order.no_price': 'Name a price: the book has nothing to take one from, or not enough for this size.',
  'order.not_yours': 'Sign with the account of the owner, or with the agent that the terms name.',
  'trading.unknown': 'Open it first with openTradingBalance(), or read the trading balances again.',
  'trading.insufficient':
    'Open a larger trading balance, or one in several parts: a step takes whole outputs, and no output serves two steps.',
  'batch.size': 'Put 1 to 16 steps under one signature; an amendment may need two.',
  'switch.size': 'Name a market: one switch cancels 256 orders.',
  'agent.owner_only': 'Use a client of the owner: an agent trades, and never moves money in or out.',
  'agent.busy': 'Call it again: the agent, or a batch, moved orders at the same moment.',
  'swap.mismatch':
    'Do not sign: what the other side sent is not the swap that was agreed on. Propose it anew.',
  'swap.expired': 'Propose the swap anew.',
  'exit.uncommitted': 'Wait until the checkpoint of the output is committed, or start an in-flight exit.',
  'exit.impossible':
    'Pay the money to yourself first (of an order: cancel it; of a trading balance: close it), and withdraw what that payment makes.',
  'exit.unknown': 'Check the id: no exit of it was started.',
  'exit.unspent': 'Nothing to do, unless you know of a payment that the node does not: pass that.',
  'exit.nothing_to_claim': 'Wait until the exit is processed; getExit() says when that can be.',
} as const

export type SdkErrorCode = keyof typeof SDK_ERRORS

/** Where each code is explained. */
export const ERROR_DOCS = 'https://github.com/omgnetwork/omg-network/blob/main/packages/sdk/docs/errors.md'

/** An error of the SDK: `code`, `message`, `action` says what to do, `docs` where to read more. */
export class SdkError extends OmgError {
  readonly docs: string

  constructor(code: SdkErrorCode, message: string, cause?: unknown) {
    super(code, message, SDK_ERRORS[code], cause === undefined ? undefined : { cause })
    this.name = 'SdkError'
    this.docs = `${ERROR_DOCS}#${code.replace('.', '')}`
  }
}

export function sdkError(code: SdkErrorCode, message: string, cause?: unknown): SdkError {
  return new SdkError(code, message, cause)
}
