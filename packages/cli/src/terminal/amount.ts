import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import { ungrouped } from '@omg/sdk'
import { cliError } from '../error.ts'

/** A token as people name it. ETH has the zero address. */
export interface Token {
  address: Address
  symbol: string
  decimals: number
}

export const ETHER: Token = {
  address: ZERO_ADDRESS,
  symbol: 'ETH',
  decimals: 18,
}

/** At most this many digits are shown behind the point; a figure that would lose value is marked with `~`. */
const SHOWN_DECIMALS = 6

/** `1500000000000000000` of ETH becomes `1.5 ETH`. */
export function formatAmount(amount: bigint, token: Token): string {
  return `${formatUnits(amount, token.decimals)} ${token.symbol}`
}

/** A quantity with thousands separated, without trailing zeros, and never rounded in silence. */
export function formatUnits(amount: bigint, decimals: number): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',')
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '')
  const firstDigit = fraction.search(/[1-9]/)
  // A dust amount keeps its first three significant digits: 0.0000000123 is not 0.
  const kept = whole === '0' && firstDigit >= SHOWN_DECIMALS ? firstDigit + 3 : SHOWN_DECIMALS
  const shown = fraction.slice(0, kept).replace(/0+$/, '')
  const inexact = fraction.length > kept ? '~' : ''
  return `${amount < 0n ? '-' : ''}${inexact}${whole}${shown === '' ? '' : `.${shown}`}`
}

/** `1.5` of an 18 decimal token becomes `1500000000000000000`; refuses what the token cannot express. */
export function parseUnits(text: string, token: Token): bigint {
  const match = /^(\d{1,39})(?:\.(\d+))?$/.exec(ungrouped(text) ?? '')
  if (!match) throw cliError('amount.invalid', `"${text}" is not an amount${amountHint(text)}`)
  const [, whole = '0', fraction = ''] = match
  if (fraction.length > token.decimals) {
    throw cliError(
      'amount.invalid',
      `${token.symbol} has ${token.decimals} digits behind the point; "${text}" has more`,
    )
  }
  const amount = BigInt(whole + fraction.padEnd(token.decimals, '0'))
  if (amount === 0n) throw cliError('amount.invalid', 'the amount is zero')
  return amount
}

/** What is wrong with a text that was perhaps meant as an amount. */
function amountHint(text: string): string {
  if (text.trim().startsWith('-')) return ': it must be more than zero'
  return text.includes(',') ? ': a comma only sets thousands apart, as in 1,000.5' : ''
}

/** The token that a symbol or an address names. */
export function findToken(name: string, tokens: readonly Token[]): Token {
  const wanted = name.toLowerCase()
  const token = tokens.find(
    ({ symbol, address }) => symbol.toLowerCase() === wanted || address.toLowerCase() === wanted,
  )
  if (token === undefined) {
    throw cliError(
      'amount.token',
      `no token "${name}" here; there are ${tokens.map(({ symbol }) => symbol).join(', ')}`,
    )
  }
  return token
}
