import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Hash, headerHash, isRenewal, type OutputId, renewableOf } from '@omg/protocol'
import { lateOriginsOf } from '@omg/rootchain'
import { afterEach, expect, test, vi } from 'vitest'
import { SIGNING_FILE, SigningRecord } from '../src/application/signing.ts'
import type { CheckpointSink, OriginBlock } from '../src/rootchain/seam.ts'
import { alarms } from '../src/status.ts'
import type { StoredCheckpoint } from '../src/store/checkpoints.ts'
import { FakeEthereum } from './fake.ts'
import { DEPLOYMENT, FEE, ownerOf, pay, type TestNode, temporaryDirectory, until } from './harness.ts'
import { MARKET, MARKET_TERMS, order, place, TOKEN } from './orders.ts'
import { startValidators, type ValidatorNetwork, validatorAddress } from './validators.ts'

let network: ValidatorNetwork
afterEach(() => network?.close())

vi.setConfig({ testTimeout: 240_000 })

const ETH = 10n ** 18n
const TOKENS = 1_000_000n
const PATIENCE_MILLISECONDS = 120_000
const MAX_ORIGIN_AGE = DEPLOYMENT.parameters.maxOriginAgeBlocks
/** What is in a checkpoint stays in it: nothing but its age closes it. */
const OPEN = { 'checkpoint.intervalSeconds': 80_000, 'checkpoint.minimumSeconds': 80_000 }

async function everywhere(
  condition: (node: TestNode) => boolean,
  what: string,
  of = network.nodes,
): Promise<void> {
  const met = () => {
    if (network.bft.failure) throw network.bft.failure
    return of.every(condition)
  }
  await until(met, what, PATIENCE_MILLISECONDS)
}

async function depositEverywhere(of = network.nodes): Promise<OutputId> {
  const coin = network.ethereum.deposit(ownerOf(1), ETH)
  await everywhere(({ services }) => services.outputs.get(coin) !== undefined, 'the deposit', of)
  return coin
}

/** A coin is paid on through node `i`. Returns what the payment made. */
async function spend(
  coin: OutputId,
  i: number,
  of = network.nodes,
  validUntil = 10n ** 12n,
): Promise<OutputId> {
  const payment = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - FEE }], validUntil })
  await network.node(i).call('omg_submit', [payment.hex])
  const [made] = payment.outputs
  await everywhere(({ services }) => services.outputs.get(made!) !== undefined, 'the payment', of)
  return made!
}

async function payThrough(i: number, of = network.nodes): Promise<OutputId> {
  return spend(await depositEverywhere(of), i, of)
}

/** Node `i` has read Ethereum up to its head. */
async function read(i: number): Promise<OriginBlock> {
  const { view } = network.node(i).services
  const isThere = () => view.newest?.number === network.ethereum.head.number
  await until(isThere, 'the head of Ethereum', PATIENCE_MILLISECONDS)
  return view.newest!
}

async function stopAll(): Promise<void> {
  for (const node of network.nodes) await node.close()
}

async function startAll(): Promise<void> {
  for (const i of network.nodes.keys()) await network.start(i)
}

function passBlocks(count: number): void {
  for (let i = 0; i < count; i++) network.ethereum.mine()
}

/** All nodes have read Ethereum up to its head, executed what was decided, and have nothing to do. */
async function settle(): Promise<void> {
  const { number } = network.ethereum.head
  await everywhere(({ services }) => services.view.newest!.number >= number, 'the head of Ethereum')
  const rests = ({ application, services }: TestNode) =>
    services.ledger.tip.height >= BigInt(network.bft.decisions.length) && !application.hasWork()
  await everywhere(rests, 'rest')
}

test('an idle network: the last checkpoint is signed by all without a block, and nothing is made while Ethereum goes on', async () => {
  network = await startValidators(4)
  await payThrough(0)
  await until(() => network.ethereum.submitted.length > 0, 'a checkpoint on Ethereum', PATIENCE_MILLISECONDS)
  await settle()
  const decided = network.bft.decisions.length
  const last = network.node(0).services.ledger.tip.checkpoint - 1n
  const isAccepted = ({ services }: TestNode) => services.checkpoints.get(last)?.accepted !== undefined
  await everywhere(isAccepted, 'the last checkpoint on Ethereum')
  await everywhere(
    ({ services: { checkpoints } }) => checkpoints.isComplete(checkpoints.get(last)!),
    'all signatures',
  )
  // Far longer than an origin may be old, and nobody closes anything.
  passBlocks(2 * MAX_ORIGIN_AGE)
  await settle()
  expect(network.bft.decisions.length).toBe(decided)
  expect(
    network.ethereum.submitted.every(({ txCount, inboxCursor }) => txCount > 0 || inboxCursor > 0n),
  ).toBe(true)
  // Blocks have not carried them yet; the next one does, to the same for everybody.
  await payThrough(1)
  const carried = (node: TestNode) => node.services.checkpoints.get(last)!.signatures
  await everywhere(node => carried(node).length === 4, 'signatures in a block')
  expect(new Set(network.nodes.map(node => JSON.stringify(carried(node)))).size).toBe(1)
})

test('R4: an empty checkpoint in which blocks stand takes what comes after any pause', async () => {
  network = await startValidators(2)
  network.ethereum.maxOriginAge = BigInt(MAX_ORIGIN_AGE)
  await payThrough(0)
  for (let round = 0; round < 2; round++) {
    await settle()
    passBlocks(2 * MAX_ORIGIN_AGE)
    await settle()
    await payThrough(round)
  }
  const { checkpoint } = network.node(0).services.ledger.tip
  const isThere = () => network.ethereum.submitted.at(-1)?.checkpoint === checkpoint - 1n
  await until(isThere, 'all checkpoints on Ethereum', PATIENCE_MILLISECONDS)
})

test('R4: after a stop of the whole network for longer than an origin may be old, the open checkpoint gets a later one, and every balance is there', async () => {
  network = await startValidators(4, { settings: OPEN })
  network.ethereum.maxOriginAge = BigInt(MAX_ORIGIN_AGE)
  const coins = [await depositEverywhere(), await depositEverywhere(), await depositEverywhere()]
  const before = [await spend(coins[0]!, 0), await spend(coins[1]!, 1)]
  const { checkpoint, origin, txCount } = network.node(0).services.ledger.tip
  expect([checkpoint > 0n, txCount > 0]).toEqual([true, true])
  await stopAll()
  passBlocks(3 * MAX_ORIGIN_AGE)
  await startAll()
  const isThere = () => network.ethereum.submitted.some(header => header.checkpoint === checkpoint)
  await until(isThere, 'the checkpoint on Ethereum', PATIENCE_MILLISECONDS)
  const header = network.ethereum.submitted.find(each => each.checkpoint === checkpoint)!
  expect(header.origin).toBeGreaterThan(origin + BigInt(2 * MAX_ORIGIN_AGE))
  expect(header.txCount).toBeGreaterThanOrEqual(txCount)
  // No deposit: a proposer that has not read it yet would open a checkpoint that nothing but its age closes.
  await spend(coins[2]!, 2)
  for (const { services } of network.nodes) {
    for (const made of before) expect(services.outputs.get(made)?.output.amount).toBe(ETH - FEE)
    expect(services.checkpoints.get(checkpoint)?.headerHash).toBe(headerHash(header))
  }
})

test('R6: what an exit has locked forbids a later origin as soon as the exit could not be answered in time', async () => {
  network = await startValidators(2, { settings: OPEN })
  const coin = await depositEverywhere()
  await spend(coin, 0)
  const { renewal } = network.node(1).services
  network.ethereum.mine()
  expect(await renewal.problem(await read(1))).toBeUndefined()
  network.ethereum.startExit(coin)
  const { answerableBlocks } = lateOriginsOf(DEPLOYMENT.parameters)
  passBlocks(Number(answerableBlocks) - 1)
  expect(await renewal.problem(await read(1))).toBeUndefined()
  network.ethereum.mine()
  expect((await renewal.problem(await read(1)))?.code).toBe('proposal.origin')
  expect(renewal.stranded?.message).toMatch(/an exit has locked/)
})

test('R7, F7: what was valid when it was executed stays so: a payment and an order that have expired, a market that has closed', async () => {
  network = await startValidators(2, { settings: OPEN })
  const { ethereum } = network
  ethereum.list(MARKET_TERMS)
  const [eth, token, fees, coin] = ethereum.depositMany([
    { owner: ownerOf(1), amount: ETH },
    { owner: ownerOf(2), amount: TOKENS, token: TOKEN },
    { owner: ownerOf(2), amount: ETH },
    { owner: ownerOf(1), amount: ETH },
  ])
  await everywhere(({ services }) => services.outputs.get(coin!) !== undefined, 'the deposits')
  await spend(coin!, 0, network.nodes, ethereum.head.timestamp + 100n)
  const until = { expiryKind: 'time' as const, expiry: ethereum.head.timestamp + 100n }
  const [bid, ask] = [order(1, 'buy', 30, 10, until), order(2, 'sell', 20, 10)]
  const buyer = {
    from: 1,
    inputs: [eth!],
    orders: [bid],
    change: [{ amount: ETH - bid.output.amount - FEE }],
  }
  await network.node(0).call('omg_submit', [place(buyer).hex])
  const change = [{ amount: ETH - FEE }, { token: TOKEN, amount: TOKENS - ask.output.amount }]
  await network
    .node(0)
    .call('omg_submit', [place({ from: 2, inputs: [fees!, token!], orders: [ask], change }).hex])
  const price = ({ services }: TestNode) => services.ledger.orders.lastPrice(MARKET.id)
  await everywhere(node => price(node) !== undefined, 'the trade')
  ethereum.setState(MARKET.id, 'postOnly')
  ethereum.pass(BigInt(2 * MAX_ORIGIN_AGE))
  ethereum.mine()
  expect(await network.node(0).services.renewal.problem(await read(0))).toBeUndefined()
})

test('R4: what can neither go to Ethereum nor get a later origin stays open, no proposal closes it, and nodes say why', async () => {
  network = await startValidators(2, { settings: OPEN })
  const coin = await depositEverywhere()
  await spend(coin, 0)
  const { checkpoint } = network.node(0).services.ledger.tip
  await stopAll()
  network.ethereum.startExit(coin)
  passBlocks(3 * MAX_ORIGIN_AGE)
  await startAll()
  const says = ({ services }: TestNode) => alarms(services).some(({ code }) => code === 'proposal.origin')
  await until(() => network.nodes.some(says), 'an alarm', PATIENCE_MILLISECONDS)
  expect(network.node(0).services.ledger.tip.checkpoint).toBe(checkpoint)
})

/** Closed here, and not on Ethereum. */
const lastClosed = (i = 0) => {
  const { ledger, checkpoints } = network.node(i).services
  return checkpoints.get(ledger.tip.checkpoint - 1n)
}

/** What was signed and what Ethereum took instead are no offence, and all nodes hold the same of it. */
function expectRenewed(before: StoredCheckpoint): void {
  const { checkpoints } = network.node(0).services
  const [old, header] = [
    checkpoints.header(before),
    network.ethereum.submitted.at(Number(before.number) - 1)!,
  ]
  expect(header.checkpoint).toBe(before.number)
  expect(isRenewal(renewableOf(old), renewableOf(header), BigInt(MAX_ORIGIN_AGE))).toBe(true)
  for (const { services } of network.nodes) {
    expect(services.checkpoints.get(before.number)?.headerHash).toBe(headerHash(header))
  }
}

test('F1: a checkpoint that closed, and that half of the validators never signed before all were away for longer than M, is renewed by itself', async () => {
  network = await startValidators(4)
  network.ethereum.maxOriginAge = BigInt(MAX_ORIGIN_AGE)
  await payThrough(0)
  await until(() => network.ethereum.submitted.length > 0, 'a checkpoint on Ethereum', PATIENCE_MILLISECONDS)
  await settle()
  for (const i of [2, 3]) {
    await network.node(i).close()
    const signer = join(network.node(i).directory, 'nobody')
    const away = { 'validator.signer': signer, 'validator.address': validatorAddress(i) }
    await network.start(i, { settings: { 'validator.key': undefined, 'checkpoint.submit': false, ...away } })
  }
  const made = await payThrough(1)
  const known = lastClosed()!.number
  const isClosed = () => lastClosed()!.number > known || lastClosed()!.accepted === undefined
  await until(() => isClosed() && lastClosed()!.txCount > 0, 'a closed checkpoint', PATIENCE_MILLISECONDS)
  await everywhere(
    () => [2, 3].every(i => lastClosed(i)?.number === lastClosed()!.number),
    'the same everywhere',
  )
  const before = lastClosed()!
  expect(network.node(0).services.checkpoints.hasQuorum(before)).toBe(false)
  await stopAll()
  passBlocks(3 * MAX_ORIGIN_AGE)
  await startAll()
  const isThere = () => network.ethereum.submitted.some(header => header.checkpoint === before.number)
  await until(isThere, 'the checkpoint on Ethereum', PATIENCE_MILLISECONDS)
  await payThrough(2)
  await settle()
  expectRenewed(before)
  for (const { services } of network.nodes) expect(services.outputs.get(made)).toBeDefined()
  // From the log alone, too.
  await network.node(3).close()
  await network.start(3)
  await settle()
  expectRenewed(before)
})

/** Nothing is in the open checkpoint, and the one before is signed. */
const isClosed = ({ services: { ledger, checkpoints } }: TestNode) => {
  const last = checkpoints.get(ledger.tip.checkpoint - 1n)
  return ledger.tip.txCount === 0 && last !== undefined && checkpoints.hasQuorum(last)
}

/** Submits nothing while `isHeld`, as if the fees of Ethereum were too high for everybody. */
function heldSink(ethereum: FakeEthereum, isHeld: () => boolean): CheckpointSink {
  return {
    lastCheckpoint: () => ethereum.lastCheckpoint(),
    feePerBlobGas: () => ethereum.feePerBlobGas(),
    submit: async (header, signatures, options) =>
      isHeld() ? 'refused' : ethereum.submit(header, signatures, options),
  }
}

test('F1: checkpoints that all have signed and nobody submitted for longer than M are renewed together, while the network runs', async () => {
  const ethereum = new FakeEthereum()
  ethereum.maxOriginAge = BigInt(MAX_ORIGIN_AGE)
  let isHeld = true
  network = await startValidators(4, { ethereum, sinkOf: () => heldSink(ethereum, () => isHeld) })
  const signed: StoredCheckpoint[] = []
  const made: OutputId[] = []
  for (let i = 0; i < 2; i++) {
    made.push(await payThrough(i))
    await everywhere(isClosed, 'a checkpoint with a quorum')
  }
  const last = lastClosed()!.number
  for (let number = 1n; number <= last; number++)
    signed.push(network.node(0).services.checkpoints.get(number)!)
  passBlocks(2 * MAX_ORIGIN_AGE)
  const isRenewed = ({ services: { checkpoints } }: TestNode) =>
    signed.every(({ number, headerHash: old }) => {
      const checkpoint = checkpoints.get(number)!
      return checkpoint.headerHash !== old && checkpoints.hasQuorum(checkpoint)
    })
  await everywhere(isRenewed, 'renewed checkpoints with a quorum')
  expect(ethereum.submitted).toEqual([])
  isHeld = false
  const isThere = () => ethereum.submitted.some(header => header.checkpoint === last)
  await until(isThere, 'all of them on Ethereum', PATIENCE_MILLISECONDS)
  await payThrough(2)
  await settle()
  for (const before of signed) expectRenewed(before)
  for (const { services } of network.nodes) {
    for (const id of made) expect(services.outputs.get(id)?.output.amount).toBe(ETH - FEE)
  }
})

test('R7: a closed checkpoint with a payment that is over by then is renewed, and the payment counts', async () => {
  const ethereum = new FakeEthereum()
  let isHeld = true
  network = await startValidators(2, { ethereum, sinkOf: () => heldSink(ethereum, () => isHeld) })
  const coin = await depositEverywhere()
  const made = await spend(coin, 0, network.nodes, ethereum.head.timestamp + 1_000n)
  await everywhere(isClosed, 'the checkpoint')
  await settle()
  const before = lastClosed()!
  ethereum.pass(2_000n)
  passBlocks(2 * MAX_ORIGIN_AGE)
  isHeld = false
  const isThere = () => ethereum.submitted.some(header => header.checkpoint === before.number)
  await until(isThere, 'the checkpoint on Ethereum', PATIENCE_MILLISECONDS)
  await settle()
  expectRenewed(before)
  for (const { services } of network.nodes) expect(services.outputs.get(made)).toBeDefined()
})

test('R6: a closed checkpoint that spends what an exit has locked for long is not renewed, nothing is closed behind it, and nodes say why', async () => {
  const ethereum = new FakeEthereum()
  network = await startValidators(2, { ethereum, sinkOf: () => heldSink(ethereum, () => true) })
  const coin = await depositEverywhere()
  await spend(coin, 0)
  await everywhere(isClosed, 'the checkpoint')
  await settle()
  const { number, headerHash: hash } = lastClosed()!
  ethereum.startExit(coin)
  passBlocks(2 * MAX_ORIGIN_AGE)
  const says = ({ services }: TestNode) => alarms(services).some(({ code }) => code === 'proposal.origin')
  await everywhere(says, 'an alarm')
  await settle()
  expect(lastClosed()).toMatchObject({ number, headerHash: hash })
})

test('F1: a signing record restored from a backup learns from blocks and peers what its key has signed since', async () => {
  network = await startValidators(4)
  await payThrough(0)
  const { directory } = network.node(3)
  await network.node(3).close()
  const backup = temporaryDirectory()
  copyFileSync(join(directory, SIGNING_FILE), join(backup.path, SIGNING_FILE))
  await network.start(3)
  await payThrough(1)
  const signed = (number: bigint) =>
    network
      .node(0)
      .services.checkpoints.get(number)
      ?.signatures.some(({ validator }) => validator === validatorAddress(3))
  const last = network.node(3).services.ledger.tip.checkpoint - 1n
  for (let i = 0; !signed(last) && i < 8; i++) await payThrough(2)
  expect(signed(last)).toBe(true)
  const { headerHash: signedHash } = network.node(0).services.checkpoints.get(last)!
  // Everything is gone but the backup: the chain comes again from the others, and with it what was signed.
  await network.node(3).close()
  mkdirSync(join(backup.path, 'fresh'))
  copyFileSync(join(backup.path, SIGNING_FILE), join(backup.path, 'fresh', SIGNING_FILE))
  await network.start(3, { directory: join(backup.path, 'fresh') })
  await everywhere(({ services }) => services.checkpoints.get(last) !== undefined, 'the checkpoint')
  await payThrough(3)
  await network.node(3).close()
  expect(existsSync(join(backup.path, 'fresh', SIGNING_FILE))).toBe(true)
  const record = new SigningRecord(join(backup.path, 'fresh'), BigInt(MAX_ORIGIN_AGE))
  const other = `0x${'77'.repeat(32)}` as Hash
  expect(() => record.allow({ number: last, headerHash: other })).toThrow(/another header/)
  record.allow({ number: last, headerHash: signedHash })
  record.close()
  backup.remove()
  await network.start(3)
})

test('participation is counted from commits, alike everywhere, and over a restart', async () => {
  network = await startValidators(4)
  await payThrough(0)
  network.bft.setAway(validatorAddress(2), true)
  const others = [0, 1, 3].map(i => network.node(i))
  for (let i = 0; i < 3; i++) await payThrough(i === 2 ? 3 : i, others)
  network.bft.setAway(validatorAddress(2), false)
  await payThrough(0)
  const told = async (i: number) => {
    const { validators, commits } = (await network.node(i).call('omg_getValidators', [{}])) as {
      validators: { address: string; commits: number; voted: number; lastVote: string }[]
      commits: number
    }
    const of = (n: number) => {
      const known = validators.find(({ address }) => address === validatorAddress(n))!
      return { commits: known.commits, voted: known.voted, lastVote: known.lastVote }
    }
    return { commits, absent: of(2), present: of(0) }
  }
  await settle()
  const height = network.bft.decisions.length
  const { commits, absent, present } = await told(0)
  expect(commits).toBe(height - 1)
  expect(present.voted).toBe(commits)
  expect(absent.voted).toBeLessThan(commits)
  expect(absent.commits).toBe(commits)
  expect(await told(3)).toEqual(await told(0))
  await network.node(0).close()
  await network.start(0)
  expect(await told(0)).toEqual(await told(3))
})
