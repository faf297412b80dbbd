import { EXCHANGE_ERRORS, type ExchangeErrorCode } from '@omg/exchange'
import { OmgError, PROTOCOL_ERRORS } from '@omg/protocol'

/** Every code that the ledger can return, with what to do about it. Codes of @omg/protocol pass through unchanged. */
export const LEDGER_ERRORS = {
  'transaction.kind_inactive':
    'Send a PAY or an instruction; this kind of transaction is not active under ledger rules version 2.',
  'transaction.protocol_only': 'Do not send it; the chain makes this kind of transaction by itself.',
  'transaction.expired': 'Sign it again with a later validUntil; the old one can never be included (R7).',
  'transaction.unbalanced':
    'Make inputs and outputs equal in every token, except the fee in an accepted fee token.',
  'transaction.overflow':
    'Split the payment; an amount does not fit 128 bits or a fee does not fit its lane.',
  'output.type_inactive':
    'Make COIN, ITEM and ORDER outputs only; this type is not active under ledger rules version 2.',
  'output.dust': 'Make the output larger, or leave it out; it is below the dust limit of its token.',
  'input.missing': 'Refresh the list of outputs; this one does not exist, or is spent already.',
  'input.spent': 'Refresh the list of outputs; an earlier transaction of the block spends this one.',
  'input.locked': 'Spend another output; this one, or a payment that spends it, exits on Ethereum (R6).',
  'input.type_inactive':
    'Spend COIN, ITEM and ORDER outputs only; this type is not active under ledger rules version 2.',
  'signature.missing': 'Sign with the owner of every input, in the order in which the owners first appear.',
  'signature.wrong_signer':
    'Sign with the owner of every input, in the order in which the owners first appear.',
  'fee.too_low': 'Pay at least the fee of the schedule, times the number of signatures, in one fee token.',
  'fee.congested':
    'Wait until blocks are less full, or sign it again with the fee that is due now; it pays what is voted.',
  'fee.not_accepted': 'Pay the fee in another token; the stakers do not accept this one now.',
  'fee.not_multiple': 'Make the fee a multiple of the lane unit of its token.',
  'order.terms': 'Correct the terms; owner and receiver are set, and a trading balance has nothing else.',
  'order.unknown_terms':
    'Make an output with these terms first; the chain has never seen what this guard commits to.',
  'order.unknown_market': 'Name a market that the registry on Ethereum lists.',
  'order.halted': 'Wait until the market is active again; it takes no new orders now.',
  'order.post_only': 'Make the order post-only; the market takes no others now.',
  'order.token': 'Lock the quote token to buy, and the base token to sell.',
  'order.expired': 'Choose a later expiry; the order could never take part in a batch.',
  'order.chain':
    'Correct the chained terms: the same owner, a listed market, and its token is what flows in.',
  'order.payer':
    "Spend an output of the order's owner, or pay into her trading balance; nobody places orders for others.",
  'order.crowded': 'Wait until orders leave the books; the chain holds 100,000 at most.',
  'order.remainder': 'Take the whole order back; what would stay is below the minimum size of its market.',
  'move.lifetime': 'Sign the instruction with a validUntil that is at most two hours after the origin.',
  'move.replayed': 'Sign again with another nonce; this instruction is included already.',
  'move.unknown_guard': 'Refresh the list of orders; nothing is known under this guard.',
  'move.stale_guard': 'Refresh the list of orders; this one was filled or taken back.',
  'move.locked': 'Leave these orders to their exits on Ethereum; nothing else under this guard may be moved.',
  'move.amount': 'Move less; what is live under the guard does not hold as much.',
  'move.gather': 'Move one output at a time; several are gathered from a trading balance only.',
  'move.input': 'Refuse the transaction; a step moves outputs of its own guard, and of one token.',
  'move.seasoning': 'Wait until the outputs are seasoned, or gather fewer (R9).',
  'move.owner': 'Name guards of one owner in one instruction, and keep the owner in the new terms.',
  'move.receiver': 'Keep the receiver in the new terms, or close the balance with a PAY of the owner.',
  'move.agent': 'Keep the agent in the new terms, or close the balance with a PAY of the owner.',
  'move.withdrawal': 'Close a trading balance with a PAY of its owner; no instruction withdraws from one.',
  'move.budget': 'Send it with the next block; the owner has used up the steps of this one.',
  'block.batch': 'Refuse the block; its settlements and releases are not those of its batch auctions.',
  'block.header': 'Ask an honest node for the block; its header does not follow the tip.',
  'block.deposits': 'Compare the inbox; the deposits of the block are not the next ones.',
  'block.fees': 'Refuse the block; it does not distribute the fees of the previous checkpoint exactly.',
  'block.order': 'Refuse the block; its transactions are not in canonical order.',
  'block.body': 'Refuse the block; its body is not the canonical encoding of its transactions.',
  'block.full': 'Wait for the next block; this one, or its checkpoint, has no room left.',
  'block.app_hash': 'Refuse the block; executing it leads to another app hash.',
  'ledger.parameters': 'Correct the ledger parameters.',
  'ledger.snapshot': 'Use another snapshot; this one is damaged or of another version.',
} as const

/** A code of this package, or of @omg/exchange for the size and price of an order. */
export type LedgerErrorCode = keyof typeof LEDGER_ERRORS | ExchangeErrorCode

const ACTIONS: Readonly<Record<string, string>> = { ...PROTOCOL_ERRORS, ...EXCHANGE_ERRORS, ...LEDGER_ERRORS }

/** An error of the ledger, with the action that belongs to its code. */
export function ledgerError(code: LedgerErrorCode, message: string, options?: { cause?: unknown }): OmgError {
  return new OmgError(code, message, ACTIONS[code]!, options)
}

const CODES: readonly string[] = Object.keys(ACTIONS)
const NUMBERS = new Map(CODES.map((code, i) => [code, i + 1]))

/** The number of a code in `MappedBatch.codes`; 0 means none. Local to a process: never stored. */
export function codeNumber(code: string): number {
  const number = NUMBERS.get(code)
  if (number === undefined) throw new Error(`the code ${code} has no number`)
  return number
}

/** The error of a number in `MappedBatch.codes`. */
export function errorOfNumber(number: number, message: string): OmgError {
  const code = CODES[number - 1]
  if (code === undefined) throw new Error(`no code has the number ${number}`)
  return new OmgError(code, message, ACTIONS[code]!)
}
