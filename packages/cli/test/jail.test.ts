import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { address } from '@omg/protocol'
import { DOWNTIME, domainOf, getLastCheckpoint, type RootChain } from '@omg/rootchain'
import {
  bondAs,
  deployTestNetwork,
  type Ethereum,
  nextSet,
  rootChainOf,
  startAnvil,
  submitRun,
  testAccount,
  VALIDATOR,
} from '@omg/rootchain/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeNetwork, writeRunning } from '../src/devnet/record.ts'
import { EXIT } from '../src/index.ts'
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
  await submitRun(ethereum, alice.deployment, { sender: 1, count, validatorSetId: 2n })
  expect(await getLastCheckpoint(alice)).toBe(DOWNTIME.window)
}

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
