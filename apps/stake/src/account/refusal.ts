import { RevertedError } from '@omg/rootchain'
import type { Problem } from '@omg/ui/account/problem.ts'

/** What the contracts refuse by name, in words for somebody who stakes. */
const WORDS: Readonly<Record<string, readonly [title: string, text: string]>> = {
  IsJailed: ['This validator is in jail', 'Choose another one, or wait until she is out.'],
  StillLiable: [
    'This stake moved lately',
    'It answers for the validator that it came from, and moves on when that is over.',
  ],
  StillSlashable: ['Not yet', 'What has left can be withdrawn when its countdown has ended.'],
  SharesExceeded: ['That is more than you have there', 'Choose a smaller amount.'],
  BondTooSmall: [
    "That is a validator's own bond",
    'What is left must be nothing, or at least the smallest bond.',
  ],
  ERC20InsufficientBalance: ['Not enough OMG', 'Choose a smaller amount.'],
  NotJailed: ['Not in jail', 'There is nothing to get out of.'],
  ValidatorSetFull: ['The set is full', 'More stake than the smallest validator has is needed.'],
  AlreadyJoined: ['In the next set already', 'There is nothing to do.'],
  PreferenceOutOfRange: ['No fee that may be voted for', 'Choose a number in its range.'],
  NoPreference: ['No vote stands', 'Your stake follows its validator already.'],
  AmountExceedsBond: ['That is more than you have there', 'Choose a smaller amount.'],
  NothingToClaim: ['Nothing to claim', 'It was paid already.'],
  EpochNotOver: ['Not yet', 'The next set can be published when the epoch is over.'],
  NothingChanged: ['Nothing has changed', 'The next set would be the same.'],
}

/** A refusal of a contract in words, if it has some. */
export function wordsOf(error: unknown): Problem | undefined {
  const words = error instanceof RevertedError ? WORDS[error.reason] : undefined
  return words && { title: words[0], text: words[1], code: 'ethereum.reverted' }
}
