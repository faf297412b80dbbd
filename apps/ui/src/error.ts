import { OmgError } from '@omg/protocol'

/** Every error code that what the pages share makes: accounts, wallets, the faucet. */
export const UI_ERRORS = {
  'account.key': 'Use the key (0x and 64 digits), the file that was saved, or the passkey of this account.',
  'account.wallet': 'Unlock the wallet of this account, and load the page again.',
  'faucet.answer': 'Try again in a few seconds; if it stays so, ask who runs the faucet.',
  'faucet.unreachable': 'Try again in a few seconds.',
  'page.unexpected':
    'Nothing was changed. Try again, and report it with what the console of the browser says.',
  'passkey.refused': 'Try again, or use another kind of account.',
  'passkey.unsupported': 'Use another device or password manager, or an account in this browser.',
  'wallet.refused': 'Choose an account, or confirm the request, in the wallet.',
} as const

export type UiErrorCode = keyof typeof UI_ERRORS

/** An error of a shared piece, with the action that belongs to its code. */
export function uiError(code: UiErrorCode, message: string, cause?: unknown): OmgError {
  return new OmgError(code, message, UI_ERRORS[code], cause === undefined ? undefined : { cause })
}
