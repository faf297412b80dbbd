import { installKeccak256, type OutputId } from '@omg/protocol'
import secp256k1 from 'secp256k1'
import { account, coin, fund, GWEI, PARAMETERS, type Payment, payment } from '../src/chain.fixture.ts'
import { fastKeccak256 } from '../src/keccak.ts'
import { Ledger } from '../src/ledger.ts'
import { describeRecord, recordAt } from '../src/record.ts'
import type { MappedBatch } from '../src/types.ts'

installKeccak256(fastKeccak256)

const OWNERS = Array.from({ length: 64 }, (_, i) => account(i))
const START = 10n ** 18n
const SENT = 10n ** 15n

/** A ledger with `count` coins, and a payment of each: one input, two outputs, the shape of an ordinary payment. */
export function fundedLedger(count: number): { ledger: Ledger; ids: OutputId[] } {
  const ledger = new Ledger(PARAMETERS)
  const ids = fund(
    ledger,
    Array.from({ length: count }, (_, i) => coin(OWNERS[i % 64]!, START)),
  )
  return { ledger, ids }
}

export function ordinaryPayments(ids: readonly OutputId[]): Payment[] {
  return ids.map((id, i) => {
    const [owner, to] = [OWNERS[i % 64]!, OWNERS[(i + 1) % 64]!]
    return payment([owner], [id], [coin(to, SENT), coin(owner, START - SENT - 10n * GWEI)])
  })
}

/** The peer: recovers the signatures of the first payments of a batch, and does nothing else. */
export function bareRecovery(batch: MappedBatch): (count: number) => void {
  const messages = Array.from({ length: batch.count }, (_, i) => {
    const { hash, witness } = describeRecord(recordAt(batch, i)!)
    const signature = Buffer.from(witness.signatures[0]!.slice(2), 'hex')
    const digest = new Uint8Array(Buffer.from(hash.slice(2), 'hex'))
    return { digest, compact: new Uint8Array(signature.subarray(0, 64)), recovery: signature[64]! - 27 }
  })
  const key = new Uint8Array(65)
  return count => {
    for (let i = 0; i < count; i++) {
      const { digest, compact, recovery } = messages[i]!
      secp256k1.ecdsaRecover(compact, recovery, digest, false, key)
    }
  }
}
