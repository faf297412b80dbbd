import {
  type BlockInputs,
  createMapper,
  encodeBlock,
  Ledger,
  type LedgerParameters,
  Locks,
  type MappedRecord,
  NO_LOCKED_OUTPUTS,
  recordAt,
} from '@omg/ledger'
import {
  type Address,
  address,
  addressOfKey,
  amount,
  coinGuard,
  type Deposit,
  depositId,
  depositPosition,
  encodeSignedTransaction,
  type Hash,
  type Hex,
  hash,
  type Output,
  type OutputId,
  outputId,
  type Pay,
  payDigest,
  signDigest,
  type TxHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import type { StoredDeposit, StoredOrigin } from '../store/store.ts'
import type { RootChainView } from './replica.ts'

/** A chain made in memory, honest or not, for tests and benchmarks of the watcher. */

export const PARAMETERS: LedgerParameters = {
  domain: { chainId: 31_337n, verifyingContract: address(`0x${'aa'.repeat(20)}`) },
  feeTokens: [
    { lane: 0, token: ZERO_ADDRESS, unit: 10n ** 9n, dust: 1000n, fees: { payment: 10n, item: 20n } },
  ],
  feeRecipients: [{ owner: address(`0x${'f1'.repeat(20)}`), weight: 1n }],
}
export const FEE = 10n ** 10n
const FAR = 10n ** 12n
const ORIGIN: StoredOrigin = { number: 10n, hash: hash(`0x${'0e'.repeat(32)}`), timestamp: 1000n }

export interface Account {
  readonly key: Hex
  readonly address: Address
}

/** Account number `i` (from 1): its private key is the number. */
export function account(i: number): Account {
  const key = `0x${i.toString(16).padStart(64, '0')}` as Hex
  return { key, address: addressOfKey(key) }
}

export const [alice, bob] = [account(1), account(2)] as const

export function coin(owner: Address, value: bigint): Output {
  return { type: 'coin', guard: coinGuard(owner), token: ZERO_ADDRESS, amount: amount(value) }
}

export interface Payment {
  readonly pay: Pay
  readonly hash: TxHash
  readonly signed: Uint8Array
  readonly ids: readonly OutputId[]
}

/** A PAY signed by `signers`, whoever owns the inputs. */
export function payment(
  signers: readonly Account[],
  inputs: readonly OutputId[],
  outputs: readonly Output[],
  memo: Hash = ZERO_HASH,
): Payment {
  const pay: Pay = { kind: 'pay', inputs, outputs, validUntil: FAR, memo }
  const digest = payDigest(pay, PARAMETERS.domain) as TxHash
  const signatures = signers.map(({ key }) => signDigest(digest, key))
  const witness = { signatures, orderTerms: [], swapTerms: [] }
  const signed = encodeSignedTransaction({ transaction: pay, witness })
  return { pay, hash: digest, signed, ids: outputs.map((_, i) => outputId(digest, i)) }
}

const mapper = createMapper(PARAMETERS.domain)

export function recordOf(signed: Uint8Array): MappedRecord {
  const record = recordAt(mapper(signed, Uint32Array.of(0, signed.length)), 0)
  if (record === undefined) throw new Error('the map stage refused the payment')
  return record
}

/** A chain and the Ethereum it stands on. */
export class TestChain {
  readonly ledger = new Ledger(PARAMETERS)
  readonly #deposits: StoredDeposit[] = []
  readonly blocks: Uint8Array[] = []
  readonly locks = new Locks()

  readonly view: RootChainView = {
    head: () => ORIGIN.number,
    origin: number => (number === ORIGIN.number ? ORIGIN : undefined),
    deposit: index => this.#deposits[Number(index)],
    lockedAt: origin => this.locks.at(origin),
  }

  /** Records deposits on Ethereum; the next block takes them. */
  deposit(outputs: readonly Output[]): OutputId[] {
    return outputs.map(output => {
      const index = BigInt(this.#deposits.length)
      const position = depositPosition(0n, this.#deposits.length + 1)
      const id = depositId(output, position)
      this.#deposits.push({ index, id, output, position, block: 5n })
      return id
    })
  }

  /** Makes the next block of these payments and applies it. Returns its record. */
  make(payments: readonly Payment[], change: Partial<BlockInputs> = {}): Uint8Array {
    const { execution, dropped } = this.assemble(payments, change)
    if (dropped.length > 0) throw dropped[0]!.error
    this.ledger.applyBlock(execution)
    const bytes = encodeBlock(execution.block)
    this.blocks.push(bytes)
    return bytes
  }

  assemble(payments: readonly Payment[], change: Partial<BlockInputs> = {}) {
    return this.ledger.assembleBlock(
      payments.map(({ signed }) => recordOf(signed)),
      this.inputs(change),
    )
  }

  inputs(change: Partial<BlockInputs> = {}): BlockInputs {
    const { tip } = this.ledger
    return {
      height: tip.height + 1n,
      time: tip.time + 1n,
      checkpoint: tip.checkpoint,
      origin: ORIGIN.number,
      originHash: ORIGIN.hash,
      originTime: ORIGIN.timestamp,
      closes: false,
      deposits: this.#deposits.slice(Number(tip.inboxCursor)).map(asTransaction),
      locked: NO_LOCKED_OUTPUTS,
      ...change,
    }
  }
}

function asTransaction({ index, output, position }: StoredDeposit): Deposit {
  return { kind: 'deposit', inboxIndex: index, output, position }
}
