import { encodeBlock, Ledger } from '@omg/ledger'
import { account, PARAMETERS, recordOf } from '@omg/ledger/testing'
import {
  amount,
  coinGuard,
  encodeSignedTransaction,
  fromHex,
  type Hex,
  type OutputId,
  type Pay,
  payDigest,
  toHex,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import secp256k1 from 'secp256k1'
import { FEE, TestChain } from '../src/chain/chain.fixture.ts'

/** Owners that pay each other, as in the node's benchmark. */
export const OWNERS = 4_096
const PAYMENTS_PER_BLOCK = 5_000
const START = 10n ** 18n
const SENT = 10n ** 15n

const owners = Array.from({ length: OWNERS }, (_, i) => {
  const { key, address } = account(i + 1)
  return { key, address, guard: coinGuard(address) }
})

export interface BenchChain {
  readonly chain: TestChain
  /** The first block holds the deposits; the others the payments. */
  readonly blocks: readonly Uint8Array[]
  readonly payments: number
}

/** A chain of ordinary payments: one input, two outputs each, 5,000 a block. */
export function benchChain(payments: number): BenchChain {
  const chain = new TestChain()
  const ids = chain.deposit(
    Array.from({ length: payments }, (_, i) => {
      const { guard } = owners[i % OWNERS]!
      return { type: 'coin' as const, guard, token: ZERO_ADDRESS, amount: amount(START) }
    }),
  )
  const ledger = new Ledger(PARAMETERS)
  const blocks: Uint8Array[] = []
  const make = (records: Parameters<Ledger['assembleBlock']>[0], deposits: boolean) => {
    const inputs = { ...chain.inputs(), ...heightsOf(ledger), ...(deposits ? {} : { deposits: [] }) }
    const { execution } = ledger.assembleBlock(records, inputs)
    ledger.applyBlock(execution)
    blocks.push(encodeBlock(execution.block))
  }
  make([], true)
  for (let from = 0; from < payments; from += PAYMENTS_PER_BLOCK) {
    const part = ids.slice(from, from + PAYMENTS_PER_BLOCK)
    make(
      part.map((id, i) => recordOf(signPayment(id, from + i))),
      false,
    )
  }
  return { chain, blocks, payments }
}

function heightsOf({ tip }: Ledger) {
  return { height: tip.height + 1n, time: tip.time + 1n, checkpoint: tip.checkpoint }
}

function signPayment(id: OutputId, i: number): Uint8Array {
  const [owner, to] = [owners[i % OWNERS]!, owners[(i + 1) % OWNERS]!]
  const coin = (guard: typeof owner.guard, value: bigint) => {
    return { type: 'coin' as const, guard, token: ZERO_ADDRESS, amount: amount(value) }
  }
  const transaction: Pay = {
    kind: 'pay',
    inputs: [id],
    outputs: [coin(to.guard, SENT), coin(owner.guard, START - SENT - FEE)],
    validUntil: 10n ** 12n,
    memo: ZERO_HASH,
  }
  const { signature, recid } = secp256k1.ecdsaSign(
    fromHex(payDigest(transaction, PARAMETERS.domain)),
    owner.key,
  )
  const signatures = [`${toHex(signature)}${(27 + recid).toString(16)}` as Hex]
  return encodeSignedTransaction({ transaction, witness: { signatures, orderTerms: [], swapTerms: [] } })
}
