import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  address,
  checkpointDigest,
  encodeHeader,
  type Header,
  headerHash,
  signDigest,
  toHex,
} from '@omg/protocol'
import {
  type AskNode,
  DOWNTIME,
  domainOf,
  getLastCheckpoint,
  getStakePool,
  type RootChain,
  reportDowntime,
} from '@omg/rootchain'
import {
  bondAs,
  deployTestNetwork,
  type Ethereum,
  nextSet,
  rootChainOf,
  startAnvil,
  submitRun,
  testAccount,
  testPrivateKey,
  VALIDATOR,
} from '@omg/rootchain/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeNetwork, writeRunning } from '../src/devnet/record.ts'
import { EXIT } from '../src/index.ts'
import { OffenceWatch } from '../src/keeper/offences.ts'
import type { OffenceStep } from '../src/keeper/step.ts'
import { omgOn } from './omg.ts'

const PATIENCE = 600_000
const CAROL = 3
const OMG = 10n ** 18n
const carol = address(testAccount(CAROL).address)
const validator = address(testAccount(VALIDATOR).address)

const data = mkdtempSync(join(tmpdir(), 'omg-jail-'))
const { ask, refused } = omgOn(data)
let ethereum: Ethereum
let alice: RootChain
let node: Server
/** The headers of what was accepted, and Ethereum as it was then. */
let accepted: readonly Header[] = []
let reportable: unknown

/** Carol is a validator with less than a third of the power, and her node is down: every checkpoint is signed without her. */
beforeAll(async () => {
  ethereum = await startAnvil()
  const deployment = await deployTestNetwork(ethereum)
  alice = rootChainOf(ethereum, deployment, 1)
  const { minBond } = deployment.parameters
  await bondAs(ethereum, deployment, { who: VALIDATOR, amount: 3n * minBond })
  await bondAs(ethereum, deployment, { who: CAROL, amount: minBond })
  await nextSet(ethereum, alice)
  node = createServer((_, response) => {
    const { chainId, verifyingContract } = domainOf(deployment)
    const result = { domain: { chainId: String(chainId), verifyingContract }, feeTokens: [] }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }))
  })
  await new Promise<void>(resolve => node.listen(0, '127.0.0.1', resolve))
  const nodeUrl = `http://127.0.0.1:${(node.address() as AddressInfo).port}`
  writeNetwork(data, { deployment })
  writeRunning(data, {
    ...{ pid: process.pid, startedAt: new Date(0).toISOString(), devnet: true },
    ...{ ethereumUrl: ethereum.url, nodeUrl, watcherUrl: nodeUrl },
  })
}, PATIENCE)
afterAll(async () => {
  node?.close()
  await ethereum[Symbol.asyncDispose]()
  rmSync(data, { recursive: true, force: true, maxRetries: 3 })
})

/** As many checkpoints as a report is about. */
async function checkpointsWithoutCarol(): Promise<void> {
  const count = Number(DOWNTIME.window)
  const run = await submitRun(ethereum, alice.deployment, { sender: 1, count, validatorSetId: 2n })
  accepted = run.map(({ header }) => header)
  expect(await getLastCheckpoint(alice)).toBe(DOWNTIME.window)
}

const rpc = (method: string, params: unknown[]): Promise<unknown> =>
  ethereum.client.request({ method, params } as never)

const stateOf = async (who: string) => {
  const { validators } = await ask('validators')
  return validators.find((each: { validator: string }) => each.validator === who)
}

test('she who signs no checkpoint is reported, jailed, in no set, out again, and back', {
  timeout: PATIENCE,
}, async () => {
  const { responseWindow, epoch } = alice.deployment.parameters
  expect(await stateOf(carol)).toMatchObject({ state: 'active', power: `${1_000n * OMG}` })
  expect(await refused('validators', 'report', 'carol')).toEqual(['stake.waiting', EXIT.failed])
  expect(await refused('--account', 'carol', 'unjail')).toEqual(['ethereum.reverted', EXIT.failed])

  await checkpointsWithoutCarol()
  reportable = await rpc('evm_snapshot', [])
  expect(await stateOf(carol)).toMatchObject({ participation: { signed: 0, of: 50 } })
  expect(await refused('validators', 'report', validator)).toEqual(['ethereum.reverted', EXIT.failed])
  expect(await ask('validators', 'report', 'carol')).toMatchObject({ validator: carol, from: '1' })
  expect(await refused('validators', 'report', 'carol')).toEqual(['stake.waiting', EXIT.failed])

  await ethereum.passTime(responseWindow + 1)
  const { jailedUntil } = await ask('validators', 'report', 'carol')
  expect(BigInt(jailedUntil)).toBeGreaterThan(0n)
  // Still in the set that she was jailed in, and in none from the next one on.
  expect(await stateOf(carol)).toMatchObject({ state: 'jailed', power: `${1_000n * OMG}`, standing: false })
  await ethereum.passTime(epoch)
  expect(await ask('validators', 'publish')).toMatchObject({ id: '3', validators: [{ signer: validator }] })
  expect(await stateOf(carol)).toMatchObject({ state: 'jailed', power: '0', tokens: `${1_000n * OMG}` })

  const { timestamp } = await ethereum.client.getBlock()
  if (timestamp <= BigInt(jailedUntil)) await ethereum.passTime(Number(BigInt(jailedUntil) - timestamp) + 1)
  expect(await ask('--account', 'carol', 'unjail')).toMatchObject({ validator: carol })
  expect(await stateOf(carol)).toMatchObject({ state: 'joining', jailedUntil: '0', standing: true })
  await ethereum.passTime(epoch)
  const { validators } = await ask('validators', 'publish')
  expect(validators.map(({ signer }: { signer: string }) => signer).toSorted()).toEqual(
    [carol, validator].toSorted(),
  )
  expect(await stateOf(carol)).toMatchObject({ state: 'active', power: `${1_000n * OMG}` })
})

/** A keeper whose node knows signatures of Carol for the first checkpoints, which submitters have left out. */
function keeperOf(who: number, known: number) {
  const ask = async (method: string, { number }: { number?: string }) => {
    if (method === 'omg_getEvidence') return { evidence: [] }
    const header = accepted[Number(number) - 1]!
    const signature = signDigest(
      checkpointDigest(headerHash(header), domainOf(alice.deployment)),
      testPrivateKey(CAROL),
    )
    const signatures = Number(number) <= known ? [{ validator: carol, signature }] : []
    return { header: toHex(encodeHeader(header)), headerHash: headerHash(header), signatures }
  }
  const steps: OffenceStep[] = []
  const rootChain = rootChainOf(ethereum, alice.deployment, who)
  const tell = (step: OffenceStep) => void steps.push(step)
  const watch = new OffenceWatch({ rootChain, ask: ask as AskNode, folder: join(data, 'evidence'), tell })
  return { steps, round: () => watch.round({}) }
}

test('a keeper reports her and has her jailed without a command; one whose node knows that she signed answers for her', {
  timeout: PATIENCE,
}, async () => {
  const { responseWindow } = alice.deployment.parameters
  await rpc('evm_revert', [reportable])
  const before = await rpc('evm_snapshot', [])
  const strict = keeperOf(4, 3)
  await strict.round()
  await strict.round()
  expect(strict.steps).toEqual([{ kind: 'reported', signer: carol, from: 1n }])
  await ethereum.passTime(responseWindow + 1)
  await strict.round()
  expect(strict.steps.slice(1)).toEqual([{ kind: 'concluded', signer: carol, jailed: true }])
  await strict.round()
  expect(strict.steps).toHaveLength(2)

  await rpc('evm_revert', [before])
  const fair = keeperOf(6, 4)
  await fair.round()
  expect(fair.steps).toEqual([])
  await reportDowntime(rootChainOf(ethereum, alice.deployment, 7), { signer: carol, from: 1n })
  await fair.round()
  await fair.round()
  expect(fair.steps).toEqual([{ kind: 'answered', signer: carol, signatures: Number(DOWNTIME.minimum) }])
  await ethereum.passTime(responseWindow + 1)
  await fair.round()
  expect(fair.steps.slice(1)).toEqual([{ kind: 'concluded', signer: carol, jailed: false }])
  expect(await getStakePool(alice, { validator: carol })).toMatchObject({ jailedUntil: 0n, standing: true })
})
