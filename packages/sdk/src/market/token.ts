import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import { erc20Abi } from 'viem'
import type { Client } from '../client.ts'

/** A token as people name and count it. */
export interface Token {
  /** Zero is ETH. */
  readonly address: Address
  readonly symbol: string
  readonly decimals: number
}

const ETHER: Token = { address: ZERO_ADDRESS, symbol: 'ETH', decimals: 18 }

const known = new WeakMap<Client, Map<Address, Token>>()

/**
 * ETH, a fee token of the network, or what Ethereum says about another one, asked for once. A token that tells nothing about itself is
 * counted in its smallest units under its address: anybody can list a market of a broken token, and nobody else may suffer from it.
 */
export async function readToken(client: Client, address: Address): Promise<Token> {
  if (address === ZERO_ADDRESS) return ETHER
  const { feeTokens } = await client.network()
  const feeToken = feeTokens.find(({ token }) => token === address)
  if (feeToken) return { address, symbol: feeToken.symbol, decimals: feeToken.decimals }
  const tokens = known.get(client) ?? new Map<Address, Token>()
  known.set(client, tokens)
  const token = tokens.get(address) ?? (await askEthereum(client, address))
  if (token) tokens.set(address, token)
  return token ?? { address, symbol: shortened(address), decimals: 0 }
}

/** Longer symbols are cut: they are somebody's text in everybody's lists. */
const MAX_SYMBOL = 16

async function askEthereum(client: Client, address: Address): Promise<Token | undefined> {
  const contract = { address, abi: erc20Abi } as const
  try {
    const { ethereum } = await client.rootChain()
    const [symbol, decimals] = await Promise.all([
      // Not every ERC-20 token has a symbol that decodes.
      ethereum.readContract({ ...contract, functionName: 'symbol' }).catch(() => ''),
      ethereum.readContract({ ...contract, functionName: 'decimals' }),
    ])
    return { address, symbol: symbol.slice(0, MAX_SYMBOL) || shortened(address), decimals }
  } catch {
    return undefined
  }
}

const shortened = (address: Address) => `${address.slice(0, 10)}...`
