import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Address,
  type Amount,
  addressOfKey,
  coinGuard,
  type Domain,
  encodeSignedTransaction,
  type Hex,
  type OutputId,
  outputId,
  type Pay,
  payDigest,
  signDigest,
  type TxHash,
  toHex,
  transactionHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { type Deployment, devnetParameters, domainOf } from '@omg/rootchain'
import { pino } from 'pino'
import { effectiveConfig, type Settings } from '../src/configuration/configuration.ts'
import { type RunningNode, type StartNodeOptions, startNode } from '../src/node.ts'
import { FakeEthereum } from './fake.ts'

/** Test keys: 0x..01, 0x..02, and so on. Worthless. */
export const keyOf = (i: number): Hex => `0x${i.toString(16).padStart(64, '0')}`
const owners = new Map<number, Address>()

export function ownerOf(i: number): Address {
  const owner = owners.get(i) ?? (addressOfKey(keyOf(i)) as Address)
  owners.set(i, owner)
  return owner
}

export const VALIDATOR = 99
/** 10^9 wei: one lane unit of ETH. */
export const UNIT = 1_000_000_000n
export const FEE = 1_000n * UNIT

const contract = (i: number) => `0x${i.toString(16).padStart(40, 'c')}` as Address

export const DEPLOYMENT: Deployment = {
  chainId: 31_337n,
  ...{ rootChain: contract(1), bonding: contract(2), omgToken: contract(3), ethVault: contract(4) },
  ...{ erc20Vault: contract(5), erc721Vault: contract(6), exitQueue: contract(7) },
  ...{ standardExits: contract(8), inFlightExits: contract(9), markets: contract(10) },
  feeVotes: contract(13),
  slashing: contract(14),
  rewards: contract(15),
  insuranceVault: contract(16),
  deployedAtBlock: 0n,
  parameters: devnetParameters({ minFinalizationPeriod: 600 }),
  feeTokens: [{ lane: 0, token: ZERO_ADDRESS, unit: UNIT, symbol: 'ETH', decimals: 18 }],
} as Deployment

export const DOMAIN: Domain = domainOf(DEPLOYMENT)

export interface PayOptions {
  from: number
  /** Further owners of inputs, in the order of their inputs. */
  with?: readonly number[]
  inputs: readonly OutputId[]
  outputs: readonly { to: number; amount: bigint; token?: Address }[]
  validUntil?: bigint
  domain?: Domain
}

export interface SignedPay {
  bytes: Uint8Array
  hex: Hex
  hash: TxHash
  outputs: OutputId[]
}

export function pay({
  from,
  with: others = [],
  inputs,
  outputs,
  validUntil = 10n ** 12n,
  domain = DOMAIN,
}: PayOptions): SignedPay {
  const transaction: Pay = {
    kind: 'pay',
    inputs,
    outputs: outputs.map(({ to, amount, token = ZERO_ADDRESS }) => {
      return { type: 'coin', guard: coinGuard(ownerOf(to)), token, amount: amount as Amount }
    }),
    validUntil,
    memo: ZERO_HASH,
  }
  const digest = payDigest(transaction, domain)
  const signatures = [from, ...others].map(signer => signDigest(digest, keyOf(signer)))
  const witness = { signatures, orderTerms: [], swapTerms: [] }
  const bytes = encodeSignedTransaction({ transaction, witness })
  const hash = transactionHash(transaction, domain)
  return { bytes, hex: toHex(bytes), hash, outputs: outputs.map((_, i) => outputId(hash, i)) }
}

export function temporaryDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'omg-node-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export interface TestNode extends RunningNode {
  ethereum: FakeEthereum
  directory: string
  call: (method: string, params?: unknown) => Promise<unknown>
  /** Waits until a condition holds. */
  until: (condition: () => boolean | Promise<boolean>, what: string) => Promise<void>
}

export interface TestNodeOptions extends Partial<StartNodeOptions> {
  directory: string
  ethereum?: FakeEthereum
  settings?: Settings
}

/** Settings of a node on CometBFT. */
export const ON_COMETBFT: Settings = {
  'consensus.engine': 'cometbft',
  'consensus.p2pListen': '127.0.0.1:0',
  'consensus.rpcListen': '127.0.0.1:0',
  'consensus.timeoutCommitMilliseconds': 5,
}

/** A node with quick blocks and checkpoints on a fake Ethereum. */
export async function testNode(options: TestNodeOptions): Promise<TestNode> {
  const { directory, ethereum = new FakeEthereum(), settings = {}, ...rest } = options
  const configuration = effectiveConfig({
    flags: {
      dataDirectory: directory,
      port: 0,
      workers: 0,
      'validator.key': keyOf(VALIDATOR),
      'block.intervalMilliseconds': 5,
      'checkpoint.intervalSeconds': 0,
      'checkpoint.minimumSeconds': 0,
      'ethereum.pollMilliseconds': 10,
      // Fees are those of the configuration, however much a test or a benchmark puts into a block.
      'fees.targetBytes': 0xffff_ffff,
      ...settings,
    },
  })
  const node = await startNode({
    configuration,
    deployment: DEPLOYMENT,
    rootChain: {
      source: cursor => ethereum.sourceFrom(cursor),
      sink: ethereum,
      validatorSet: { id: 1n, validators: [{ address: ownerOf(VALIDATOR), power: 1n }] },
    },
    logger: pino({ level: process.env.OMG_TEST_LOG ?? 'silent' }),
    ...rest,
  })
  const call = (method: string, params: unknown = []) => rpc(node.url, method, params)
  return { ...node, ethereum, directory, call, until }
}

export class RpcFailure extends Error {
  readonly code: string
  readonly number: number

  constructor(error: { code: number; message: string; data: { code: string } }) {
    super(`${error.data.code}: ${error.message}`)
    this.code = error.data.code
    this.number = error.code
  }
}

export async function rpc(url: string, method: string, params: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const body = (await response.json()) as {
    result?: unknown
    error?: ConstructorParameters<typeof RpcFailure>[0]
  }
  if (body.error) throw new RpcFailure(body.error)
  return body.result
}

const PATIENCE_MILLISECONDS = 120_000

export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  patienceMilliseconds = PATIENCE_MILLISECONDS,
): Promise<void> {
  const end = Date.now() + patienceMilliseconds
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
