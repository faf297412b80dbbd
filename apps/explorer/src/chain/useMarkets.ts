import { explorerError } from '../error.ts'
import { type Answer, useAnswer } from './ask.ts'
import { useChain } from './context.ts'
import { type Market, readMarkets } from './markets.ts'

/** The markets; asked again and again until the node has said how its tokens are counted. */
export function useMarkets(): Answer<readonly Market[]> {
  const { indexer, parameters } = useChain()
  return useAnswer(
    `markets ${parameters === undefined}`,
    async () => readMarkets(indexerOf(indexer), parameters?.tokens ?? []),
    () => false,
  )
}

/** @throws `OmgError` `indexer.unreachable` where the page has none */
export function indexerOf(indexer: string | undefined): string {
  if (indexer !== undefined) return indexer
  throw explorerError('indexer.unreachable', 'This explorer has no indexer.')
}
