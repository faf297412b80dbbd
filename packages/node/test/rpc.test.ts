import { decodeBlock } from '@omg/ledger'
import {
  amount,
  coinGuard,
  decodeHeader,
  decodePosition,
  decodeProof,
  EMPTY_WITNESS,
  encodeSignedTransaction,
  fromHex,
  type Hex,
  headerHash,
  leafHash,
  MAX_SIGNED_TRANSACTION_BYTES,
  outputId,
  type TxHash,
  toHex,
  unpackLanes,
  unwrap,
  verifyProof,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeBundle, MAX_BUNDLE_TRANSACTIONS } from '../src/mempool/bundle.ts'
import { decodeResults } from '../src/rpc/bundle.ts'
import { MAX_BATCH_CALLS, MAX_REQUEST_BYTES } from '../src/rpc/dispatch.ts'
import { MAX_SUBMIT_MANY } from '../src/rpc/methods/transactions.ts'
import {
  DOMAIN,
  FEE,
  ownerOf,
  type PayOptions,
  pay,
  RpcFailure,
  type TestNode,
  temporaryDirectory,
  testNode,
  UNIT,
  until,
} from './harness.ts'

const ETH = 10n ** 18n
let directory: ReturnType<typeof temporaryDirectory>
let node: TestNode
let deposits = 0n

beforeAll(async () => {
  directory = temporaryDirectory()
  node = await testNode({ directory: directory.path })
})
afterAll(async () => {
  await node.close()
  directory.remove()
})

/** A fresh coin of one ETH. */
async function coinOf(owner: number) {
  const id = node.ethereum.deposit(ownerOf(owner), ETH)
  await depositIsIn(1n)
  return id
}

async function depositIsIn(count: bigint): Promise<void> {
  deposits += count
  await until(() => node.services.ledger.tip.inboxCursor === deposits, 'the deposits are in')
}

const submit = (hex: Hex) => node.call('omg_submit', [hex])
const refused = (code: string) => expect.objectContaining({ code })
const expectRefused = (hex: Hex, code: string) => expect(submit(hex)).rejects.toEqual(refused(code))

async function committed(hash: string): Promise<void> {
  await until(async () => {
    const { status } = (await node.call('omg_getTransaction', [hash])) as { status: string }
    return status === 'committed'
  }, `${hash} is committed`)
}

const raw = (body: string | Uint8Array, path = '/') =>
  fetch(new URL(path, node.url), { method: 'POST', body: body as string })
const answer = async (body: string) => (await raw(body)).json() as Promise<never>

describe('every bad input has its code', () => {
  let good: PayOptions
  beforeAll(async () => {
    good = { from: 1, inputs: [await coinOf(1)], outputs: [{ to: 2, amount: ETH - FEE }] }
  })
  const changed = (changes: Partial<PayOptions>) => pay({ ...good, ...changes }).hex

  test('encoding', async () => {
    const { hex } = pay(good)
    await expectRefused(hex.slice(0, -2) as Hex, 'encoding.truncated')
    await expectRefused(`${hex}00`, 'encoding.trailing')
    await expectRefused(`0x09${hex.slice(4)}`, 'encoding.kind')
    await expectRefused(`0x0100${hex.slice(6)}`, 'encoding.range')
    await expectRefused(`0x${'01'.repeat(MAX_SIGNED_TRANSACTION_BYTES + 1)}`, 'encoding.too_long')
    await expectRefused('0x', 'encoding.truncated')
    await expectRefused('0xzz' as Hex, 'request.params')
    const outputs = [
      { type: 'coin' as const, guard: coinGuard(ownerOf(1)), token: ZERO_ADDRESS, amount: amount(1n) },
    ]
    const mint = encodeSignedTransaction({
      transaction: { kind: 'fee', checkpoint: 1n, inputs: [], outputs },
      witness: EMPTY_WITNESS,
    })
    await expectRefused(toHex(mint), 'transaction.protocol_only')
    const terms = { maker: ownerOf(1), taker: ownerOf(2), hash: ZERO_HASH, expiry: 1n }
    const claim = encodeSignedTransaction({
      transaction: { kind: 'claim', input: good.inputs[0]! },
      witness: { ...EMPTY_WITNESS, swapTerms: [terms], preimage: ZERO_HASH },
    })
    await expectRefused(toHex(claim), 'transaction.kind_inactive')
  })

  test('signatures', async () => {
    const { hex } = pay(good)
    const v = hex.slice(-8, -6)
    await expectRefused(`${hex.slice(0, -8)}${v === '1b' ? '1d' : '1e'}000000` as Hex, 'signature.invalid')
    await expectRefused(
      `${hex.slice(0, -8)}${v === '1b' ? '1c' : '1b'}000000` as Hex,
      'signature.wrong_signer',
    )
    await expectRefused(changed({ from: 2 }), 'signature.wrong_signer')
    await expectRefused(changed({ domain: { ...DOMAIN, chainId: 1n } }), 'signature.wrong_signer')
  })

  test('rules', async () => {
    await expectRefused(changed({ inputs: [outputId(`0x${'77'.repeat(32)}` as TxHash, 0)] }), 'input.missing')
    await expectRefused(changed({ validUntil: 1n }), 'transaction.expired')
    await expectRefused(changed({ outputs: [{ to: 2, amount: 2n * ETH }] }), 'transaction.unbalanced')
    await expectRefused(changed({ outputs: [{ to: 2, amount: ETH - FEE + UNIT }] }), 'fee.too_low')
    await expectRefused(changed({ outputs: [{ to: 2, amount: ETH - FEE - 1n }] }), 'fee.not_multiple')
    await expectRefused(
      changed({
        outputs: [
          { to: 2, amount: ETH - FEE - 1n },
          { to: 3, amount: 1n },
        ],
      }),
      'output.dust',
    )
    const token = ownerOf(50)
    await expectRefused(changed({ outputs: [{ to: 2, amount: 5n, token }] }), 'transaction.unbalanced')
    const [huge] = node.ethereum.depositMany([{ owner: ownerOf(1), amount: 2n ** 70n * UNIT }])
    await depositIsIn(1n)
    await expectRefused(
      changed({ inputs: [huge!], outputs: [{ to: 2, amount: ETH }] }),
      'transaction.overflow',
    )
  })

  test('A30: two signatures pay two fees', async () => {
    const inputs = [await coinOf(21), await coinOf(22)]
    const both = (fee: bigint) =>
      pay({ from: 21, with: [22], inputs, outputs: [{ to: 2, amount: 2n * ETH - fee }] })
    await expectRefused(both(2n * FEE - UNIT).hex, 'fee.too_low')
    const { hex, hash } = both(2n * FEE)
    await submit(hex)
    await committed(hash)
  })

  test('replayed, double spent, and the good one still works', async () => {
    const first = pay(good)
    const rival = pay({ ...good, outputs: [{ to: 3, amount: ETH - FEE }] })
    const answers = await node.call('omg_submitMany', [[first.hex, first.hex, rival.hex]])
    expect(answers).toMatchObject([
      { txHash: first.hash },
      { error: { code: 'mempool.duplicate', message: expect.stringContaining(first.hash) } },
      { error: { code: 'mempool.conflict', message: expect.stringContaining(first.hash) } },
    ])
    await committed(first.hash)
    await expectRefused(first.hex, 'input.missing')
    await expectRefused(rival.hex, 'input.missing')
  })
})

describe('queries', () => {
  test('outputs page by page, balances, spend and proof', async () => {
    const coin = await coinOf(11)
    const outputs = Array.from({ length: 15 }, () => ({ to: 12, amount: ETH / 20n }))
    const change = { to: 11, amount: ETH - 15n * (ETH / 20n) - FEE }
    const payment = pay({ from: 11, inputs: [coin], outputs: [...outputs, change] })
    await submit(payment.hex)
    await committed(payment.hash)

    const ids: string[] = []
    let cursor: string | null = null
    do {
      const page = (await node.call('omg_getOutputs', { owner: ownerOf(12), limit: 4, cursor })) as {
        outputs: { id: string }[]
        cursor: string | null
      }
      ids.push(...page.outputs.map(({ id }) => id))
      cursor = page.cursor
    } while (cursor)
    expect(ids.sort()).toEqual(payment.outputs.slice(0, 15).sort())
    expect(await node.call('omg_getBalances', [ownerOf(12)])).toEqual({
      balances: [
        {
          token: `0x${'00'.repeat(20)}`,
          amount: String((ETH / 20n) * 15n),
          outputs: 15,
          locked: { amount: '0', outputs: 0 },
        },
      ],
      complete: true,
    })
    expect(await node.call('omg_getSpend', [coin])).toMatchObject({
      txHash: payment.hash,
      inputIndex: 0,
      bytes: payment.hex,
    })
    expect(await node.call('omg_getSpend', [payment.outputs[0]])).toBeNull()
    expect(await node.call('omg_getOutput', [payment.outputs[3]])).toMatchObject({
      status: 'committed',
      txHash: payment.hash,
    })
    expect(await node.call('omg_getExitProof', [coin])).toMatchObject({ kind: 'deposit', id: coin })

    for (const [index, id] of payment.outputs.entries()) {
      const proof = (await node.call('omg_getExitProof', [id])) as Record<string, Hex> & {
        path: number
        outputIndex: number
      }
      expect(proof).toMatchObject({ kind: 'transaction', outputIndex: index, txHash: payment.hash })
      const header = unwrap(decodeHeader(fromHex(proof.header!)))
      const positions = (proof.inputPositions!.slice(2).match(/.{24}/g) ?? []).map(text =>
        unwrap(decodePosition(fromHex(`0x${text}`))),
      )
      const lanes = BigInt(proof.lanes!)
      const hash = leafHash({
        txHash: payment.hash,
        witnessHash: proof.witnessHash as never,
        positions,
        lanes,
      })
      expect(unpackLanes(lanes)[0]).toBe(FEE / UNIT)
      const root = { hash: header.txRoot, lanes: header.feeLanes }
      const leaf = { hash, lanes }
      expect(
        verifyProof({ root, path: proof.path, leaf, proof: unwrap(decodeProof(fromHex(proof.proof!))) }),
      ).toBe(true)
    }
  })

  test('blocks and checkpoints, JSON and binary', async () => {
    const latest = (await node.call('omg_getBlock')) as { height: string; appHash: Hex }
    const bytes = new Uint8Array(await (await fetch(`${node.url}/blocks/${latest.height}`)).arrayBuffer())
    expect(unwrap(decodeBlock(bytes)).appHash).toBe(latest.appHash)
    expect((await fetch(`${node.url}/blocks/999999`)).status).toBe(404)
    expect((await fetch(`${node.url}/blocks/x`)).status).toBe(400)
    const checkpoint = (await node.call('omg_getCheckpoint', ['latest'])) as {
      header: Hex
      headerHash: Hex
      signatures: unknown[]
      acceptedBlock: string | null
      acceptedTransaction: Hex | null
    }
    expect(headerHash(unwrap(decodeHeader(fromHex(checkpoint.header))))).toBe(checkpoint.headerHash)
    expect(checkpoint.signatures).toHaveLength(1)
    expect(checkpoint.acceptedTransaction === null).toBe(checkpoint.acceptedBlock === null)
    await expect(node.call('omg_getBlock', [999_999])).rejects.toEqual(refused('request.not_found'))
    await expect(node.call('omg_getTransaction', [`0x${'ab'.repeat(32)}`])).rejects.toEqual(
      refused('request.not_found'),
    )
  })

  test('parameters, fees, status', async () => {
    expect(await node.call('omg_getParameters')).toMatchObject({
      domain: { chainId: '31337' },
      feeTokens: [{ lane: 0, symbol: 'ETH' }],
    })
    // Half an hour is several epochs of this chain: each may add a quarter, and congestion eight times as much.
    const quoted = (await node.call('omg_quoteFee', { operation: 'payment' })) as Record<string, string>
    expect(quoted).toMatchObject({ now: String(FEE), nextEpoch: String(FEE), lane: 0, accepted: true })
    expect(BigInt(quoted.maximum!)).toBeGreaterThanOrEqual(8n * FEE)
    expect(await node.call('omg_quoteFee', { operation: 'merge' })).toMatchObject({ now: '0', maximum: '0' })
    expect(await node.call('omg_quoteFee', { signatures: 16 })).toMatchObject({ now: String(16n * FEE) })
    const swap = await node.call('omg_quoteFee', { operation: 'item', signatures: 2 })
    expect(swap).toMatchObject({ operation: 'item', signatures: 2, now: String(4n * FEE) })
    expect(await node.call('omg_getFees')).toMatchObject({
      voted: { accepted: [true, false, false, false], takerBps: [0, 0, 0] },
      congestion: '1000000',
      maxCongestion: '8000000',
      feeTokens: [{ lane: 0, accepted: true, payment: '1000', item: '2000' }],
    })
    for (const signatures of [0, 17, 1.5, '1']) {
      await expect(node.call('omg_quoteFee', { signatures })).rejects.toEqual(refused('request.params'))
    }
    await expect(node.call('omg_quoteFee', { token: ownerOf(9) })).rejects.toEqual(refused('fee.token'))
    expect(await node.call('omg_status')).toMatchObject({
      engine: { name: 'solo', running: true },
      alarms: [],
    })
  })
})

describe('JSON-RPC 2.0', () => {
  test('malformed requests', async () => {
    expect(await answer('{')).toMatchObject({
      id: null,
      error: { code: -32700, data: { code: 'request.parse' } },
    })
    expect(await answer('{"jsonrpc":"1.0","id":7,"method":"x"}')).toMatchObject({
      id: 7,
      error: { code: -32600 },
    })
    expect(await answer('{"jsonrpc":"2.0","id":1,"method":"nope"}')).toMatchObject({
      error: { code: -32601 },
    })
    expect(await answer('{"jsonrpc":"2.0","id":1,"method":"omg_submit","params":[1]}')).toMatchObject({
      error: { code: -32602 },
    })
    expect(await answer('{"jsonrpc":"2.0","id":1,"method":"omg_status","params":[1,2]}')).toMatchObject({
      error: { code: -32602 },
    })
    expect(
      await answer('{"jsonrpc":"2.0","id":1,"method":"omg_submit","params":{"transaction":"0x","x":1}}'),
    ).toMatchObject({ error: { code: -32602 } })
    expect((await raw('{"jsonrpc":"2.0","method":"omg_status"}')).status).toBe(204)
  })

  test('batches and their limit', async () => {
    const call = (id: number) => ({ jsonrpc: '2.0', id, method: 'omg_status' })
    const batch = (count: number) => JSON.stringify(Array.from({ length: count }, (_, i) => call(i)))
    expect(await answer(batch(MAX_BATCH_CALLS))).toHaveLength(MAX_BATCH_CALLS)
    expect(await answer(batch(MAX_BATCH_CALLS + 1))).toMatchObject({
      error: { data: { code: 'request.limit' } },
    })
    expect(await answer('[]')).toMatchObject({ error: { data: { code: 'request.limit' } } })
    expect(await answer('[1]')).toMatchObject([{ error: { code: -32600 } }])
  })

  test('size limits', async () => {
    const response = await raw('x'.repeat(MAX_REQUEST_BYTES + 1))
    expect(response.status).toBe(413)
    const many = Array.from({ length: MAX_SUBMIT_MANY + 1 }, () => '0x00')
    await expect(node.call('omg_submitMany', [many])).rejects.toEqual(refused('request.params'))
    await expect(node.call('omg_getOutputs', { owner: ownerOf(1), limit: 201 })).rejects.toEqual(
      refused('request.params'),
    )
  })

  test('rpc.discover documents every method', async () => {
    const document = (await node.call('rpc.discover')) as {
      openrpc: string
      methods: { name: string; params: unknown[] }[]
    }
    expect(document.openrpc).toBe('1.3.2')
    const names = document.methods.map(({ name }) => name)
    expect(names).toContain('omg_submit')
    expect(names).toContain('omg_subscribe')
    for (const name of names) {
      const failure = (await node.call(name, { nonsense: 1 }).catch(error => error)) as RpcFailure
      expect(failure).toBeInstanceOf(RpcFailure)
      expect(failure.code).not.toBe('request.method')
    }
  })
})

describe('POST /bundle', () => {
  test('takes many at once and answers each, in binary or JSON', async () => {
    const coins = node.ethereum.depositMany(
      Array.from({ length: 20 }, () => ({ owner: ownerOf(30), amount: ETH })),
    )
    await depositIsIn(20n)
    const payments = coins.map(coin =>
      pay({ from: 30, inputs: [coin], outputs: [{ to: 31, amount: ETH - FEE }] }),
    )
    const bad = payments[0]!.bytes.slice(0, -1)
    const binary = await raw(encodeBundle([...payments.map(({ bytes }) => bytes), bad]), '/bundle')
    const results = decodeResults(new Uint8Array(await binary.arrayBuffer()))
    expect(results.slice(0, 20)).toEqual(payments.map(({ hash }) => ({ txHash: hash })))
    expect(results[20]).toMatchObject({ error: { code: 'encoding.truncated' } })
    for (const { hash } of payments) await committed(hash)

    const again = encodeBundle([payments[0]!.bytes]) as Uint8Array<ArrayBuffer>
    const json = await fetch(`${node.url}/bundle`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: again,
    })
    expect(await json.json()).toMatchObject({ results: [{ error: { code: 'input.missing' } }] })
  })

  test('malformed bundles', async () => {
    const bundle = encodeBundle([new Uint8Array(10)])
    const count = new Uint8Array(4)
    new DataView(count.buffer).setUint32(0, MAX_BUNDLE_TRANSACTIONS + 1)
    for (const [bytes, code, status] of [
      [new Uint8Array(2), 'request.invalid', 400],
      [bundle.slice(0, -1), 'request.invalid', 400],
      [new Uint8Array([...bundle, 0]), 'request.invalid', 400],
      [count, 'request.limit', 413],
    ] as const) {
      const response = await raw(bytes, '/bundle')
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject({ error: { data: { code } } })
    }
  })
})

test('health and metrics', async () => {
  expect(await (await fetch(`${node.url}/health`)).json()).toMatchObject({ status: 'ok', alarms: [] })
  const metrics = await (await fetch(`${node.url}/metrics`)).text()
  expect(metrics).toMatch(/^omg_height \d+$/m)
  expect(metrics).toMatch(/^omg_signature_batches 0$/m)
  expect(metrics).toMatch(/^omg_signatures_total\{way="recovered"\} \d+$/m)
  expect(metrics).toMatch(/^omg_rpc_seconds_count\{method="omg_submit",code="ok"\} \d+$/m)
  expect((await fetch(`${node.url}/nothing`)).status).toBe(404)
})
