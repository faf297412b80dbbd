import { type Address, address, ZERO_ADDRESS } from '@omg/protocol'
import {
  createPublicClient,
  encodeDeployData,
  erc20Abi,
  getContractAddress,
  http,
  type LocalAccount,
} from 'viem'
import { bondingAbi } from '../abi.ts'
import { bond } from '../actions/bond.ts'
import { proveSigningKey } from '../actions/signingKey.ts'
import { describeValidator } from '../actions/validator.ts'
import { type Deployment, domainOf, type FeeToken, type TestAsset } from '../deployment.ts'
import { rootChainError } from '../error.ts'
import { checkParameters, type Parameters } from '../parameters.ts'
import { checkDeployment } from '../reads/parameters.ts'
import { createTransactionSender } from '../send/transactionSender.ts'
import { type Writer, writeContract } from '../send/writeContract.ts'
import { ARTIFACTS, readArtifact } from './artifacts.ts'

/** A validator of the first set. */
export interface FirstValidator {
  /** Whose bond it is; default the deployer. Needs ether for four transactions. */
  readonly account?: LocalAccount
  /** The key that signs checkpoints; it signs that it stands for the account, and sends nothing. */
  readonly signer: Pick<LocalAccount, 'address' | 'signTypedData'>
  /** OMG wei, default the smallest bond. */
  readonly bond?: bigint
  /** What she says of herself; default nothing. */
  readonly description?: string
}

export interface DeployContractsParameters {
  readonly rpcUrl: string
  /** Deploys, holds the supply of a new OMG token, and sends nothing else meanwhile: addresses follow from its nonce. */
  readonly account: LocalAccount
  readonly parameters: Parameters
  readonly validators: readonly FirstValidator[]
  /** The OMG token. Without it this is a devnet: a new one is made, and test tokens that anybody may mint. */
  readonly omgToken?: Address
  /** Devnets only: more tokens that anybody may mint. */
  readonly testAssets?: readonly {
    readonly name: string
    readonly symbol: string
    readonly decimals: number
  }[]
  /** Accepted fee tokens, lane 0 first; default ETH, and in a devnet the test dollar. */
  readonly feeTokens?: readonly Omit<FeeToken, 'lane'>[]
  /** Who may register further modules, after the quarantine; default the deployer. */
  readonly governor?: Address
  /** OMG wei that listing a market burns; default 1,000 OMG. */
  readonly listingFee?: bigint
  /** Uniswap's Permit2 where it exists. */
  readonly permit2?: Address
  /** Where `forge build` wrote, default contracts/out. */
  readonly artifacts?: string
  readonly onProgress?: (what: string) => void
}

/** Supply of a new OMG token: that of the real one, 140,245,398 OMG. */
const OMG_SUPPLY = 140_245_398n * 10n ** 18n

/** OMG wei: enough that nobody lists markets for fun. */
const LISTING_FEE = 1_000n * 10n ** 18n

const ETH: Omit<FeeToken, 'lane'> = {
  token: ZERO_ADDRESS,
  unit: 1_000_000_000n,
  symbol: 'ETH',
  decimals: 18,
}

/**
 * Deploys every contract, bonds the first validators and publishes their set, in the order of contracts/DEPLOYMENT.md.
 *
 * @throws OmgError `deployment.parameters`, `deployment.artifact`, and what sending transactions throws.
 */
export async function deployContracts(parameters: DeployContractsParameters): Promise<Deployment> {
  checkParameters(parameters.parameters)
  const deployer = createDeployer(parameters)
  const chainId = BigInt(await deployer.ethereum.getChainId())

  const omgToken =
    parameters.omgToken ?? (await deployer.deploy('OmgToken', [OMG_SUPPLY, parameters.account.address]))
  const testTokens = parameters.omgToken ? undefined : await deployTestTokens(deployer, parameters)
  const feeTokens = feeTokensOf(parameters, testTokens?.usd)

  const at = await deployer.predict(MODULES.map(({ name }) => name))
  const rootChain = [
    parameters.parameters,
    feeTokens,
    at.bonding,
    parameters.governor ?? parameters.account.address,
    [at.ethVault, at.erc20Vault, at.erc721Vault],
    [at.exitQueue, at.standardExits, at.inFlightExits],
  ]
  const links: Links = {
    ...{ ...at, omgToken, permit2: parameters.permit2 ?? ZERO_ADDRESS },
    listingFee: parameters.listingFee ?? LISTING_FEE,
  }
  await deployer.deploy('RootChain', rootChain)
  const deployedAtBlock = deployer.lastBlock()
  for (const { contract, arguments: argumentsOf } of MODULES.slice(1)) {
    await deployer.deploy(contract, argumentsOf(links))
  }

  const deployment: Deployment = {
    ...at,
    chainId,
    omgToken,
    deployedAtBlock,
    parameters: parameters.parameters,
    feeTokens,
    ...(testTokens && { testTokens }),
  }
  // Refuses a network whose parts do not know each other, because another transaction of the account came in between.
  await checkDeployment({ ...deployer, deployment })
  await bondValidators(deployer, deployment, parameters)
  return deployment
}

async function deployTestTokens(deployer: Deployer, { testAssets }: DeployContractsParameters) {
  const usd = await deployer.deploy('TestUsd', [])
  const item = await deployer.deploy('TestItem', [])
  if (!testAssets) return { usd, item }
  const assets: TestAsset[] = []
  for (const { name, symbol, decimals } of testAssets) {
    const token = await deployer.deploy('TestToken', [name, symbol, decimals])
    assets.push({ token, symbol, decimals })
  }
  return { usd, item, assets }
}

type ModuleName = (typeof MODULES)[number]['name']
type Links = Record<ModuleName | 'omgToken' | 'permit2', Address> & {
  readonly listingFee: bigint
}

/** What is deployed after the tokens, in this order: each knows the others by the addresses that the order implies. */
const MODULES = [
  { name: 'rootChain', contract: 'RootChain', arguments: () => [] },
  {
    name: 'bonding',
    contract: 'Bonding',
    arguments: at => [at.rootChain, at.omgToken, at.slashing, at.insuranceVault],
  },
  { name: 'ethVault', contract: 'EthVault', arguments: at => [at.rootChain] },
  { name: 'erc20Vault', contract: 'Erc20Vault', arguments: at => [at.rootChain, at.permit2] },
  { name: 'erc721Vault', contract: 'Erc721Vault', arguments: at => [at.rootChain] },
  { name: 'insuranceVault', contract: 'InsuranceVault', arguments: at => [at.erc20Vault] },
  {
    name: 'exitQueue',
    contract: 'ExitQueue',
    arguments: at => [at.rootChain, at.ethVault, at.erc20Vault, at.erc721Vault],
  },
  { name: 'standardExits', contract: 'StandardExits', arguments: at => [at.rootChain, at.exitQueue] },
  { name: 'inFlightExits', contract: 'InFlightExits', arguments: at => [at.rootChain, at.exitQueue] },
  { name: 'markets', contract: 'Markets', arguments: at => [at.rootChain, at.omgToken, at.listingFee] },
  { name: 'slashing', contract: 'Slashing', arguments: at => [at.rootChain, at.bonding] },
  {
    name: 'rewards',
    contract: 'Rewards',
    arguments: at => [
      ...[at.rootChain, at.bonding, at.standardExits, at.ethVault, at.erc20Vault],
      ...[at.omgToken, at.insuranceVault],
    ],
  },
  { name: 'feeVotes', contract: 'FeeVotes', arguments: at => [at.bonding] },
] as const satisfies readonly {
  name: keyof Deployment
  contract: string
  arguments: (at: Record<string, Address | bigint>) => unknown[]
}[]

interface Deployer extends Writer {
  /** The addresses of the next contracts. */
  predict<Name extends string>(names: readonly Name[]): Promise<Record<Name, Address>>
  deploy(contract: string, args: readonly unknown[]): Promise<Address>
  /** The block of the last deployment. */
  lastBlock(): bigint
}

function createDeployer({
  rpcUrl,
  account,
  artifacts = ARTIFACTS,
  onProgress,
}: DeployContractsParameters): Deployer {
  const ethereum = createPublicClient({ transport: http(rpcUrl), pollingInterval: 100 })
  const sender = createTransactionSender({ client: ethereum, account })
  let last = 0n
  return {
    ethereum,
    sender,
    lastBlock: () => last,

    async predict(names) {
      const from = account.address
      const first = await ethereum.getTransactionCount({ address: from, blockTag: 'pending' })
      const entries = names.map((name, index) => [
        name,
        address(getContractAddress({ from, nonce: BigInt(first + index) })),
      ])
      return Object.fromEntries(entries)
    },

    async deploy(contract, args) {
      onProgress?.(`deploying ${contract}`)
      const { abi, bytecode } = await readArtifact(contract, artifacts)
      const receipt = await sender.send({ data: encodeDeployData({ abi, bytecode, args: [...args] }) })
      if (receipt.status !== 'success' || !receipt.contractAddress) {
        throw rootChainError('ethereum.reverted', `the constructor of ${contract} failed`)
      }
      last = receipt.blockNumber
      return address(receipt.contractAddress)
    },
  }
}

function feeTokensOf({ feeTokens }: DeployContractsParameters, testUsd: Address | undefined): FeeToken[] {
  const devnet = testUsd ? [ETH, { token: testUsd, unit: 1n, symbol: 'TUSD', decimals: 6 }] : [ETH]
  return (feeTokens ?? devnet).map((token, lane) => ({ lane, ...token }))
}

async function bondValidators(
  deployer: Deployer,
  deployment: Deployment,
  { account, validators, parameters, onProgress }: DeployContractsParameters,
): Promise<void> {
  if (validators.length === 0) return
  const token = { address: deployment.omgToken, abi: erc20Abi } as const
  for (const first of validators) {
    const { account: bonder = account, signer, bond: amount = parameters.minBond, description } = first
    onProgress?.(`bonding validator ${address(signer.address)}`)
    const { ethereum } = deployer
    const own = bonder.address === account.address
    const writer = own
      ? deployer
      : { ethereum, sender: createTransactionSender({ client: ethereum, account: bonder }) }
    if (!own)
      await writeContract(deployer, { ...token, functionName: 'transfer', args: [bonder.address, amount] })
    const key = await proveSigningKey(signer, address(bonder.address), domainOf(deployment))
    await bond({ ...writer, deployment }, { amount, key })
    if (description !== undefined) await describeValidator({ ...writer, deployment }, { description })
  }
  await writeContract(deployer, {
    address: deployment.bonding,
    abi: bondingAbi,
    functionName: 'publishValidatorSet',
    args: [],
  })
}
