import { type Address, address, hash } from '@omg/protocol'
import { getPermit2, type Permit, type Permit2Transfer, type RootChain } from '@omg/rootchain'
import {
  domainSeparator,
  erc20Abi,
  hashTypedData,
  parseAbi,
  type TypedDataDefinition,
  type TypedDataDomain,
} from 'viem'
import { sdkError } from '../error.ts'
import { type Account, signTypedData, type TypedData } from './account.ts'

/** How long a signed permission for a deposit holds, in seconds of Ethereum time. */
export const PERMIT_SECONDS = 1_800n

/** The deposit that a signature permits. */
export interface PermittedDeposit {
  readonly token: Address
  /** Token units. */
  readonly amount: bigint
}

const permitAbi = parseAbi([
  'function DOMAIN_SEPARATOR() view returns (bytes32)',
  'function nonces(address owner) view returns (uint256)',
  'function version() view returns (string)',
])

const uint256 = (name: string) => ({ name, type: 'uint256' })
const addressField = (name: string) => ({ name, type: 'address' })
const PERMIT_TYPES = {
  Permit: [
    ...[addressField('owner'), addressField('spender')],
    ...[uint256('value'), uint256('nonce'), uint256('deadline')],
  ],
}
const PERMIT2_TYPES = {
  PermitTransferFrom: [
    { name: 'permitted', type: 'TokenPermissions' },
    ...[addressField('spender'), uint256('nonce'), uint256('deadline')],
  ],
  TokenPermissions: [addressField('token'), uint256('amount')],
}

/**
 * Signs an EIP-2612 permit of exactly this deposit for the vault.
 *
 * @throws SdkError `deposit.no_permit`, `wallet.refused`, `wallet.signature`.
 */
export async function signPermit(
  account: Account,
  rootChain: RootChain,
  { token, amount }: PermittedDeposit,
): Promise<Permit> {
  const { ethereum, deployment } = rootChain
  const [domain, nonce, deadline] = await Promise.all([
    permitDomain(rootChain, token),
    ethereum
      .readContract({ address: token, abi: permitAbi, functionName: 'nonces', args: [account.address] })
      .catch(cause => noPermit(token, cause)),
    deadlineOf(rootChain),
  ])
  const message = { owner: account.address, spender: deployment.erc20Vault, value: amount, nonce, deadline }
  const signature = await sign(account, { domain, types: PERMIT_TYPES, primaryType: 'Permit', message })
  return { deadline, signature }
}

/**
 * Signs a Permit2 transfer of exactly this deposit to the vault.
 *
 * @throws SdkError `deposit.no_permit`, `wallet.refused`, `wallet.signature`.
 */
export async function signPermit2(
  account: Account,
  rootChain: RootChain,
  { token, amount }: PermittedDeposit,
): Promise<Permit2Transfer> {
  const { deployment } = rootChain
  const [permit2, deadline] = await Promise.all([getPermit2(rootChain), deadlineOf(rootChain)])
  if (!permit2) throw sdkError('deposit.no_permit', 'the ERC-20 vault of this network knows no Permit2')
  // Nonces of Permit2 have no order, so a random one needs no look-up and collides with none.
  const nonce = randomWord()
  const domain = { name: 'Permit2', chainId: deployment.chainId, verifyingContract: permit2 }
  const message = { permitted: { token, amount }, spender: deployment.erc20Vault, nonce, deadline }
  const signature = await sign(account, {
    ...{ domain, types: PERMIT2_TYPES, primaryType: 'PermitTransferFrom', message },
  })
  return { nonce, deadline, signature }
}

async function deadlineOf({ ethereum }: RootChain): Promise<bigint> {
  return (await ethereum.getBlock()).timestamp + PERMIT_SECONDS
}

/** Tokens name themselves in three ways; the separator, which is what they check, tells which. */
async function permitDomain({ ethereum, deployment }: RootChain, token: Address): Promise<TypedDataDomain> {
  const [separator, name, version] = await Promise.all([
    ethereum
      .readContract({ address: token, abi: permitAbi, functionName: 'DOMAIN_SEPARATOR' })
      .catch(cause => noPermit(token, cause)),
    ethereum
      .readContract({ address: token, abi: erc20Abi, functionName: 'name' })
      .catch(cause => noPermit(token, cause)),
    ethereum.readContract({ address: token, abi: permitAbi, functionName: 'version' }).catch(() => '1'),
  ])
  const base = { name, chainId: deployment.chainId, verifyingContract: address(token) }
  const domains: TypedDataDomain[] = [{ ...base, version }, { ...base, version: '1' }, base]
  return domains.find(domain => domainSeparator({ domain }) === separator) ?? noPermit(token)
}

function noPermit(token: Address, cause?: unknown): never {
  throw sdkError('deposit.no_permit', `token ${token} has no EIP-2612 permit`, cause)
}

function sign(account: Account, typedData: TypedDataDefinition): ReturnType<typeof signTypedData> {
  const EIP712Domain = Object.entries(DOMAIN_TYPES)
    .filter(([name]) => name in (typedData.domain ?? {}))
    .map(([name, type]) => ({ name, type }))
  const complete = { ...typedData, types: { EIP712Domain, ...typedData.types } } as TypedData
  return signTypedData(account, complete, hash(hashTypedData(typedData)))
}

const DOMAIN_TYPES = { name: 'string', version: 'string', chainId: 'uint256', verifyingContract: 'address' }

function randomWord(): bigint {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return bytes.reduce((word, byte) => (word << 8n) | BigInt(byte), 0n)
}
