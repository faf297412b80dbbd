import {
  type Address,
  address,
  coinGuard,
  decodeSignedTransaction,
  fromHex,
  type Hex,
  OmgError,
  type Pay,
  recoverSigner,
  transactionHash,
  unwrap,
  ZERO_ADDRESS,
} from '@omg/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, describe, expect, it } from 'vitest'
import { domain, type FakeNode, type FakeOutput, ITEM, id, startFakeNode, USD } from '../../test/fakeNode.ts'
import type { Account } from '../account/account.ts'
import { createClient } from '../createClient.ts'
import { http } from '../node/http.ts'

const key = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
const aliceAccount = privateKeyToAccount(key(1))
const alice = address(aliceAccount.address)
const bob = address(privateKeyToAccount(key(2)).address)

let node: FakeNode
afterEach(() => node[Symbol.asyncDispose]())

async function open(outputs: Omit<FakeOutput, 'owner'>[], account: Account = aliceAccount) {
  node = await startFakeNode(outputs.map(output => ({ owner: alice, ...output })))
  return createClient({ node: http(node.url, { retries: 1, timeout: 2_000 }), account })
}

/** The payment that the node took, and who signed it. */
function takenPayment(index = 0): { pay: Pay; signer: Address } {
  const { transaction, witness } = unwrap(decodeSignedTransaction(fromHex(node.taken[index]!)))
  const signer = unwrap(recoverSigner(transactionHash(transaction, domain), witness.signatures[0]!))
  return { pay: transaction as Pay, signer }
}

const coin = (owner: Address, value: bigint, token: Address = ZERO_ADDRESS) => {
  return { type: 'coin', guard: coinGuard(owner), token, amount: value }
}

describe('pay', () => {
  it('pays, takes the change, pays the fee, and signs', async () => {
    const client = await open([{ amount: 1_000n }, { amount: 300n }])
    const payment = await client.pay({ to: bob, amount: 200n, memo: 'lunch' })
    const { pay, signer } = takenPayment()
    expect(pay.inputs).toEqual([id(2)])
    expect(pay.outputs).toEqual([coin(bob, 200n), coin(alice, 50n)])
    expect(pay.memo).toBe(`0x6c756e6368${'00'.repeat(27)}`)
    expect(pay.validUntil).toBe(1_000n + 1_800n)
    expect(signer).toBe(alice)
    expect(payment).toMatchObject({
      hash: transactionHash(pay, domain),
      fee: { token: ZERO_ADDRESS, amount: 50n },
    })
    expect(payment.outputs.map(({ amount }) => amount)).toEqual([200n, 50n])
  })

  it('pays many recipients in several tokens, and items', async () => {
    const client = await open([
      { amount: 1_000n },
      { amount: 90n, token: USD },
      { amount: 7n, token: ITEM, type: 'item' },
    ])
    await client.pay({
      payments: [
        { to: bob, amount: 100n },
        { to: bob, amount: 30n, token: USD },
        { to: bob, token: ITEM, tokenId: 7n },
      ],
    })
    const { pay } = takenPayment()
    expect(pay.inputs).toEqual([id(3), id(1), id(2)])
    expect(pay.outputs).toEqual([
      coin(bob, 100n),
      coin(bob, 30n, USD),
      { type: 'item', guard: coinGuard(bob), token: ITEM, amount: 7n },
      coin(alice, 1_000n - 100n - 70n),
      coin(alice, 60n, USD),
    ])
  })

  it('pays the fee in the token of the payment where it can, else in one that is there', async () => {
    const client = await open([
      { amount: 100n, token: USD },
      { amount: 60n, token: ITEM },
    ])
    expect((await client.pay({ to: bob, amount: 50n, token: USD })).fee).toEqual({ token: USD, amount: 5n })
    const other = await open([
      { amount: 50n, token: USD },
      { amount: 60n, token: ITEM },
    ])
    expect((await other.pay({ to: bob, amount: 60n, token: ITEM })).fee).toEqual({ token: USD, amount: 5n })
    await expect(other.pay({ to: bob, amount: 1n, feeToken: ITEM })).rejects.toMatchObject({
      code: 'payment.invalid',
    })
  })

  it('names what is missing', async () => {
    const client = await open([{ amount: 100n }, { amount: 100n, status: 'included' }])
    await expect(client.pay({ to: bob, amount: 500n })).rejects.toMatchObject({ code: 'coins.insufficient' })
    await expect(client.pay({ to: bob, amount: 100n })).rejects.toMatchObject({
      code: 'coins.uncommitted',
      action: expect.stringContaining("finality 'fast'"),
      docs: expect.stringContaining('errors.md#coinsuncommitted'),
    })
    await expect(client.pay({ to: bob, amount: 0n })).rejects.toMatchObject({ code: 'payment.invalid' })
    await expect(client.pay({ payments: [] })).rejects.toMatchObject({ code: 'payment.invalid' })
    await expect(client.pay({ to: bob, amount: 1n, memo: 'x'.repeat(33) })).rejects.toThrow('33 bytes')
    await expect(client.pay({ to: bob, token: ITEM, tokenId: 1n })).rejects.toMatchObject({
      code: 'coins.insufficient',
    })
    expect(node.taken).toEqual([])
    await client.pay({ to: bob, amount: 100n, finality: 'fast' })
    expect(takenPayment().pay.inputs).toHaveLength(2)
  })

  it('R6: pays and merges no locked outputs', async () => {
    const client = await open([
      { amount: 1_000n, locked: true },
      { amount: 300n },
      { amount: 200n },
      { amount: 7n, token: ITEM, type: 'item', locked: true },
    ])
    await client.pay({ to: bob, amount: 100n })
    expect(takenPayment().pay.inputs).toEqual([id(3)])
    await expect(client.pay({ to: bob, amount: 900n })).rejects.toMatchObject({ code: 'coins.locked' })
    await expect(client.pay({ to: bob, amount: 9_000n })).rejects.toMatchObject({
      code: 'coins.insufficient',
    })
    await expect(client.pay({ to: bob, token: ITEM, tokenId: 7n })).rejects.toMatchObject({
      code: 'coins.locked',
    })
    await expect(client.merge()).rejects.toThrow('there are 1')
  })

  it('leaves no change below the dust limit', async () => {
    const client = await open([{ amount: 100n }])
    await expect(client.pay({ to: bob, amount: 40n })).rejects.toMatchObject({ code: 'coins.dust' })
    await client.pay({ to: bob, amount: 30n })
    expect(takenPayment().pay.outputs).toEqual([coin(bob, 30n), coin(alice, 20n)])
  })

  it('names a merge when there are too many coins, and merges', async () => {
    const client = await open(Array(20).fill({ amount: 30n }))
    await expect(client.pay({ to: bob, amount: 480n })).rejects.toMatchObject({
      code: 'coins.fragmented',
      action: expect.stringContaining('merge()'),
    })
    const merged = await client.merge()
    expect(merged.fee.amount).toBe(0n)
    expect(takenPayment().pay).toMatchObject({ outputs: [coin(alice, 480n)] })
    expect(takenPayment().pay.inputs).toHaveLength(16)
    const again = await client.merge()
    expect(again.inputs).toHaveLength(4)
    await expect(client.merge()).rejects.toMatchObject({ code: 'coins.insufficient' })
  })

  it('chooses different coins for payments at the same time', async () => {
    const client = await open([{ amount: 100n }, { amount: 100n }, { amount: 100n }])
    const payments = await Promise.all([1, 2, 3].map(() => client.pay({ to: bob, amount: 50n })))
    expect(new Set(payments.flatMap(({ inputs }) => inputs)).size).toBe(3)
    await expect(client.pay({ to: bob, amount: 50n })).rejects.toMatchObject({ code: 'coins.insufficient' })
  })

  it('gives the coins of a refused or rejected payment back', async () => {
    const client = await open([{ amount: 100n }])
    const { omg_submit: take } = node.handlers
    node.handlers.omg_submit = () => {
      throw new OmgError('mempool.full', 'full', 'Wait.')
    }
    await expect(client.pay({ to: bob, amount: 50n })).rejects.toMatchObject({ code: 'mempool.full' })
    node.handlers.omg_submit = take!
    const { hash } = await client.pay({ to: bob, amount: 50n })
    const error = { code: 'mempool.evicted', message: 'evicted', action: 'Send again.' }
    node.handlers.omg_getTransaction = () => ({ hash, status: 'rejected', error })
    await expect(client.waitForReceipt({ hash })).rejects.toMatchObject({
      code: 'receipt.rejected',
      cause: { code: 'mempool.evicted' },
    })
    await client.pay({ to: bob, amount: 30n })
  })

  it('reads all pages of outputs', async () => {
    const client = await open(Array.from({ length: 450 }, (_, index) => ({ amount: BigInt(index + 1) })))
    await client.pay({ to: bob, amount: 400n })
    expect(takenPayment().pay.inputs).toEqual([id(450)])
  })
})

describe('safe retry (R7)', () => {
  it('sends the same bytes again when an answer is lost', async () => {
    const client = await open([{ amount: 100n }])
    await client.network()
    const { omg_submit: take } = node.handlers
    node.handlers.omg_submit = params => {
      node.handlers.omg_submit = take!
      node.lose = 1
      return take!(params)
    }
    await client.pay({ to: bob, amount: 50n })
    expect(node.calls.omg_submit).toBe(2)
    expect(node.taken).toHaveLength(1)
  })

  it('hands the payment over when no answer comes at all, and resubmits it without paying twice', async () => {
    const client = await open([{ amount: 100n }, { amount: 100n }])
    const { omg_submit: take } = node.handlers
    node.handlers.omg_submit = params => {
      node.lose = 1
      return take!(params)
    }
    const error = await client.pay({ to: bob, amount: 50n }).catch(reason => reason)
    expect(error).toMatchObject({ code: 'payment.unknown', payment: { hash: expect.any(String) } })
    expect(await client.resubmit({ payment: error.payment })).toBe('pending')
    expect(node.taken).toEqual([error.payment.signed])
    // Its coin stays reserved: another payment takes the other one.
    node.handlers.omg_submit = take!
    const next = await client.pay({ to: bob, amount: 50n })
    expect(next.inputs).not.toEqual(error.payment.inputs)
  })

  it('submits again what the node has forgotten', async () => {
    const client = await open([{ amount: 100n }])
    const { omg_submit: take } = node.handlers
    node.handlers.omg_submit = ({ transaction }) => ({ txHash: transaction })
    const payment = await client.pay({ to: bob, amount: 50n })
    node.handlers.omg_submit = take!
    expect(await client.resubmit({ payment })).toBe('pending')
    expect(await client.resubmit({ payment })).toBe('pending')
    expect(node.taken).toEqual([payment.signed])
  })
})

describe('an EIP-1193 wallet', () => {
  /** A wallet that answers as a browser extension would. */
  const walletOf = (sign: (typedData: never) => Promise<unknown>): Account => ({
    address: aliceAccount.address,
    provider: {
      request: (async ({ method, params }: { method: string; params: [string, string] }) => {
        if (method !== 'eth_signTypedData_v4') throw new Error(`unexpected ${method}`)
        expect(params[0]).toBe(aliceAccount.address)
        return sign(JSON.parse(params[1]) as never)
      }) as never,
    },
  })

  it('signs payments', async () => {
    const client = await open(
      [{ amount: 100n }],
      walletOf(typedData => aliceAccount.signTypedData(typedData)),
    )
    await client.pay({ to: bob, amount: 50n })
    expect(takenPayment().signer).toBe(alice)
  })

  it('may answer with v 0 or 1', async () => {
    const wallet = walletOf(async typedData => {
      const signature = await aliceAccount.signTypedData(typedData)
      return `${signature.slice(0, -2)}${signature.endsWith('1b') ? '00' : '01'}`
    })
    const client = await open([{ amount: 100n }], wallet)
    await client.pay({ to: bob, amount: 50n })
    expect(takenPayment().signer).toBe(alice)
  })

  it('may refuse', async () => {
    const refusal = Object.assign(new Error('User rejected the request.'), { code: 4001 })
    const client = await open(
      [{ amount: 100n }],
      walletOf(() => Promise.reject(refusal)),
    )
    await expect(client.pay({ to: bob, amount: 50n })).rejects.toMatchObject({ code: 'wallet.refused' })
  })

  it('is refused if it signs with another key or in another way', async () => {
    const stranger = privateKeyToAccount(key(3))
    const client = await open(
      [{ amount: 100n }],
      walletOf(typedData => stranger.signTypedData(typedData)),
    )
    await expect(client.pay({ to: bob, amount: 50n })).rejects.toMatchObject({ code: 'wallet.signature' })
    const contract = await open(
      [{ amount: 100n }],
      walletOf(async () => '0x1234'),
    )
    await expect(contract.pay({ to: bob, amount: 50n })).rejects.toMatchObject({ code: 'wallet.signature' })
  })
})

describe('a client', () => {
  it('without an account cannot pay', async () => {
    node = await startFakeNode()
    const client = createClient({ node: node.url })
    await expect(client.pay({ to: bob, amount: 1n })).rejects.toMatchObject({ code: 'client.no_account' })
    await expect(client.deposit({ amount: 1n })).rejects.toMatchObject({ code: 'client.no_ethereum' })
    expect(() => client.subscribe({ channel: 'blocks', onEvent: () => {} })).toThrow('is no WebSocket')
  })

  it('refuses a node of another network', async () => {
    const client = await open([])
    const { omg_getParameters: parameters } = node.handlers
    node.handlers.omg_getParameters = params => ({
      ...(parameters!(params) as object),
      domain: { chainId: '31337', verifyingContract: bob },
    })
    await expect(client.network()).rejects.toMatchObject({ code: 'node.wrong_network' })
  })
})
