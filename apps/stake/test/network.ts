import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Address,
  address,
  coinGuard,
  decodeHeader,
  encodeTransaction,
  fromHex,
  type Header,
  hash,
  toHex,
  unwrap,
  ZERO_ADDRESS,
} from '@omg/protocol'
import {
  bond,
  type CollectedFees,
  type ConsensusVote,
  collectFees,
  createRootChain,
  type Deployment,
  decidingHeight,
  decodeDeployment,
  delegate,
  depositEth,
  describeValidator,
  divideFees,
  domainOf,
  getEarned,
  getLastCheckpoint,
  getRewardsProgress,
  getStandingValidators,
  getValidatorSet,
  processExits,
  proveSigningKey,
  RevertedError,
  type RootChain,
  relayDoubleVote,
  setCommission,
  sweepFees,
  tallyParticipation,
} from '@omg/rootchain'
import { passAnvilTime, signVote, testAccount } from '@omg/rootchain/testing'
import { createClient } from '@omg/sdk'
import { expect, vi } from 'vitest'
import { type Facts, omgUp, type Up } from '../../../packages/cli/test/network.ts'

export const OMG = 10n ** 18n
/** Milliseconds that a state of the network is waited for. */
const PATIENCE_MS = 180_000
/** Milliseconds in which a checkpoint is accepted, or will never be. */
const CHECKPOINT_MS = 60_000
/** Networks that are begun, if one ends so. */
const ATTEMPTS = 4

/** People of the devnet who act here, by their place in the test mnemonic. Nobody else uses their keys. */
export const [ALICE, BOB, DAVE] = [1, 2, 4]

/** A network of `omg up`, with its staking page. */
export interface StakeNetwork {
  readonly up: Up
  readonly pageUrl: string
  readonly deployment: Deployment
  rootChain(who: number): RootChain
  /** Gives somebody OMG, in whole ones. */
  deal(to: Address, whole: bigint): Promise<void>
  stop(): Promise<void>
}

export const addressOf = (who: number): Address => address(testAccount(who).address)

async function startStakeNetwork(): Promise<StakeNetwork> {
  const data = mkdtempSync(join(tmpdir(), 'omg-stake-page-'))
  const clear = () => rmSync(data, { recursive: true, force: true, maxRetries: 3 })
  const up = await omgUp(data, ['--web-port', '0']).catch(error => {
    clear()
    throw error
  })
  const { stakeUrl, ethereumUrl, deployment: record } = up.facts as Facts & { stakeUrl: string | null }
  if (stakeUrl === null) throw new Error('the page is not built: node tools/setup.mjs')
  const deployment = decodeDeployment(JSON.stringify(record))
  return {
    up,
    pageUrl: stakeUrl,
    deployment,
    rootChain: who => createRootChain({ deployment, urls: [ethereumUrl], account: testAccount(who) }),
    deal: async (to, whole) => {
      const amount = `0x${(whole * OMG).toString(16)}`
      await request(ethereumUrl, 'anvil_dealERC20', [to, deployment.omgToken, amount])
    },
    stop: async () => {
      await up.stop()
      clear()
    },
  }
}

/** Asks an Ethereum endpoint or a node. What is refused is thrown as it is: `{ code, message }`. */
export async function request(url: string, method: string, params: unknown): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const { result, error } = (await response.json()) as { result?: unknown; error?: object }
  if (error) throw Object.assign(new Error(JSON.stringify(error)), error)
  return result
}

/** What the tests begin with: two validators, and a checkpoint that both could sign. */
export interface Scene {
  readonly network: StakeNetwork
  readonly header: Header
}

/**
 * Sets the scene. Nothing after it needs a checkpoint: on a machine so busy that one does not reach Ethereum within its twelve blocks
 * (R4), a devnet has its last one behind it, and another is begun; so where a program was not ready in time.
 */
export async function setScene(): Promise<Scene> {
  for (let attempt = 1; ; attempt++) {
    let network: StakeNetwork | undefined
    try {
      network = await startStakeNetwork()
      await secondValidator(network)
      return { network, header: await checkpointOf(network, addressOf(DAVE)) }
    } catch (error) {
      await network?.stop()
      if (attempt === ATTEMPTS) throw error
    }
  }
}

/** Dave validates, too. The first validator gets stake enough to sign checkpoints without him. */
async function secondValidator(network: StakeNetwork): Promise<Address> {
  const { deployment, deal } = network
  const dave = addressOf(DAVE)
  const alice = network.rootChain(ALICE)
  const [first] = await getStandingValidators(alice)
  await Promise.all([deal(addressOf(ALICE), 60_000n), deal(dave, 1_500n)])
  await delegate(alice, { validator: first!, amount: 50_000n * OMG })
  const own = network.rootChain(DAVE)
  const key = await proveSigningKey(testAccount(DAVE), dave, domainOf(deployment))
  await bond(own, { amount: 1_100n * OMG, key })
  await describeValidator(own, { description: 'Dave & daughters' })
  await setCommission(own, { bps: 500 })
  return dave
}

/** Dave votes twice at one height, and Bob takes the proof to Ethereum. */
export async function doubleVote({ network, header }: Scene): Promise<void> {
  const bob = network.rootChain(BOB)
  const height = header.lastHeight + 2n
  expect(decidingHeight(height)).toBe(header.lastHeight)
  const salt = hash(`0x${'5a'.repeat(32)}`)
  const vote = (block: ConsensusVote['block']) => signVote(network.deployment, { who: DAVE, height, block })
  const votes = [vote(undefined), vote({ hash: salt, partsTotal: 1, partsHash: salt })] as const
  await relayDoubleVote(bob, { votes, headerAt: () => header })
}

/** Somebody pays: without a transaction there is no block, and no checkpoint that anybody could sign. */
export async function pay({ up }: StakeNetwork): Promise<void> {
  const client = createClient({ node: up.facts.nodeUrl, account: testAccount(ALICE) })
  try {
    const { hash: payment } = await client.pay({ to: addressOf(BOB), amount: 10n ** 15n, finality: 'fast' })
    await client.waitForReceipt({ hash: payment })
  } finally {
    client.close()
  }
}

/** An accepted checkpoint of a set that somebody is in. */
async function checkpointOf(network: StakeNetwork, signer: Address): Promise<Header> {
  const { up } = network
  const reader = network.rootChain(BOB)
  const isIn = async (id?: bigint) =>
    (await getValidatorSet(reader, id === undefined ? {} : { id }))?.validators.some(
      member => member.signer === signer,
    ) ?? false
  await until(() => isIn(), PATIENCE_MS)
  let found: Header | undefined
  const look = async () => {
    await pay(network)
    const number = await getLastCheckpoint(reader)
    if (number === 0n) return false
    const answer = await request(up.facts.nodeUrl, 'omg_getCheckpoint', { number: String(number) })
    const header = unwrap(decodeHeader(fromHex((answer as { header: `0x${string}` }).header)))
    found = header
    return isIn(header.validatorSetId)
  }
  await until(look, CHECKPOINT_MS)
  return found!
}

/**
 * Ether becomes income of the validator sets, as a fee of the chain does, and is divided, so that stake of `delegator` has earned. Anybody
 * may do each step, a keeper of the network as well: one that is done already, or not yet possible, is left to the next round.
 */
export async function bringRewards(
  network: StakeNetwork,
  { validator, delegator, amount }: { validator: Address; delegator: Address; amount: bigint },
): Promise<void> {
  const { deployment, up } = network
  const bob = network.rootChain(BOB)
  const token = ZERO_ADDRESS
  const { index, position } = await depositEth(bob, { amount, owner: deployment.rewards })
  const transaction = toHex(
    encodeTransaction({
      ...{ kind: 'deposit', inboxIndex: index, position },
      output: { type: 'coin', guard: coinGuard(deployment.rewards), token, amount: amount as never },
    }),
  )
  let coin: CollectedFees | undefined
  await unlessDone(async () => {
    coin = await collectFees(bob, { creator: { transaction, outputIndex: 0 } })
  })
  const push = async () => {
    const earned = await getEarned(bob, { validator, delegator, token })
    if (earned > 0n) return true
    await passAnvilTime(up.facts.ethereumUrl, deployment.parameters.minFinalizationPeriod)
    await unlessDone(() => processExits(bob, { token }))
    if (coin) await unlessDone(() => sweepFees(bob, coin!))
    const current = (await getValidatorSet(bob))!.id
    for (let id = 1n; id < current; id++) {
      await unlessDone(() => tallySet(bob, id))
      await unlessDone(() => divideFees(bob, { token, upTo: id }))
    }
    // A set ends with the next one, which needs a change of stake.
    await unlessDone(() => delegate(network.rootChain(ALICE), { validator, amount: OMG }))
    return false
  }
  await until(push, 2 * PATIENCE_MS)
}

async function tallySet(rootChain: RootChain, validatorSetId: bigint): Promise<void> {
  const { nextCheckpoint } = await getRewardsProgress(rootChain, { token: ZERO_ADDRESS, validatorSetId })
  const from = nextCheckpoint === 0n ? 1n : nextCheckpoint
  const to = await getLastCheckpoint(rootChain)
  if (from <= to) await tallyParticipation(rootChain, { validatorSetId, from, to })
}

/** Asks again until the answer is yes, within milliseconds. Also before the tests, where `expect.poll` does not go. */
async function until(ask: () => Promise<boolean>, timeout: number): Promise<void> {
  await vi.waitFor(async () => expect(await ask()).toBe(true), { timeout, interval: 1_000 })
}

async function unlessDone(step: () => Promise<unknown>): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!(error instanceof RevertedError)) throw error
  }
}
