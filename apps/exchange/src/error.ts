import { OmgError } from '@omg/protocol'

/** Every error code that the trading page itself makes, and what to do about it. Codes of node, indexer, SDK and faucet pass through. */
export const PAGE_ERRORS = {
  'account.keystore': 'Choose the file that was saved, or another copy of it.',
  'deposit.unknown': 'Look again in a minute. If Ethereum never has it, remove it here and make it anew.',
  'exit.queue': 'Continue in a minute: many withdrawals come before this one.',
  'exit.refused': 'Look at the exit of the output: it was challenged, or had nothing left to pay.',
  'indexer.answer': 'Use another indexer: this one answers in a way that no indexer of this version does.',
  'indexer.unreachable': 'Wait: it is asked again until it answers. Trading goes on without it.',
} as const

export type PageErrorCode = keyof typeof PAGE_ERRORS

/** An error of the page, with the action that belongs to its code. */
export function pageError(code: PageErrorCode, message: string, cause?: unknown): OmgError {
  return new OmgError(code, message, PAGE_ERRORS[code], cause === undefined ? undefined : { cause })
}
