import type { NodeTransport } from '@omg/sdk'
import { createContext, useContext } from 'react'
import type { readParameters, readStatus, Token } from './read.ts'

export interface Chain {
  readonly node: NodeTransport
  /** HTTP address of an indexer; without one there are no markets to show. */
  readonly indexer: string | undefined
  readonly parameters: Awaited<ReturnType<typeof readParameters>> | undefined
  readonly status: Awaited<ReturnType<typeof readStatus>> | undefined
  readonly connected: boolean
}

export const ChainContext = createContext<Chain | undefined>(undefined)

export function useChain(): Chain {
  const chain = useContext(ChainContext)
  if (!chain) throw new Error('a page stands outside of the chain')
  return chain
}

export function tokenOf({ parameters }: Chain, address: string): Token | undefined {
  return parameters?.tokens.find(token => token.address.toLowerCase() === address.toLowerCase())
}
