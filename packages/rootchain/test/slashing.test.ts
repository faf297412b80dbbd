import { address, consensusChainId, type Header, hash } from '@omg/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bondingAbi, slashingAbi } from '../src/abi.ts'
import {
  concludeDowntime,
  DOWNTIME,
  getDowntimeReport,
  reportDowntime,
  showSignatures,
} from '../src/actions/downtime.ts'
import {
  commitmentOf,
  commitProof,
  isPunished,
  type Offence,
  proveOffence,
} from '../src/actions/proveOffence.ts'
import { relayDoubleVote } from '../src/actions/relayDoubleVote.ts'
import { submitCheckpoint } from '../src/actions/submitCheckpoint.ts'
import type { RootChain } from '../src/client.ts'
import { domainOf } from '../src/deployment.ts'
import type { ConsensusVote } from '../src/votes/vote.ts'
import { type Ethereum, startAnvil, testAccount } from './ethereum.ts'
import { deployTestNetwork, rootChainOf, signHeader, VALIDATOR } from './network.ts'
import { signVote } from './staking.ts'

const SALT = hash(`0x${'5a'.repeat(32)}`)
const validator = address(testAccount(VALIDATOR).address)
const prover = address(testAccount(3).address)

let ethereum: Ethereum
let alice: RootChain
let first: Header

beforeAll(async () => {
  ethereum = await startAnvil()
  alice = rootChainOf(ethereum, await deployTestNetwork(ethereum), 1)
  const signed = await signHeader(alice, undefined)
  first = signed.header
  await submitCheckpoint(alice, signed)
})
afterAll(() => ethereum[Symbol.asyncDispose]())

const poolOf = () =>
  alice.ethereum.readContract({
    ...{ address: alice.deployment.bonding, abi: bondingAbi },
    ...({ functionName: 'pool', args: [validator] } as const),
  })

const owedTo = (account: `0x${string}`) =>
  alice.ethereum.readContract({
    ...{ address: alice.deployment.bonding, abi: bondingAbi },
    ...({ functionName: 'owed', args: [account] } as const),
  })

/** Votes of the test validator at height 3, whose voters the block of height 1 decided. */
const votes = () => {
  const vote = (block: ConsensusVote['block']) =>
    signVote(alice.deployment, { who: VALIDATOR, height: 3n, block })
  return [vote(undefined), vote({ hash: SALT, partsTotal: 1, partsHash: SALT })] as const
}

test('a double vote is relayed once its checkpoint is accepted, and pays who is named; a second relay finds it punished', async () => {
  const [stake] = await poolOf()
  const mining = setInterval(() => void ethereum.mine(1).catch(() => undefined), 50)
  let asked = 0
  const headerAt = (height: bigint) => {
    expect(height).toBe(1n)
    return asked++ === 0 ? undefined : first
  }
  const parameters = { votes: votes(), headerAt, prover, pollMilliseconds: 20 }
  try {
    expect((await relayDoubleVote(alice, parameters)).status).toBe('success')
    expect(asked).toBeGreaterThan(1)
    const loss = stake / 20n
    const [left, , , , jailedUntil] = await poolOf()
    expect(left).toBe(stake - loss)
    expect(jailedUntil).toBeGreaterThan(0n)
    expect(await owedTo(prover)).toBe(loss / 20n)
    expect(await isPunished(alice, { validator, kind: 'doubleVote', validatorSetId: 1n })).toBe(true)
    await expect(relayDoubleVote(alice, parameters)).rejects.toMatchObject({ reason: 'AlreadyPunished' })
  } finally {
    clearInterval(mining)
  }
})

test('votes of two slots are no double vote, and no transaction is sent for them', async () => {
  const [a, b] = votes()
  const relay = relayDoubleVote(alice, { votes: [a, { ...b, round: 1 }], headerAt: () => first })
  await expect(relay).rejects.toMatchObject({ code: 'vote.invalid' })
})

test('a relay that waits for its checkpoint can be stopped', async () => {
  const stop = new AbortController()
  const headerAt = () => {
    stop.abort()
    return undefined
  }
  const relay = relayDoubleVote(alice, { votes: votes(), headerAt, signal: stop.signal })
  await expect(relay).rejects.toMatchObject({ code: 'ethereum.aborted' })
})

test('two headers of one number cost everything; a proof that nobody committed to is refused', async () => {
  const signed = await signHeader(alice, first)
  const other = await signHeader(alice, first, { txRoot: SALT })
  const offence: Offence = {
    kind: 'equivocation',
    headers: [signed.header, other.header],
    signatures: [signed.signatures[0]!, other.signatures[0]!],
  }
  const proof = { offence, prover, salt: SALT }
  await expect(proveOffence(alice, proof)).rejects.toMatchObject({
    reason: 'NotCommitted',
    arguments: [commitmentOf(proof)],
  })
  await commitProof(alice, proof)
  await ethereum.mine(alice.deployment.parameters.revealDelayBlocks)
  await proveOffence(alice, proof)
  expect((await poolOf())[0]).toBe(0n)
  expect(await isPunished(alice, { validator, kind: 'equivocation', validatorSetId: 1n })).toBe(true)
})

test('the limits of downtime are those of the contract, and a short chain has none', async () => {
  const contract = { address: alice.deployment.slashing, abi: slashingAbi } as const
  expect(await alice.ethereum.readContract({ ...contract, functionName: 'downtimeWindow' })).toBe(
    DOWNTIME.window,
  )
  expect(await alice.ethereum.readContract({ ...contract, functionName: 'downtimeMinimum' })).toBe(
    DOWNTIME.minimum,
  )
  await expect(reportDowntime(alice, { signer: validator, from: 1n })).rejects.toMatchObject({
    reason: 'WrongWindow',
  })
  await expect(concludeDowntime(alice, { signer: validator })).rejects.toMatchObject({
    reason: 'NotReported',
  })
  expect(await getDowntimeReport(alice, { signer: validator })).toBeUndefined()
  const { header, signatures } = await signHeader(alice, undefined)
  expect(header.checkpoint).toBe(1n)
  const shown = [{ checkpoint: 9n, signature: signatures[0]! }]
  await expect(showSignatures(alice, { shown })).rejects.toMatchObject({ reason: 'CheckpointNotAccepted' })
})

test('the contract names the chain as every program does', async () => {
  const contract = { address: alice.deployment.slashing, abi: slashingAbi } as const
  const id = await alice.ethereum.readContract({ ...contract, functionName: 'consensusChainId' })
  expect(id).toBe(consensusChainId(domainOf(alice.deployment)))
})
