import { fastKeccak256 } from '@omg/ledger'
import {
  type Amount,
  coinGuard,
  encodeSignedTransaction,
  fromHex,
  type Hash,
  type Hex,
  installKeccak256,
  type OutputId,
  type Pay,
  payDigest,
  toHex,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import secp256k1 from 'secp256k1'
import { DOMAIN, FEE, keyOf, ownerOf } from '../test/harness.ts'

installKeccak256(fastKeccak256)

/**
 * Owners that pay each other: more than go into one batch of signatures, so that in none of them does anybody sign twice. All are known to
 * the node after their first payment.
 */
export const OWNERS = 4_096
export const START = 10n ** 18n
const SENT = 10n ** 15n

const owners = Array.from({ length: OWNERS }, (_, i) => ({
  key: fromHex(keyOf(i + 1)),
  guard: coinGuard(ownerOf(i + 1)),
}))

/** An ordinary payment of coin `i`: one input, two outputs. */
export function signPayment(id: OutputId, i: number): Uint8Array {
  const [owner, to] = [owners[i % OWNERS]!, owners[(i + 1) % OWNERS]!]
  const coin = (guard: Hash, value: bigint) => {
    return { type: 'coin' as const, guard: guard as never, token: ZERO_ADDRESS, amount: value as Amount }
  }
  const transaction: Pay = {
    kind: 'pay',
    inputs: [id],
    outputs: [coin(to.guard, SENT), coin(owner.guard, START - SENT - FEE)],
    validUntil: 10n ** 12n,
    memo: ZERO_HASH,
  }
  const { signature, recid } = secp256k1.ecdsaSign(fromHex(payDigest(transaction, DOMAIN)), owner.key)
  const text = `${toHex(signature)}${(27 + recid).toString(16)}` as Hex
  return encodeSignedTransaction({
    transaction,
    witness: { signatures: [text], orderTerms: [], swapTerms: [] },
  })
}
