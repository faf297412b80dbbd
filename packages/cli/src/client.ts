import { readFileSync } from 'node:fs'
import { type Address, parseAddress } from '@omg/protocol'
import { decodeDeployment } from '@omg/rootchain'
import { createClient, type OmgClient } from '@omg/sdk'
import { erc20Abi, type LocalAccount } from 'viem'
import { findAccount, unlockAccount } from './account/accounts.ts'
import { deploymentFile } from './devnet/record.ts'
import { cliError } from './error.ts'
import type { Session } from './session.ts'
import { ETHER, findToken, type Token } from './terminal/amount.ts'

/**
 * A client of the network of this session; with the key of its account, or of the one given, when the command signs or sends, over a WebSocket when it
 * listens.
 */
export async function openClient(
  session: Session,
  needs: { key: boolean; live?: boolean; account?: LocalAccount },
): Promise<OmgClient> {
  const { running, data } = session
  const trusted = running && decodeDeployment(readFileSync(deploymentFile(data), 'utf8'))
  const connection = {
    node: needs.live ? session.nodeUrl().replace(/^http/, 'ws') : session.nodeUrl(),
    ethereum: session.ethereumUrl(),
    ...(trusted && { deployment: trusted }),
  }
  if (needs.account) return createClient({ ...connection, account: needs.account })
  if (!needs.key) return createClient(connection)
  const account = await unlockAccount(data, accountName(session), running?.devnet === true)
  return createClient({ ...connection, account })
}

/** The address of the session's account, or of the one that a command names. */
export function ownerOf(session: Session, named?: string): Address {
  return addressOf(session, named ?? accountName(session))
}

/** An address, or the address of an account of this folder. */
export function addressOf({ data, running }: Session, nameOrAddress: string): Address {
  const parsed = parseAddress(nameOrAddress)
  if (parsed.ok) return parsed.value
  return findAccount(data, nameOrAddress, running?.devnet === true).address
}

function accountName({ accountName: name }: Session): string {
  if (name === undefined) throw cliError('account.unknown', 'no account was named (--account <name>)')
  return name
}

/** The tokens that have a name here: ETH, and those in which fees are paid. */
export async function knownTokens(client: OmgClient): Promise<Token[]> {
  const { feeTokens } = await client.network()
  const named = feeTokens.map(({ token, symbol, decimals }) => ({ address: token, symbol, decimals }))
  return [ETHER, ...named.filter(({ address }) => address !== ETHER.address)]
}

/** The token that a user means, by symbol or address; what Ethereum says about a token without a name here. */
export async function tokenNamed(client: OmgClient, name: string): Promise<Token> {
  const known = await knownTokens(client)
  const parsed = parseAddress(name)
  if (!parsed.ok || known.some(({ address }) => address === parsed.value)) return findToken(name, known)
  return describeToken(client, parsed.value)
}

/** How to show amounts of a token. One that tells nothing about itself is shown in its smallest units. */
export async function describeToken(client: OmgClient, address: Address): Promise<Token> {
  const known = (await knownTokens(client)).find(token => token.address === address)
  if (known !== undefined) return known
  const { ethereum } = await client.rootChain()
  const [symbol, decimals] = await Promise.all([
    ethereum
      .readContract({ address, abi: erc20Abi, functionName: 'symbol' })
      .catch(() => `${address.slice(0, 10)}...`),
    ethereum.readContract({ address, abi: erc20Abi, functionName: 'decimals' }).catch(() => 0),
  ])
  return { address, symbol, decimals }
}
