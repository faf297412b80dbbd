import { OmgError, PROTOCOL_ERRORS } from '@omg/protocol'

/** Every code that the ledger can return, with what to do about it. Codes of @omg/protocol pass through unchanged. */
export const LEDGER_ERRORS = {
  'transaction.kind_inactive':
    'Send a PAY; this kind of transaction is not active under ledger rules version 1.',
  'transaction.protocol_only': 'Do not send it; the chain makes this kind of transaction by itself.',
  'transaction.expired': 'Sign it again with a later validUntil; the old one can never be included (R7).',
  'transaction.unbalanced':
    'Make inputs and outputs equal in every token, except the fee in an accepted fee token.',
  'transaction.overflow':
    'Split the payment; an amount does not fit 128 bits or a fee does not fit its lane.',
  'output.type_inactive':
    'Make COIN and ITEM outputs only; this type is not active under ledger rules version 1.',
  'output.dust': 'Make the output larger, or leave it out; it is below the dust limit of its token.',
  'input.missing': 'Refresh the list of outputs; this one does not exist, or is spent already.',
  'input.spent': 'Refresh the list of outputs; an earlier transaction of the block spends this one.',
  'input.locked': 'Spend another output; this one, or a payment that spends it, exits on Ethereum (R6).',
  'input.type_inactive':
    'Spend COIN and ITEM outputs only; this type is not active under ledger rules version 1.',
  'signature.missing': 'Sign with the owner of every input, in the order in which the owners first appear.',
  'signature.wrong_signer':
    'Sign with the owner of every input, in the order in which the owners first appear.',
  'fee.too_low': 'Pay at least the fee of the schedule, times the number of signatures, in one fee token.',
  'fee.not_multiple': 'Make the fee a multiple of the lane unit of its token.',
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

export type LedgerErrorCode = keyof typeof LEDGER_ERRORS

/** An error of the ledger, with the action that belongs to its code. */
export function ledgerError(code: LedgerErrorCode, message: string, options?: { cause?: unknown }): OmgError {
  return new OmgError(code, message, LEDGER_ERRORS[code], options)
}

const ACTIONS: Readonly<Record<string, string>> = { ...PROTOCOL_ERRORS, ...LEDGER_ERRORS }
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
