import { OmgError } from '@omg/protocol'
import type { UiErrorCode } from '../error.ts'

/** What went wrong, in words for somebody who trades: what happened, what is safe, what to do. */
export interface Problem {
  readonly title: string
  readonly text: string
  /** For a bug report or a search. */
  readonly code: string
}

/** Words for codes that people meet here. Others show what the error itself says. */
const WORDS: Readonly<Record<string, readonly [title: string, text: string]>> = {
  'node.unreachable': [
    'The network does not answer',
    'Nothing is lost. The page asks again; try once more when it is live.',
  ],
  'instruction.unknown': [
    'No answer came',
    'The order may be in the book: look at your open orders before you send it again.',
  ],
  'payment.unknown': [
    'No answer came',
    'The payment may be on its way. It is never made twice: continue where you were.',
  ],
  'instruction.expired': ['It took too long', 'The order was not placed. Send it again.'],
  'receipt.timeout': ['It takes longer than usual', 'Nothing is lost. Look again in a minute.'],
  'wallet.refused': ['Not confirmed', 'The wallet was not allowed to sign. Nothing was sent.'],
  'wallet.signature': [
    'The wallet signed something else',
    'Nothing was sent. Use another wallet or account.',
  ],
  'trading.insufficient': [
    'Not enough money to trade with',
    'Make the order smaller, cancel another one, or add money.',
  ],
  'coins.insufficient': ['Not enough money', 'There is less than that, with the fee.'],
  'coins.uncommitted': ['The money is too new', 'Ethereum confirms it within a minute. Try again then.'],
  'coins.locked': ['The money is being withdrawn', 'It cannot be used for something else.'],
  'coins.dust': ['Too small a rest would stay', 'Choose a little less, or all of it.'],
  'order.gone': ['The order is gone', 'It was filled, cancelled or given back a moment ago.'],
  'order.no_price': ['Nobody is on the other side', 'There is no price to take. Use a limit order.'],
  'order.duplicate': ['The order is there already', 'It was placed before; look at your open orders.'],
  'order.halted': ['The market is halted', 'New orders are not taken at the moment. You can cancel.'],
  'move.step_budget': ['Too many orders in one block', 'Wait a second and send it again.'],
  'move.stale_guard': ['This browser may no longer trade with that money', 'Move money to trading again.'],
  'move.unknown_guard': ['There is nothing to trade with', 'Move money to trading first.'],
  'move.amount': [
    'Not enough money to trade with',
    'Make the order smaller, or wait a second: the last order may still be settling.',
  ],
  'move.locked': ['The money is being withdrawn', 'It cannot be traded with.'],
  'output.dust': [
    'Too small',
    'The order, or what would be left, is below the smallest amount of the token.',
  ],
  'account.key': ['That is no key of an account', 'A key is 0x and 64 digits; or open the backup file.'],
  'account.keystore': [
    'This file is no backup',
    'Or it is broken. Choose the file that you saved, or another copy of it.',
  ],
  'account.password': [
    'The passphrase does not open this file',
    'Try again. If it is right, the file is damaged: use another copy.',
  ],
  'faucet.again': ['You have had test money already', 'The faucet gives once an hour to an account.'],
  'faucet.busy': ['The faucet is busy', 'Try again in a few seconds.'],
  'exit.uncommitted': ['Not confirmed by Ethereum yet', 'It is started as soon as it is.'],
  'ethereum.funds': [
    'Not enough ETH on Ethereum',
    'Starting a withdrawal needs a deposit that comes back, and a fee, in ETH on Ethereum.',
  ],
  'deposit.no_permit': ['This token needs two steps', 'Allow it first, then deposit.'],
}

/** An error as people should read it. Amounts in smallest units and hashes stay in the console. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof OmgError)) {
    console.error(error)
    const short = (error as { shortMessage?: unknown } | undefined)?.shortMessage
    const text = typeof short === 'string' ? short : 'Nothing was changed. Try again.'
    if (/insufficient funds|exceeds the balance|exceeds allowance/i.test(String((error as Error)?.message))) {
      return wordsFor('ethereum.funds')!
    }
    return { title: 'That did not work', text, code: 'page.unexpected' satisfies UiErrorCode }
  }
  console.warn(`${error.code}: ${error.message}`)
  // Why an instruction or a payment was rejected says more than that it was.
  const cause = error.code === 'receipt.rejected' && error.cause instanceof OmgError ? error.cause : error
  return wordsFor(cause.code) ?? { title: sentence(cause.message), text: cause.action, code: cause.code }
}

function wordsFor(code: string): Problem | undefined {
  const words = WORDS[code]
  return words && { title: words[0], text: words[1], code }
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
