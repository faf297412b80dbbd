/** The test tokens of a devnet: anybody may mint them, and an account of the test mnemonic has ether. */
import type { Address, Hex } from '@omg/protocol'
import { type Deployment, omgTokenAbi, type RootChain, testTokenAbi, writeContract } from '@omg/rootchain'
import type { OmgClient } from '@omg/sdk'
import { ETHER, parseUnits, type Token } from '../terminal/amount.ts'

/** An amount of a token, in its units. */
export interface TestMoney {
  readonly token: Address
  readonly amount: bigint
}

/** Ether, the test dollar and the test assets, where the deployment has them. */
export function testTokens({ testTokens: listed, feeTokens }: Deployment): Token[] {
  const dollar = feeTokens.find(({ token }) => token === listed?.usd)
  const known = [...(dollar ? [dollar] : []), ...(listed?.assets ?? [])]
  return [ETHER, ...known.map(({ token, symbol, decimals }) => ({ address: token, symbol, decimals }))]
}

/** Amounts by symbol, as people write them: `{ ETH: '2', TBTC: '0.1' }`. Tokens that the deployment lacks are left out. */
export function testMoney(deployment: Deployment, amounts: Readonly<Record<string, string>>): TestMoney[] {
  return testTokens(deployment).flatMap(token => {
    const amount = amounts[token.symbol]
    return amount === undefined ? [] : [{ token: token.address, amount: parseUnits(amount, token) }]
  })
}

/** Mints a test token. Returns the hash of the transaction. */
export async function mintTestToken(
  rootChain: RootChain,
  to: Address,
  { token, amount }: TestMoney,
): Promise<Hex> {
  const mint = { address: token, abi: testTokenAbi, functionName: 'mint', args: [to, amount] } as const
  return (await writeContract(rootChain, mint)).transactionHash
}

/** Sends OMG, which nobody can mint. Returns the hash of the transaction. */
export async function sendOmg(rootChain: RootChain, to: Address, amount: bigint): Promise<Hex> {
  const contract = { address: rootChain.deployment.omgToken, abi: omgTokenAbi } as const
  const transfer = { ...contract, functionName: 'transfer', args: [to, amount] } as const
  return (await writeContract(rootChain, transfer)).transactionHash
}

/** Gives an account test money on Ethereum, except ether. Tokens at once: each waits for a block. */
export async function mintTestMoney(
  rootChain: RootChain,
  to: Address,
  money: readonly TestMoney[],
): Promise<void> {
  const tokens = money.filter(({ token }) => token !== ETHER.address)
  await Promise.all(tokens.map(each => mintTestToken(rootChain, to, each)))
}

/** Brings test money to the chain as coins of the client's account; what is no ether is minted first. */
export async function depositTestMoney(client: OmgClient, money: readonly TestMoney[]): Promise<void> {
  await mintTestMoney(await client.rootChain(), client.address(), money)
  await Promise.all(money.map(each => client.deposit(each)))
}
