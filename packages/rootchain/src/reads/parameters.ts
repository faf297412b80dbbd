import { bondingAbi, insuranceVaultAbi, marketsAbi, rewardsAbi, rootChainAbi } from '../abi.ts'
import type { RootChain } from '../client.ts'
import { rootChainError } from '../error.ts'
import type { Parameters } from '../parameters.ts'

/** The parameters as Ethereum enforces them. */
export function getParameters({ ethereum, deployment }: RootChain): Promise<Parameters> {
  return ethereum.readContract({
    address: deployment.rootChain,
    abi: rootChainAbi,
    functionName: 'parameters',
  })
}

/**
 * Compares a deployment record with the contracts, before anything is trusted to it: chain, parameters, fee tokens,
 * modules.
 *
 * @throws OmgError `ethereum.wrong_chain` or `deployment.invalid` naming what differs.
 */
export async function checkDeployment(rootChain: RootChain): Promise<void> {
  const { ethereum, deployment } = rootChain
  const chainId = BigInt(await ethereum.getChainId())
  if (chainId !== deployment.chainId) {
    throw rootChainError(
      'ethereum.wrong_chain',
      `Ethereum is chain ${chainId}, the deployment is on ${deployment.chainId}`,
    )
  }
  const contract = { address: deployment.rootChain, abi: rootChainAbi } as const
  if (!(await ethereum.getCode({ address: deployment.rootChain }))) {
    throw rootChainError('deployment.invalid', `there is no contract at ${deployment.rootChain}`)
  }
  const [parameters, feeTokens, bonding] = await Promise.all([
    getParameters(rootChain),
    ethereum.readContract({ ...contract, functionName: 'feeTokens' }),
    ethereum.readContract({ ...contract, functionName: 'bonding' }),
  ])
  for (const [name, value] of Object.entries(parameters)) {
    const recorded = deployment.parameters[name as keyof Parameters]
    if (recorded !== value) throw differs(`parameter ${name}`, recorded, value)
  }
  for (let lane = 0; lane < Math.max(feeTokens.length, deployment.feeTokens.length); lane++) {
    const [recorded, actual] = [deployment.feeTokens[lane], feeTokens[lane]]
    if (recorded?.token !== actual?.token.toLowerCase() || recorded?.unit !== actual?.unit) {
      throw differs(`fee token ${lane}`, recorded?.token, actual?.token)
    }
  }
  if (bonding.toLowerCase() !== deployment.bonding) throw differs('bonding', deployment.bonding, bonding)
  await checkModules(rootChain)
}

async function checkModules({ ethereum, deployment }: RootChain): Promise<void> {
  const markets = { address: deployment.markets, abi: marketsAbi } as const
  const anchor = await ethereum.readContract({ ...markets, functionName: 'rootChain' })
  if (anchor.toLowerCase() !== deployment.rootChain) {
    throw rootChainError('deployment.invalid', 'the registry of markets is not of this root chain')
  }
  const bonding = { address: deployment.bonding, abi: bondingAbi } as const
  const court = await ethereum.readContract({ ...bonding, functionName: 'slashing' })
  if (court.toLowerCase() !== deployment.slashing) throw differs('slashing', deployment.slashing, court)
  const rewards = { address: deployment.rewards, abi: rewardsAbi } as const
  const staked = await ethereum.readContract({ ...rewards, functionName: 'bonding' })
  if (staked.toLowerCase() !== deployment.bonding) throw differs('rewards', deployment.bonding, staked)
  // I11: an account in its place would be paid for the slashing of others' stake.
  const insurances = await Promise.all([
    ethereum.readContract({ ...bonding, functionName: 'insurance' }),
    ethereum.readContract({ ...rewards, functionName: 'insurance' }),
  ])
  for (const insurance of insurances) {
    if (insurance.toLowerCase() !== deployment.insuranceVault)
      throw differs('the insurance', deployment.insuranceVault, insurance)
  }
  const insurance = { address: deployment.insuranceVault, abi: insuranceVaultAbi } as const
  const insured = await ethereum.readContract({ ...insurance, functionName: 'erc20Vault' })
  if (insured.toLowerCase() !== deployment.erc20Vault)
    throw differs('the insured vault', deployment.erc20Vault, insured)
  const contract = { address: deployment.rootChain, abi: rootChainAbi } as const
  for (const name of ['ethVault', 'erc20Vault', 'erc721Vault'] as const) {
    const args = [deployment[name]] as const
    const known = await ethereum.readContract({ ...contract, functionName: 'isVault', args })
    if (!known) throw rootChainError('deployment.invalid', `${name} is not a vault of this root chain`)
  }
  for (const name of ['exitQueue', 'standardExits', 'inFlightExits'] as const) {
    const args = [deployment[name]] as const
    const known = await ethereum.readContract({ ...contract, functionName: 'isExitGame', args })
    if (!known) throw rootChainError('deployment.invalid', `${name} is not an exit game of this root chain`)
  }
}

const differs = (what: string, recorded: unknown, actual: unknown) =>
  rootChainError(
    'deployment.invalid',
    `${what} is ${String(actual)} on Ethereum and ${String(recorded)} in the record`,
  )
