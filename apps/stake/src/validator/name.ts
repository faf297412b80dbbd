import type { Address } from '@omg/protocol'
import type { ValidatorStanding } from '@omg/rootchain'

/** Longest description that is shown as a name: it is somebody's text. */
const MAX_NAME_CHARACTERS = 40

/** What a validator calls herself, or the short form of her account. */
export function nameOf({
  validator,
  description,
}: Pick<ValidatorStanding, 'validator' | 'description'>): string {
  const said = spoken(description)
  return said === '' ? short(validator) : said.slice(0, MAX_NAME_CHARACTERS)
}

/** What somebody says of herself, in one line, without what would turn or hide text. */
export function spoken(description: string): string {
  return description.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').trim()
}

export function short(account: Address): string {
  return `${account.slice(0, 8)}…${account.slice(-6)}`
}

/** Where a phone has little room. */
export function shortest(account: Address): string {
  return `${account.slice(0, 6)}…${account.slice(-4)}`
}
