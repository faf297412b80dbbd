/** Several validators on one machine: who they are, how they find each other, and what they start from. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { genesisFile, nodeId, nodeSeed, publicKeyOf, validatorOf } from '@omg/node'
import { consensusChainId, type Hex } from '@omg/protocol'
import { type Deployment, domainOf } from '@omg/rootchain'
import { createPublicClient, createWalletClient, http, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { demoKey, validatorKey } from '../account/demoAccounts.ts'
import { claimPort } from './port.ts'

/** Most validators that `omg up` starts: each is two processes. */
export const MAX_DEVNET_VALIDATORS = 16
/** Ether for bonding and for checkpoints. */
const GAS_MONEY = parseEther('100')
/** OMG of each: one unit of power in the engine is one OMG. */
export const DEVNET_BOND = 100_000n * 10n ** 18n

/** The programs of the validators; the first is the node that everything talks to. */
export type ValidatorName = 'node' | `validator${number}`

export interface DevnetValidator {
  readonly name: ValidatorName
  readonly key: Hex
  readonly port: number
  /** host:port of its CometBFT. */
  readonly p2p: string
}

export function validatorName(place: number): ValidatorName {
  return place === 1 ? 'node' : `validator${place}`
}

/** Chooses ports for all of them; that of the first node is given. */
export async function planValidators(count: number, nodePort: number): Promise<DevnetValidator[]> {
  const plan: DevnetValidator[] = []
  for (let place = 1; place <= count; place++) {
    const name = validatorName(place)
    const port = place === 1 ? nodePort : await freePort(plan, name)
    plan.push({ name, key: validatorKey(place), port, p2p: `127.0.0.1:${await freePort(plan, name)}` })
  }
  return plan
}

/** A port is free until its program starts, so none is given out twice. */
async function freePort(plan: readonly DevnetValidator[], name: string): Promise<number> {
  for (;;) {
    const port = await claimPort(0, name)
    if (!plan.some(other => other.port === port || other.p2p.endsWith(`:${port}`))) return port
  }
}

/** Gives each ether on a new devnet, before it bonds. */
export async function fundValidators(validators: readonly DevnetValidator[], rpcUrl: string): Promise<void> {
  const ethereum = createPublicClient({ transport: http(rpcUrl) })
  const account = privateKeyToAccount(demoKey('faucet'))
  const faucet = createWalletClient({ account, transport: http(rpcUrl) })
  for (const { key } of validators.slice(1)) {
    const to = privateKeyToAccount(key).address
    const hash = await faucet.sendTransaction({ chain: null, to, value: GAS_MONEY })
    await ethereum.waitForTransactionReceipt({ hash })
  }
}

const genesisOf = (data: string) => join(data, 'genesis.json')

/** The genesis of a new network of several; all of them start from this file. */
export function writeGenesis(
  data: string,
  deployment: Deployment,
  validators: readonly DevnetValidator[],
): void {
  if (existsSync(genesisOf(data))) return
  const genesis = genesisFile({
    chainId: consensusChainId(domainOf(deployment)),
    time: BigInt(Math.floor(Date.now() / 1000)),
    validators: validators.map(({ key }) => validatorOf(publicKeyOf(key), DEVNET_BOND / 10n ** 18n)),
  })
  writeFileSync(genesisOf(data), genesis)
}

/** Settings of one of several validators, as its environment. */
export function validatorEnvironment(
  own: DevnetValidator,
  validators: readonly DevnetValidator[],
  data: string,
): Record<string, string> {
  const others = validators.filter(({ name }) => name !== own.name)
  return {
    OMG_VALIDATOR_KEY: own.key,
    ...(others.length > 0 && {
      OMG_CONSENSUS_ENGINE: 'cometbft',
      OMG_CONSENSUS_GENESIS: genesisOf(data),
      OMG_CONSENSUS_P2P_LISTEN: own.p2p,
      OMG_CONSENSUS_RPC_LISTEN: '127.0.0.1:0',
      OMG_CONSENSUS_PEERS: others.map(({ key, p2p }) => `${nodeId(nodeSeed(key))}@${p2p}`).join(','),
    }),
  }
}
