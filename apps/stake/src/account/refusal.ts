import { REFUSALS, RevertedError } from '@omg/rootchain'
import type { Problem } from '@omg/ui/account/problem.ts'

/** A refusal of a contract in words, if it has some. */
export function wordsOf(error: unknown): Problem | undefined {
  const words = error instanceof RevertedError ? REFUSALS[error.reason] : undefined
  return words && { title: words[0], text: words[1], code: 'ethereum.reverted' }
}
