import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import type { OmgClient } from '@omg/sdk'
import { beforeEach, describe, expect, test } from 'vitest'
import { Faucet } from './faucet.ts'
import { AGAIN_MS, MAX_IN_WINDOW, MAX_WAITING, WINDOW_MS } from './limits.ts'

const GIFT = { token: ZERO_ADDRESS as Address, amount: 100n }
const person = (n: number) => `0x${n.toString(16).padStart(40, '0')}` as Address

let now: number
let balance: bigint
let failing: boolean
let deposited: bigint[]
/** Payments on their way; more than one at once would spend the same coins. */
let open: number
let mostOpen: number
let paid: string[]

beforeEach(() => {
  ;[now, balance, failing, open, mostOpen] = [1_000_000, 1_000_000n, false, 0, 0]
  deposited = []
  paid = []
})

/** What a faucet uses of a client, with money that only it can count. */
const client = {
  address: () => person(999),
  getBalances: async () => [{ token: ZERO_ADDRESS, amount: balance }],
  async pay({ payments }: { payments: { to: string }[] }) {
    if (failing) throw new Error('the node is away')
    mostOpen = Math.max(mostOpen, ++open)
    await new Promise(resolve => setTimeout(resolve, 1))
    paid.push(payments[0]!.to)
    balance -= GIFT.amount
    return { hash: '0x0a' }
  },
  async waitForReceipt() {
    open--
  },
  async deposit({ amount }: { amount: bigint }) {
    deposited.push(amount)
    balance += amount
  },
  rootChain: async () => ({
    sender: { send: async () => ({ status: 'success', transactionHash: '0x0b' }) },
  }),
} as unknown as OmgClient

const faucetOf = () => new Faucet({ client, coins: [GIFT], ethereum: [GIFT], now: () => now })
const codeOf = (given: Promise<unknown>) => given.then(() => 'paid').catch(error => error.code ?? 'failed')

describe('a faucet', () => {
  test('pays on both chains', async () => {
    expect(await faucetOf().give(person(1))).toEqual({
      coins: [{ ...GIFT, hash: '0x0a' }],
      ethereum: [{ ...GIFT, hash: '0x0b' }],
    })
  })

  test('pays an address once an hour, whatever it asks at once', async () => {
    const faucet = faucetOf()
    const both = await Promise.all([codeOf(faucet.give(person(1))), codeOf(faucet.give(person(1)))])
    expect(both).toEqual(['paid', 'faucet.again'])
    now += AGAIN_MS - 1
    expect(await codeOf(faucet.give(person(1)))).toBe('faucet.again')
    now += 1
    expect(await codeOf(faucet.give(person(1)))).toBe('paid')
  })

  test('pays one after the other, and lets few wait', async () => {
    const faucet = faucetOf()
    const codes = await Promise.all(
      Array.from({ length: MAX_WAITING + 1 }, (_, n) => codeOf(faucet.give(person(n)))),
    )
    expect(codes.filter(code => code === 'paid')).toHaveLength(MAX_WAITING)
    expect(codes.at(-1)).toBe('faucet.busy')
    expect(mostOpen).toBe(1)
    expect(await codeOf(faucet.give(person(MAX_WAITING)))).toBe('paid')
  })

  test('pays so many in a minute and no more', async () => {
    const faucet = faucetOf()
    for (let n = 0; n < MAX_IN_WINDOW; n++) expect(await codeOf(faucet.give(person(n)))).toBe('paid')
    expect(await codeOf(faucet.give(person(MAX_IN_WINDOW)))).toBe('faucet.busy')
    now += WINDOW_MS
    expect(await codeOf(faucet.give(person(MAX_IN_WINDOW)))).toBe('paid')
  })

  test('that could not pay may be asked again', async () => {
    const faucet = faucetOf()
    failing = true
    expect(await codeOf(faucet.give(person(1)))).toBe('failed')
    failing = false
    expect(await codeOf(faucet.give(person(1)))).toBe('paid')
  })

  test('deposits more when it runs low, and says when it has nothing', async () => {
    const faucet = faucetOf()
    balance = 0n
    expect(await codeOf(faucet.give(person(1)))).toBe('faucet.empty')
    expect(deposited).toHaveLength(1)
    expect(await codeOf(faucet.give(person(1)))).toBe('paid')
    expect(deposited).toHaveLength(1)
  })
})
