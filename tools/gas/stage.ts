import { createRootChain, type Deployment, mainnetParameters, type RootChain } from '@omg/rootchain'
import { deployContracts } from '@omg/rootchain/deploy'
import { type Ethereum, startAnvil, testAccount } from '@omg/rootchain/testing'
import type { OperationName } from './operations.ts'

/** Test accounts 1 to 16 are the validators. */
export const VALIDATORS = Array.from({ length: 16 }, (_, index) => index + 1)
export const FIRST_SET = 4
export const ALICE = 17
export const BOB = 18
export const CAROL = 19
const DEPLOYER = 0

/** A network with mainnet parameters on a fresh anvil, and what was measured on it. */
export interface Stage extends AsyncDisposable {
  readonly ethereum: Ethereum
  readonly deployment: Deployment
  /** The contracts as a test account sees them. */
  as(account: number): RootChain
  /** Runs an action and notes the gas of its last transaction under each of the names. */
  measure<Result>(operation: OperationName, action: () => Promise<Result>, parts?: number): Promise<Result>
  readonly gas: ReadonlyMap<OperationName, number>
}

export async function openStage(): Promise<Stage> {
  const ethereum = await startAnvil()
  try {
    return await deployStage(ethereum)
  } catch (error) {
    await ethereum.stop()
    throw error
  }
}

async function deployStage(ethereum: Ethereum): Promise<Stage> {
  const deployment = await deployContracts({
    rpcUrl: ethereum.url,
    account: testAccount(DEPLOYER),
    parameters: mainnetParameters,
    validators: VALIDATORS.slice(0, FIRST_SET).map(index => ({
      account: testAccount(index),
      signer: testAccount(index),
    })),
  })
  const clients = new Map<number, RootChain>()
  const gas = new Map<OperationName, number>()
  return {
    ethereum,
    deployment,
    gas,

    as(account) {
      const client =
        clients.get(account) ??
        createRootChain({ urls: [ethereum.url], deployment, account: testAccount(account) })
      clients.set(account, client)
      return client
    },

    async measure(operation, action, parts = 1) {
      const result = await action()
      // Anvil mines each transaction in a block of its own.
      const block = await ethereum.client.getBlock()
      gas.set(operation, Math.round(Number(block.gasUsed) / parts))
      return result
    },

    [Symbol.asyncDispose]: () => ethereum.stop(),
  }
}
