/** A whole network on this machine: Ethereum, contracts, node, watcher, indexer, in this order, and down again in the other. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DataMode } from '@omg/protocol'
import { type Deployment, devnetParameters } from '@omg/rootchain'
import { deployContracts } from '@omg/rootchain/deploy'
import { privateKeyToAccount } from 'viem/accounts'
import { demoKey } from '../account/demoAccounts.ts'
import { cliError } from '../error.ts'
import { ethereumCall, ethereumChainId, mineSteadily, startAnvil } from './anvil.ts'
import { listDemoMarkets, TEST_ASSETS } from './markets.ts'
import { claimPort } from './port.ts'
import { logFile, Programs, urlAt } from './programs.ts'
import {
  lockData,
  type Network,
  type Running,
  readNetwork,
  setNetworkAside,
  writeNetwork,
  writeRunning,
} from './record.ts'
import { DEVNET_FINALIZATION_SECONDS, PATIENT_FINALIZATION_SECONDS } from './settings.ts'
import {
  DEVNET_BOND,
  type DevnetValidator,
  fundValidators,
  planValidators,
  writeGenesis,
} from './validators.ts'

export interface NetworkOptions {
  /** Folder of everything the network writes. */
  data: string
  /** 0 takes any free port; without one for the indexer there is none. */
  ports: { ethereum: number; node: number; watcher: number; indexer?: number | undefined }
  /** How many validate: several of them on CometBFT. A network that goes on keeps its own number. */
  validators?: number | undefined
  /** Whether checkpoints come with their blobs. A network that goes on keeps its own mode. */
  dataMode?: DataMode | undefined
  /** An Ethereum of one's own instead of the embedded one. Its first demo accounts need ether. */
  ethereumUrl?: string | undefined
  /** What is done with the contracts of a new network before its node starts. */
  prepare?: (deployment: Deployment, ethereumUrl: string, say: (what: string) => void) => Promise<void>
  /** Sets the old network aside first. */
  fresh?: boolean | undefined
  /** What is being done now. */
  say: (what: string) => void
  /** Something the user should read and keep. */
  tell: (line: string) => void
}

export interface RunningNetwork extends Running {
  readonly deployment: Deployment
  /** False when an earlier network of this folder goes on. */
  readonly isNew: boolean
  /** Settles when a part cannot be kept running. */
  readonly lost: Promise<string>
  /** Notes how far Ethereum is, so that a resumed network can tell whether it is the same one. */
  remember(): Promise<void>
  stop(): Promise<void>
}

/** Brings a network up, or leaves nothing behind and throws. */
export async function startNetwork(options: NetworkOptions): Promise<RunningNetwork> {
  const { data, say, tell } = options
  const release = lockData(data)
  const parts: { stop(): Promise<void> }[] = []
  const stop = async () => {
    for (const part of parts.splice(0).reverse()) await part.stop()
    release()
  }
  try {
    if (options.fresh && readNetwork(data))
      tell(`The old network of this folder is now in ${setNetworkAside(data)}`)
    const ports = {
      ethereum: options.ethereumUrl ? 0 : await claimPort(options.ports.ethereum, 'Ethereum'),
      node: await claimPort(options.ports.node, 'the node'),
      watcher: await claimPort(options.ports.watcher, 'the watcher'),
      indexer:
        options.ports.indexer === undefined
          ? undefined
          : await claimPort(options.ports.indexer, 'the indexer'),
    }
    mkdirSync(join(data, 'logs'), { recursive: true })

    say('starting Ethereum')
    const ethereumUrl = options.ethereumUrl ?? urlAt(ports.ethereum)
    const startEthereum = async () =>
      startAnvil({ port: ports.ethereum, state: join(data, 'ethereum.json'), log: logFile(data, 'ethereum') })
    let ethereum = options.ethereumUrl ? undefined : await startEthereum()
    if (ethereum) parts.push({ stop: async () => ethereum?.stop() })

    let network = readNetwork(data)
    const problem = network && (await whyNotResumable(network, options.ethereumUrl, ethereumUrl))
    if (network && problem !== undefined) {
      if (options.ethereumUrl)
        throw cliError('network.other', `this folder holds another network: ${problem}`)
      await ethereum?.stop()
      tell(
        `This folder's network cannot go on: ${problem}. A new one starts; the old data is now in ${setNetworkAside(data)}`,
      )
      network = undefined
      ethereum = await startEthereum()
    }
    const count = network ? (network.validators ?? 1) : (options.validators ?? 1)
    if (network && options.validators !== undefined && options.validators !== count)
      tell(`This network has ${count} validators and keeps them; --fresh begins another.`)
    const dataMode = (network ? network.dataMode : options.dataMode) ?? 'plasma'
    if (network && options.dataMode !== undefined && options.dataMode !== dataMode)
      tell(`The data mode of this network is ${dataMode} and stays; --fresh begins another.`)
    const validators = await planValidators(count, ports.node)
    const programs = new Programs({ data, ethereumUrl, ports, validators, dataMode, tell })
    parts.push(programs)
    // Its database takes longest to come up, and it waits for the node by itself.
    const indexer = programs.start('indexer')
    indexer.catch(() => {})
    const isNew = network === undefined
    if (network === undefined) {
      const deployment = await deploy(ethereumUrl, validators, dataMode, say)
      if (count > 1) writeGenesis(data, deployment, validators)
      await options.prepare?.(deployment, ethereumUrl, say)
      network = {
        deployment,
        ...(count > 1 && { validators: count }),
        ...(dataMode === 'blob' && { dataMode }),
        ...(options.ethereumUrl && { ethereumUrl }),
      }
      writeNetwork(data, network)
    }
    if (ethereum) await mineSteadily(ethereumUrl)
    say(count > 1 ? `starting ${count} validators` : 'starting the node')
    await Promise.all(validators.map(({ name }) => programs.start(name)))
    say('starting watcher and indexer')
    await Promise.all([programs.start('watcher'), indexer])
    const indexerUrl = programs.urlOf('indexer')
    const running: Running = {
      pid: process.pid,
      startedAt: new Date().toISOString(),
      ethereumUrl,
      nodeUrl: urlAt(ports.node),
      watcherUrl: urlAt(ports.watcher),
      ...(indexerUrl && { indexerUrl }),
      ...(count > 1 && { validatorUrls: validators.map(({ port }) => urlAt(port)) }),
      devnet: true,
    }
    writeRunning(data, running)
    const settled = network
    return {
      ...running,
      deployment: settled.deployment,
      isNew,
      lost: Promise.race([
        programs.lost,
        ...(ethereum ? [ethereum.ended.then(code => `Ethereum (anvil) ended with ${code}`)] : []),
      ]),
      remember: async () => {
        const { number, hash } = await ethereumCall<{ number: string; hash: string }>(
          ethereumUrl,
          'eth_getBlockByNumber',
          ['latest', false],
        )
        writeNetwork(data, { ...settled, lastBlock: { number, hash } })
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Why the network of this folder cannot go on with this Ethereum, or undefined when it can. */
async function whyNotResumable(
  network: Network,
  givenUrl: string | undefined,
  url: string,
): Promise<string | undefined> {
  if ((network.ethereumUrl === undefined) !== (givenUrl === undefined)) return 'it lived on another Ethereum'
  const { chainId, rootChain } = network.deployment
  if ((await ethereumChainId(url)) !== chainId) return 'its Ethereum had another chain id'
  if ((await ethereumCall<string>(url, 'eth_getCode', [rootChain, 'latest'])) === '0x') {
    return 'its contracts are not on this Ethereum'
  }
  if (network.lastBlock === undefined) return undefined
  const { number, hash } = network.lastBlock
  const block = await ethereumCall<{ hash: string } | null>(url, 'eth_getBlockByNumber', [
    number,
    false,
  ]).catch(() => null)
  return block?.hash === hash ? undefined : 'Ethereum lost its last blocks when it was stopped by force'
}

async function deploy(
  rpcUrl: string,
  validators: readonly DevnetValidator[],
  dataMode: DataMode,
  say: (what: string) => void,
): Promise<Deployment> {
  const chainId = await ethereumChainId(rpcUrl)
  if (chainId === 1n)
    throw cliError('ethereum.chain', 'this is Ethereum mainnet; a devnet is not deployed there')
  await fundValidators(validators, rpcUrl)
  say('deploying the contracts')
  const operator = privateKeyToAccount(demoKey('operator'))
  const isPatient = validators.length > 1 || dataMode === 'blob'
  const deployment = await deployContracts({
    rpcUrl,
    account: operator,
    parameters: devnetParameters({
      minFinalizationPeriod: isPatient ? PATIENT_FINALIZATION_SECONDS : DEVNET_FINALIZATION_SECONDS,
    }),
    validators: validators.map(({ key }, place) => {
      const account = privateKeyToAccount(key)
      const among = { bond: DEVNET_BOND, description: `Validator ${place + 1}` }
      return { account, signer: account, ...(validators.length > 1 && among) }
    }),
    testAssets: TEST_ASSETS,
    onProgress: say,
  })
  say('listing the markets')
  await listDemoMarkets(deployment, rpcUrl)
  return deployment
}
