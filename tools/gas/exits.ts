import { type Hash, type Hex, ZERO_ADDRESS, ZERO_HASH } from '@omg/protocol'
import {
  exitQueueAbi,
  type Inclusion,
  inFlightExitsAbi,
  standardExitsAbi,
  withdraw,
  writeContract,
} from '@omg/rootchain'
import { parseEther, parseEventLogs } from 'viem'
import type { HeaderChain } from './checkpoints.ts'
import { type Coin, coinFrom, depositCoin, includePayments, type Payment, payTo } from './payments.ts'
import { ALICE, BOB, CAROL, type Stage, VALIDATORS } from './stage.ts'

const ONE = parseEther('1')
const HALF = ONE / 2n
const BATCH = 10
const OWN = { validUntil: 0n, signature: '0x' } as const
const INPUT = 0
const OUTPUT = 1

const NOT_INCLUDED: Inclusion = {
  header: '0x',
  path: 0,
  witnessHash: ZERO_HASH,
  inputPositions: '0x',
  lanes: 0n,
  proof: '0x',
}

/** Exits of ETH by alice, bob and carol, on a stage whose validators sign what `headers` submits. */
export async function measureExits(stage: Stage, headers: HeaderChain): Promise<void> {
  const coin = () => depositCoin(stage, ALICE, ONE)
  await measureStandardExits(stage, headers, coin)
  await measureInFlightExits(stage, headers, coin)
  await measurePayouts(stage)
}

async function measureStandardExits(stage: Stage, headers: HeaderChain, coin: () => Promise<Coin>) {
  const game = gameOf(stage)
  await game.startExit(await coin())
  await stage.measure('start exit, deposit', async () => game.startExit(await coin()))

  const pay = async () => payTo(stage, [await coin()], [{ to: BOB, value: ONE }])
  const receive = async () => {
    const payments = [await pay(), await pay()]
    const inclusions = await includePayments(headers, payments)
    return payments.map((payment, i) => coinFrom(payment, 0, inclusions[i]!, headers.last().checkpoint))
  }
  // An exit of a fresh payment of another checkpoint waits already, as is usual.
  const [earlier] = await receive()
  await game.startExit(earlier!)
  const [fresh, old] = await receive()
  await stage.measure('start exit, fresh payment', () => game.startExit(fresh!))
  await stage.ethereum.passTime(stage.deployment.parameters.minFinalizationPeriod)
  await stage.measure('start exit, payment', () => game.startExit(old!))

  const spent = await pay()
  await game.startExit(spent.inputs[0]!)
  await stage.measure('challenge exit', () => game.challengeExit(spent))
  const shown = await pay()
  const [inclusion] = await includePayments(headers, [shown])
  await game.startExit(shown.inputs[0]!)
  await stage.measure('challenge exit by an included payment', () => game.challengeExit(shown, inclusion))
}

async function measureInFlightExits(stage: Stage, headers: HeaderChain, coin: () => Promise<Coin>) {
  const game = gameOf(stage)
  const split = [
    { to: BOB, value: HALF },
    { to: ALICE, value: HALF },
  ]
  const paid = payTo(stage, [await coin()], split)
  await stage.measure('start in-flight exit', () => game.startInFlightExit(paid))
  await stage.measure('piggyback, output', () => game.piggybackOutput(paid, 0))
  await stage.measure('piggyback, input', () => game.piggybackInput(paid, 0))

  const first = payTo(stage, [await coin()], [{ to: ALICE, value: ONE }])
  const second = payTo(stage, [await depositCoin(stage, BOB, ONE)], [{ to: BOB, value: ONE }])
  const proofs = await includePayments(headers, [first, second])
  const inputs = [first, second].map((payment, index) =>
    coinFrom(payment, 0, proofs[index]!, headers.last().checkpoint),
  )
  const swap = payTo(stage, inputs, [
    { to: BOB, value: ONE },
    { to: ALICE, value: ONE },
  ])
  await stage.measure('start in-flight exit, swap', () => game.startInFlightExit(swap))

  const onward = payTo(stage, [coinFrom(paid, 0, NOT_INCLUDED, 0n)], [{ to: CAROL, value: HALF }])
  await stage.measure('challenge piggyback', () => game.challengePiggyback(paid, OUTPUT, 0, onward))

  const disputed = payTo(stage, [await coin()], split)
  const rival = payTo(stage, disputed.inputs, [{ to: CAROL, value: ONE }])
  await game.startInFlightExit(disputed)
  await stage.measure('challenge canonicity', () => game.challengeCanonicity(disputed, rival))
  const [earlier] = await includePayments(headers, [disputed])
  await stage.measure('prove inclusion', () => game.proveInclusion(disputed, earlier!))
}

/** Everything that was started so far, and eleven exits of as many owners, becomes due and is paid. */
async function measurePayouts(stage: Stage) {
  const game = gameOf(stage)
  const waiting = await game.queueLength()
  const owners = Array.from({ length: BATCH + 1 }, (_, index) => VALIDATORS[index]!)
  const coins = await Promise.all(owners.map(owner => depositCoin(stage, owner, ONE)))
  for (const coin of coins) await game.startExit(coin)
  await stage.ethereum.passTime(stage.deployment.parameters.minFinalizationPeriod)
  await game.process(waiting)
  const one = await stage.measure('process exit, alone', () => game.process(1))
  const ten = await stage.measure('process exits, each of ten', () => game.process(BATCH), BATCH)
  if (one !== 1 || ten !== BATCH) throw new Error(`measured the payment of ${one} and ${ten} exits`)

  const [owner] = owners
  await stage.measure('withdraw ETH', () => withdraw(stage.as(owner!), { token: ZERO_ADDRESS }))
  await stage.measure('withdraw the bond', () => game.withdrawBonds([coins[0]!.id]))
}

/** The exit games as plain calls. Each is sent by whom it suits. */
function gameOf(stage: Stage) {
  const { standardExits, inFlightExits, exitQueue } = stage.deployment
  const standard = { address: standardExits, abi: standardExitsAbi } as const
  const inFlight = { address: inFlightExits, abi: inFlightExitsAbi } as const
  const queue = { address: exitQueue, abi: exitQueueAbi } as const
  const read = stage.ethereum.client
  return {
    async startExit(coin: Coin) {
      const value = await read.readContract({ ...standard, functionName: 'bondSize' })
      const args = [creatorOf(coin), coin.inclusion ?? NOT_INCLUDED, OWN] as const
      await writeContract(stage.as(coin.account), { ...standard, functionName: 'startExit', args, value })
    },

    async challengeExit(payment: Payment, inclusion?: Inclusion) {
      const args = [payment.inputs[0]!.id, spendOf(payment, inclusion)] as const
      await writeContract(stage.as(CAROL), { ...standard, functionName: 'challengeExit', args })
    },

    async startInFlightExit(payment: Payment) {
      const value = await read.readContract({ ...inFlight, functionName: 'bondSize' })
      const { transaction, witness } = payment.encoded
      const inclusions = payment.inputs.map(input => input.inclusion ?? NOT_INCLUDED)
      const args = [transaction, witness, payment.inputs.map(creatorOf), inclusions] as const
      await writeContract(stage.as(ALICE), { ...inFlight, functionName: 'startInFlightExit', args, value })
    },

    async piggybackInput(payment: Payment, index: number) {
      const value = await read.readContract({ ...inFlight, functionName: 'piggybackBondSize' })
      const input = payment.inputs[index]!
      const args = [payment.encoded.transaction, index, creatorOf(input), OWN] as const
      await writeContract(stage.as(input.account), {
        ...inFlight,
        functionName: 'piggybackInput',
        args,
        value,
      })
    },

    async piggybackOutput(payment: Payment, index: number) {
      const value = await read.readContract({ ...inFlight, functionName: 'piggybackBondSize' })
      const args = [payment.encoded.transaction, index, OWN] as const
      await writeContract(stage.as(payment.to[index]!), {
        ...inFlight,
        functionName: 'piggybackOutput',
        args,
        value,
      })
    },

    async challengePiggyback(
      payment: Payment,
      side: typeof INPUT | typeof OUTPUT,
      index: number,
      spend: Payment,
    ) {
      const args = [payment.hash, side, index, spendOf(spend)] as const
      await writeContract(stage.as(CAROL), { ...inFlight, functionName: 'challengePiggyback', args })
    },

    async challengeCanonicity(payment: Payment, rival: Payment) {
      const args = [payment.hash, spendOf(rival)] as const
      await writeContract(stage.as(CAROL), { ...inFlight, functionName: 'challengeCanonicity', args })
    },

    async proveInclusion(payment: Payment, inclusion: Inclusion) {
      const { transaction, witness } = payment.encoded
      const args = [transaction, witness, payment.inputs.map(creatorOf), inclusion] as const
      await writeContract(stage.as(BOB), { ...inFlight, functionName: 'proveInclusion', args })
    },

    async queueLength(): Promise<number> {
      const args = [ZERO_ADDRESS, false] as const
      return Number(await read.readContract({ ...queue, functionName: 'queueLength', args }))
    },

    /** How many of the exits that were due were paid. */
    async process(maxExits: number): Promise<number> {
      const args = [ZERO_ADDRESS, false, BigInt(maxExits)] as const
      const { logs } = await writeContract(stage.as(CAROL), { ...queue, functionName: 'processExits', args })
      return parseEventLogs({ abi: exitQueueAbi, eventName: 'ExitPaid', logs }).length
    },

    async withdrawBonds(exitIds: Hash[]) {
      await writeContract(stage.as(ALICE), { ...standard, functionName: 'withdrawBonds', args: [exitIds] })
    },
  }
}

function creatorOf(coin: Coin): { transaction: Hex; outputIndex: number } {
  return { transaction: coin.creator, outputIndex: coin.outputIndex }
}

/** A payment as evidence that its first input is spent. */
function spendOf(payment: Payment, inclusion: Inclusion = NOT_INCLUDED) {
  return {
    transaction: payment.encoded.transaction,
    witness: payment.encoded.witness,
    inputIndex: 0,
    creators: payment.inputs.map(creatorOf),
    inclusion,
  }
}
