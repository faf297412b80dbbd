import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import { getBonds } from '@omg/rootchain'
import type { Client, Token } from '@omg/sdk'
import { useEffect, useState } from 'react'
import { erc20Abi } from 'viem'
import { useNetwork } from '../data/network.ts'

/** What an owner has on Ethereum, and what it asks for a withdrawal. All in token units. */
export interface EthereumMoney {
  readonly held: ReadonlyMap<Address, bigint>
  /** Wei that starting a withdrawal sets aside; it comes back when the withdrawal is paid. */
  readonly bond: bigint
  readonly head: bigint
}

/** Between two looks, in milliseconds. */
const LOOK_MS = 3_000

async function readMoney(client: Client, owner: Address, tokens: readonly Token[]): Promise<EthereumMoney> {
  const rootChain = await client.rootChain()
  const { ethereum } = rootChain
  const amounts = tokens.map(({ address }) =>
    address === ZERO_ADDRESS
      ? ethereum.getBalance({ address: owner })
      : ethereum.readContract({ address, abi: erc20Abi, functionName: 'balanceOf', args: [owner] }),
  )
  const [held, { standardExit: bond }, head] = await Promise.all([
    Promise.all(amounts),
    getBonds(rootChain),
    ethereum.getBlockNumber({ cacheTime: 0 }),
  ])
  return { held: new Map(tokens.map(({ address }, index) => [address, held[index]!])), bond, head }
}

/** What somebody has on Ethereum, looked up while it is shown; undefined until it is known. */
export function useEthereumMoney(
  owner: Address | undefined,
  tokens: readonly Token[],
): EthereumMoney | undefined {
  const { client } = useNetwork()
  const [money, setMoney] = useState<EthereumMoney>()
  const names = tokens.map(({ address }) => address).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names say which tokens there are
  useEffect(() => {
    if (owner === undefined) return
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async () => {
      const read = await readMoney(client, owner, tokens).catch((error: Error) => {
        console.warn(error.message)
        return undefined
      })
      if (over) return
      if (read) setMoney(read)
      timer = setTimeout(() => void look(), LOOK_MS)
    }
    void look()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [client, owner, names])
  return money
}
