import { type Address, type Domain, parseAddress } from '@omg/protocol'
import { rootChainError } from './error.ts'
import type { Parameters } from './parameters.ts'

/** An accepted fee token. A lane counts its fees in units of `unit` token wei. */
export interface FeeToken {
  readonly lane: number
  /** Zero is ETH. */
  readonly token: Address
  readonly unit: bigint
  readonly symbol: string
  readonly decimals: number
}

/** An ERC-20 that anybody may mint. */
export interface TestAsset {
  readonly token: Address
  readonly symbol: string
  readonly decimals: number
}

/** Where the contracts of one network are, and by which numbers they live. Every program of the project reads it. */
export interface Deployment {
  readonly chainId: bigint
  readonly rootChain: Address
  readonly bonding: Address
  readonly omgToken: Address
  readonly ethVault: Address
  readonly erc20Vault: Address
  readonly erc721Vault: Address
  /** Where the insurance's part of fees and of slashed stake goes; it pays nobody but the ERC-20 vault. */
  readonly insuranceVault: Address
  /** Pays exits in order, and knows who spent what. */
  readonly exitQueue: Address
  readonly standardExits: Address
  readonly inFlightExits: Address
  /** Which markets there are. */
  readonly markets: Address
  /** Judges what validators sign. */
  readonly slashing: Address
  /** Divides fees among stakers; the chain pays them to coins of this contract. */
  readonly rewards: Address
  /** What stakers want the fees to be. */
  readonly feeVotes: Address
  /** First block that can hold an event of these contracts. */
  readonly deployedAtBlock: bigint
  readonly parameters: Parameters
  readonly feeTokens: readonly FeeToken[]
  /** Devnets only: a dollar and an ERC-721 that anybody may mint, and whatever else there is to trade. */
  readonly testTokens?: {
    readonly usd: Address
    readonly item: Address
    readonly assets?: readonly TestAsset[]
  }
}

/** The names of the contracts in a deployment. */
export const CONTRACT_NAMES = [
  'rootChain',
  'bonding',
  'omgToken',
  'ethVault',
  'erc20Vault',
  'erc721Vault',
  'insuranceVault',
  'exitQueue',
  'standardExits',
  'inFlightExits',
  'markets',
  'slashing',
  'rewards',
  'feeVotes',
] as const

export type ContractName = (typeof CONTRACT_NAMES)[number]

/** The EIP-712 domain of everything that is signed on the network. */
export function domainOf({ chainId, rootChain }: Deployment): Domain {
  return { chainId, verifyingContract: rootChain }
}

/** The record as JSON, bigints as decimal strings. */
export function encodeDeployment(deployment: Deployment): string {
  return `${JSON.stringify(deployment, (_, value) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`
}

/**
 * Reads a record: JSON text, or the value that JSON.parse made of it.
 *
 * @throws OmgError `deployment.invalid` naming the field.
 */
export function decodeDeployment(json: unknown): Deployment {
  const record = fieldsOf(typeof json === 'string' ? parse(json) : json, 'the record')
  const contracts = Object.fromEntries(CONTRACT_NAMES.map(name => [name, addressOf(record, name)])) as Record<
    ContractName,
    Address
  >
  const deployment: Deployment = {
    chainId: integerOf(record, 'chainId'),
    ...contracts,
    deployedAtBlock: integerOf(record, 'deployedAtBlock'),
    parameters: parametersOf(record.parameters),
    feeTokens: feeTokensOf(record.feeTokens),
  }
  if (record.testTokens === undefined) return deployment
  const testTokens = fieldsOf(record.testTokens, 'testTokens')
  return {
    ...deployment,
    testTokens: {
      usd: addressOf(testTokens, 'usd'),
      item: addressOf(testTokens, 'item'),
      ...(testTokens.assets !== undefined && { assets: assetsOf(testTokens.assets) }),
    },
  }
}

const SMALL_PARAMETERS = [
  'minFinalizationPeriod',
  'maxSeasoning',
  'blobSeasoning',
  'conversionWindow',
  'responseWindow',
  'fraudWindow',
  'unbondingDelay',
  'validatorSetOverlap',
  'epoch',
  'quarantine',
  'maxOriginAgeBlocks',
  'secondsPerBlock',
  'revealDelayBlocks',
  'maxValidators',
  'standardExitBondGas',
  'inFlightExitBondGas',
  'piggybackBondGas',
] as const satisfies readonly (keyof Parameters)[]

function parametersOf(value: unknown): Parameters {
  const record = fieldsOf(value, 'parameters')
  const small = Object.fromEntries(
    SMALL_PARAMETERS.map(name => [name, Number(integerOf(record, name))]),
  ) as Record<(typeof SMALL_PARAMETERS)[number], number>
  return {
    ...small,
    minBond: integerOf(record, 'minBond'),
    bondBaseFeeFloor: integerOf(record, 'bondBaseFeeFloor'),
  }
}

const MAX_LANES = 4

function feeTokensOf(value: unknown): FeeToken[] {
  if (!Array.isArray(value) || value.length > MAX_LANES)
    throw invalid('feeTokens is not a list of at most four')
  return value.map((item, index) => {
    const record = fieldsOf(item, `feeTokens[${index}]`)
    const lane = Number(integerOf(record, 'lane'))
    if (lane !== index) throw invalid(`feeTokens[${index}].lane is not ${index}`)
    if (typeof record.symbol !== 'string') throw invalid(`feeTokens[${index}].symbol is not text`)
    return {
      lane,
      token: addressOf(record, 'token'),
      unit: integerOf(record, 'unit'),
      symbol: record.symbol,
      decimals: Number(integerOf(record, 'decimals')),
    }
  })
}

const MAX_ASSETS = 64

function assetsOf(value: unknown): TestAsset[] {
  if (!Array.isArray(value) || value.length > MAX_ASSETS)
    throw invalid('testTokens.assets is not a short list')
  return value.map((item, index) => {
    const record = fieldsOf(item, `testTokens.assets[${index}]`)
    if (typeof record.symbol !== 'string') throw invalid(`testTokens.assets[${index}].symbol is not text`)
    return {
      token: addressOf(record, 'token'),
      symbol: record.symbol,
      decimals: Number(integerOf(record, 'decimals')),
    }
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw rootChainError('deployment.invalid', 'the deployment record is not JSON', error)
  }
}

function fieldsOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${name} is not an object`)
  return value as Record<string, unknown>
}

function addressOf(record: Record<string, unknown>, name: string): Address {
  const parsed = parseAddress(record[name])
  if (!parsed.ok) throw invalid(`${name} is not an address`)
  return parsed.value
}

function integerOf(record: Record<string, unknown>, name: string): bigint {
  const value = record[name]
  if (typeof value === 'bigint' && value >= 0n) return value
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'string' && /^(0|[1-9][0-9]{0,77})$/.test(value)) return BigInt(value)
  throw invalid(`${name} is not a whole number`)
}

const invalid = (what: string) => rootChainError('deployment.invalid', `deployment record: ${what}`)
