import type { Address } from '@omg/protocol'
import type { Deployment } from '@omg/rootchain'
import { createClient, http, type NodeTransport, type OmgClient, SdkError } from '@omg/sdk'
import { createPublicClient, erc20Abi, http as ethereumHttp } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { demoKey } from '../account/demoAccounts.ts'
import { mintDollars, rootChainFor } from '../devnet/funding.ts'
import { ETHER, type Token } from '../terminal/amount.ts'

/** Where the play is given. */
export interface Stage {
  deployment: Deployment
  ethereumUrl: string
  nodeUrl: string
  watcherUrl: string
}

/** Somebody with new keys: what she has at the end is what this play gave her, whatever was played before. */
export interface Person {
  name: string
  address: Address
  client: OmgClient
}

export interface Cast {
  stage: Stage
  alice: Person
  bob: Person
  carol: Person
  mallory: Person
  /** Sends the transactions that anybody may send, so that the others' ether on Ethereum changes only by what they are paid. */
  passerBy: OmgClient
  dollar: Token
  /** How much of a token an address has on Ethereum. */
  onEthereum(address: Address, token: Token): Promise<bigint>
}

/** Ether for deposits, bonds and gas on Ethereum. */
const ETHER_EACH = 5n * 10n ** 18n
const DOLLARS_FOR_BOB = 1_000n * 10n ** 6n

/** Makes four people with new keys and gives them some test money on Ethereum. */
export async function gatherCast(stage: Stage): Promise<Cast> {
  const { deployment, ethereumUrl, nodeUrl } = stage
  const patron = rootChainFor('dave', deployment, ethereumUrl)
  const ethereum = createPublicClient({ transport: ethereumHttp(ethereumUrl), pollingInterval: 200 })
  const person = (name: string): Person => {
    const account = privateKeyToAccount(generatePrivateKey())
    const client = createClient({ node: nodeUrl, ethereum: ethereumUrl, account, deployment })
    return { name, address: client.address(), client }
  }
  const [alice, bob, carol, mallory] = [person('Alice'), person('Bob'), person('Carol'), person('Mallory')]
  const sender = patron.sender
  if (sender === undefined) throw new Error('the patron has no key')
  await Promise.all(
    [alice, bob, carol, mallory].map(({ address }) =>
      sender.send({ to: address, value: ETHER_EACH, data: '0x' }),
    ),
  )
  await mintDollars(patron, bob.address, DOLLARS_FOR_BOB)

  const { testTokens, feeTokens } = deployment
  const listed = feeTokens.find(({ token }) => token === testTokens?.usd)
  if (listed === undefined) throw new Error('the demo needs a devnet with test dollars')
  const dollar = { address: listed.token, symbol: listed.symbol, decimals: listed.decimals }
  const passerBy = createClient({
    node: nodeUrl,
    ethereum: ethereumUrl,
    account: privateKeyToAccount(demoKey('carol')),
    deployment,
  })
  return {
    stage,
    alice,
    bob,
    carol,
    mallory,
    passerBy,
    dollar,
    async onEthereum(address, token) {
      if (token.address === ETHER.address) return ethereum.getBalance({ address })
      return ethereum.readContract({
        address: token.address,
        abi: erc20Abi,
        functionName: 'balanceOf',
        args: [address],
      })
    },
  }
}

/** A node that takes no payment and gives no answer, as one that censors would; reading it works. */
export function silentNode(url: string): NodeTransport {
  const node = http(url)
  return {
    ...node,
    async request(method, params) {
      if (method === 'omg_submit') throw new SdkError('node.unreachable', 'the node does not answer')
      return node.request(method, params)
    },
  }
}
