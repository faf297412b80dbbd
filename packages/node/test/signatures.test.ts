import { describe, expect, test } from 'vitest'
import { encodeBundle } from '../src/mempool/bundle.ts'
import { findSignatureProgram } from '../src/process/programs.ts'
import { decodeResults } from '../src/rpc/bundle.ts'
import { FEE, ownerOf, pay, type TestNode, temporaryDirectory, testNode } from './harness.ts'

const SIGNERS = 40
const PATIENCE_MILLISECONDS = 600_000
const AMOUNT = 10n ** 18n
const program = await findSignatureProgram()

const bundles: Uint8Array<ArrayBuffer>[] = []

/** Payment `i` of round `round` spends coin `round * SIGNERS + i`; one of them is signed by somebody else. */
function bundleOf(
  ids: readonly Parameters<typeof pay>[0]['inputs'][number][],
  round: number,
): Uint8Array<ArrayBuffer> {
  // The same for both nodes: signing takes longer than all the rest.
  const signed = bundles[round]
  if (signed) return signed
  const payments = Array.from({ length: SIGNERS }, (_, i) => {
    const from = round === 1 && i === 7 ? SIGNERS + 1 : i + 1
    return pay({
      from,
      inputs: [ids[round * SIGNERS + i]!],
      outputs: [{ to: SIGNERS + 2, amount: AMOUNT - FEE }],
    })
  })
  const bundle = encodeBundle(payments.map(({ bytes }) => bytes)) as Uint8Array<ArrayBuffer>
  bundles[round] = bundle
  return bundle
}

async function submit(node: TestNode, body: Uint8Array<ArrayBuffer>) {
  const response = await fetch(`${node.url}/bundle`, { method: 'POST', body })
  return decodeResults(new Uint8Array(await response.arrayBuffer()))
}

/** The answers to two bundles of the same signers, and the state that they lead to. */
async function outcomeWith(signatureProgram: string | false) {
  const directory = temporaryDirectory()
  const settings = { workers: 1, 'checkpoint.intervalSeconds': 3_600, 'checkpoint.minimumSeconds': 3_600 }
  const node = await testNode({ directory: directory.path, settings, signatureProgram })
  try {
    const deposits = Array.from({ length: 2 * SIGNERS }, (_, i) => {
      return { owner: ownerOf((i % SIGNERS) + 1), amount: AMOUNT }
    })
    const ids = node.ethereum.depositMany(deposits)
    const { ledger, store, pool } = node.services
    await node.until(() => ledger.tip.inboxCursor === BigInt(2 * SIGNERS), 'the deposits are in')
    const answers = [await submit(node, bundleOf(ids, 0)), await submit(node, bundleOf(ids, 1))]
    await node.until(() => store.totalTransactions >= 2 * SIGNERS - 1, 'the payments are in blocks')
    const metrics = await (await fetch(`${node.url}/metrics`)).text()
    return { answers, unspent: ledger.unspent.size, signatures: pool.signatures, metrics }
  } finally {
    await node.close()
    directory.remove()
  }
}

describe.skipIf(!program)('signatures in batches (needs Go, once: node tools/setup.mjs --go)', () => {
  test('whoever is known is checked in a batch, and all answers are those of recovery', {
    timeout: PATIENCE_MILLISECONDS,
  }, async () => {
    const [batches, recovery] = [await outcomeWith(program!), await outcomeWith(false)]
    expect(batches.answers).toEqual(recovery.answers)
    expect(batches.unspent).toBe(recovery.unspent)
    expect(recovery.signatures).toEqual({ verified: 0, recovered: 2 * SIGNERS, vain: 0 })
    const { verified, recovered, vain } = batches.signatures
    expect(verified + recovered).toBe(2 * SIGNERS)
    expect(vain).toBeGreaterThan(0)
    expect(batches.metrics).toMatch(/^omg_signature_batches 1$/m)
    expect(batches.metrics).toMatch(new RegExp(`^omg_signatures_total\\{way="verified"\\} ${verified}$`, 'm'))
  })
})
