import {
  type Address,
  addLanes,
  amount,
  buildTree,
  coinGuard,
  concat,
  type Domain,
  encodeHeader,
  encodePosition,
  encodeProof,
  encodeTransaction,
  encodeWitness,
  type Hash,
  type Hex,
  leafHash,
  type Output,
  type OutputId,
  outputId,
  type Pay,
  type Position,
  position,
  signDigest,
  type TreeLeaf,
  type TxHash,
  toHex,
  transactionHash,
  treePath,
  unwrap,
  type Witness,
  witnessHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { depositEth, domainOf, type Inclusion } from '@omg/rootchain'
import { testAccount, testPrivateKey } from '@omg/rootchain/testing'
import type { HeaderChain } from './checkpoints.ts'
import type { Stage } from './stage.ts'

const FAR_FUTURE = 2n ** 40n
/** A full shard: proofs of sixteen siblings. */
const LEAVES = 65_536
const FEE_LANES = 1n << 192n

/** A coin of a test account, and the encoded transaction that made it. */
export interface Coin {
  readonly id: OutputId
  readonly account: number
  readonly output: Output
  readonly position: Position
  readonly creator: Hex
  readonly outputIndex: number
  readonly inclusion?: Inclusion
}

/** A PAY with the signatures of all owners. */
export interface Payment {
  readonly pay: Pay
  readonly hash: TxHash
  readonly inputs: readonly Coin[]
  readonly witness: Witness
  readonly encoded: { readonly transaction: Hex; readonly witness: Hex }
  /** The accounts that it pays, in output order. */
  readonly to: readonly number[]
}

export const addressOf = (account: number): Address => testAccount(account).address.toLowerCase() as Address

/** Deposits ETH as a coin of an account. */
export async function depositCoin(stage: Stage, account: number, value: bigint): Promise<Coin> {
  const { id, index, position: at } = await depositEth(stage.as(account), { amount: value })
  const output = coinOf(account, value)
  const creator = toHex(encodeTransaction({ kind: 'deposit', inboxIndex: index, position: at, output }))
  return { id, account, output, position: at, creator, outputIndex: 0 }
}

/** Pays coins to accounts. */
export function payTo(
  stage: Stage,
  inputs: readonly Coin[],
  payees: readonly { to: number; value: bigint }[],
): Payment {
  const domain: Domain = domainOf(stage.deployment)
  const pay: Pay = {
    kind: 'pay',
    inputs: inputs.map(({ id }) => id),
    outputs: payees.map(({ to, value }) => coinOf(to, value)),
    validUntil: FAR_FUTURE,
    memo: ZERO_HASH,
  }
  const hash = transactionHash(pay, domain)
  const owners = [...new Set(inputs.map(({ account }) => account))]
  const signatures = owners.map(account => signDigest(hash as unknown as Hash, testPrivateKey(account)))
  const witness: Witness = { signatures, orderTerms: [], swapTerms: [] }
  return {
    pay,
    hash,
    inputs,
    witness,
    encoded: { transaction: toHex(encodeTransaction(pay)), witness: toHex(encodeWitness(witness)) },
    to: payees.map(({ to }) => to),
  }
}

/** Submits a checkpoint of a full shard that holds the payments, and proves each. */
export async function includePayments(
  headers: HeaderChain,
  payments: readonly Payment[],
): Promise<Inclusion[]> {
  const own: TreeLeaf[] = payments.map((payment, index) => ({
    path: treePath(0, index),
    hash: leafHash({
      txHash: payment.hash,
      witnessHash: witnessHash(payment.witness),
      positions: payment.inputs.map(input => input.position),
      lanes: 0n,
    }),
    lanes: 0n,
  }))
  const others = Array.from({ length: LEAVES - own.length }, (_, index): TreeLeaf => {
    const path = own.length + index
    return { path, hash: `0x${(path + 1).toString(16).padStart(64, '0')}` as Hash, lanes: FEE_LANES }
  })
  const tree = buildTree([...own, ...others])
  const feeLanes = others.reduce((sum, { lanes }) => unwrap(addLanes(sum, lanes)), 0n)
  const header = await headers.submit({ root: { txRoot: tree.root, feeLanes, txCount: LEAVES } })
  return payments.map((payment, index) => ({
    header: toHex(encodeHeader(header)),
    path: treePath(0, index),
    witnessHash: witnessHash(payment.witness),
    inputPositions: toHex(concat(...payment.inputs.map(input => encodePosition(input.position)))),
    lanes: 0n,
    proof: toHex(encodeProof(tree.proof(treePath(0, index)))),
  }))
}

/** An output of an included payment. */
export function coinFrom(payment: Payment, output: number, inclusion: Inclusion, checkpoint: bigint): Coin {
  const index = inclusion.path & 0xffff
  return {
    id: outputId(payment.hash, output),
    account: payment.to[output]!,
    output: payment.pay.outputs[output]!,
    position: position({ checkpoint, sequence: 0, shard: 0, index, output }),
    creator: payment.encoded.transaction,
    outputIndex: output,
    inclusion,
  }
}

function coinOf(account: number, value: bigint): Output {
  return { type: 'coin', guard: coinGuard(addressOf(account)), token: ZERO_ADDRESS, amount: amount(value) }
}
