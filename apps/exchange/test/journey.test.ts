import type { Address, Hex } from '@omg/protocol'
import { passAnvilTime } from '@omg/rootchain/testing'
import { decryptKey, type Market, type OmgClient } from '@omg/sdk'
import type { Browser, Page } from 'playwright-core'
import { createPublicClient, erc20Abi, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, visit } from './browser.ts'
import { restoreFrom, saveEncrypted } from './copy.ts'
import {
  addressOf,
  isMarked,
  isSound,
  openAccount,
  PATIENCE,
  panel,
  placeLimit,
  rowsOf,
  said,
  ticketSays,
  untilFunded,
} from './desk.ts'
import { startTestNetwork, type TestNetwork } from './network.ts'
import { agentCannotWithdraw, keyIsRevoked } from './tradingKey.ts'
import { announceWallet } from './wallet.ts'

// The whole journey of a newcomer in a real browser: first visit, test money, orders, a deposit, a withdrawal, paid on Ethereum.

const TEST_MS = 400_000
const LOOK_MS = 500
const TIME_STEP_SECONDS = 10

let network: TestNetwork
let browser: Browser
let maker: OmgClient
let market: Market

beforeAll(async () => {
  network = await startTestNetwork()
  browser = await openBrowser()
  maker = network.client('alice')
  market = (await maker.getMarkets()).find(({ symbol }) => symbol === 'ETH/TUSD')!
  await make('sell', '2001', '0.5')
  await make('buy', '1990', '0.1')
}, 400_000)

afterAll(async () => {
  await browser?.close()
  await network?.stop()
})

/** An order of the maker that stands when this resolves. */
async function make(side: 'buy' | 'sell', price: string, size: string): Promise<void> {
  const order = await maker.placeOrder({
    ...{ market, side, price: market.priceOf(price), lots: market.lotsOf(size) },
    finality: 'fast',
  })
  await maker.waitForOrder({ order })
}

async function arrive(screen: 'desk' | 'phone') {
  const visitor = await visit(browser, network.url, screen, 'dark')
  visitor.page.setDefaultTimeout(PATIENCE)
  await visitor.page.getByTestId('connection').getByText('live').waitFor()
  return visitor
}

/** Until the withdrawal is paid: the days that it takes on Ethereum go by in steps, so that nothing there is ever far behind. */
async function untilPaid(page: Page): Promise<void> {
  const paid = page.locator('[data-testid=withdrawal][data-stage=done]')
  while (!(await paid.isVisible())) {
    await passAnvilTime(network.facts.ethereumUrl, TIME_STEP_SECONDS)
    await page.waitForTimeout(LOOK_MS)
  }
}

/** What somebody has to trade with in test dollars, outside of orders. */
async function dollarsOf(owner: Address): Promise<bigint> {
  const balances = await maker.getTradingBalances({ owner })
  const dollars = balances.filter(({ token }) => token === market.quote.address)
  return dollars.reduce((sum, { amount }) => sum + amount, 0n)
}

async function lastFill(owner: Address): Promise<Record<'price' | 'value' | 'fee', string>> {
  const answer = await fetch(`${network.indexer.url}/owners/${owner}/fills?limit=1`)
  return (await answer.json()).items[0]
}

describe('a newcomer', () => {
  it('is funded with one click, trades, changes and cancels, deposits, withdraws, and is paid on Ethereum', {
    timeout: TEST_MS,
  }, async () => {
    const { page, context, complaints } = await arrive('desk')
    await isSound(page)
    await page.getByTestId('start').click()
    await untilFunded(page)
    const address = await addressOf(page)
    await panel(page, 'Balances')
    await rowsOf(page, 'Balances').filter({ hasText: 'TBTC' }).waitFor()
    await isSound(page)

    // An order that stands, changed and taken back.
    await placeLimit(page, 'Buy', '1995.5', '0.02')
    await said(page, /^In the book in block \d+/)
    await panel(page, /^Open orders/)
    await isMarked(page, '1,995.50', '0.0200')
    await isSound(page)
    await page.getByRole('button', { name: /^Change the order/ }).click()
    const amend = page.getByRole('form', { name: 'Change the order' })
    await amend.getByLabel('Price').fill('1996.25')
    await amend.getByLabel('Amount').fill('0.03')
    await amend.getByRole('button', { name: 'Save' }).click()
    await said(page, /^Changed in block \d+/)
    await expect
      .poll(
        async () =>
          (await maker.getOrders({ owner: address })).orders.map(({ lots, terms }) => [lots, terms.limit]),
        {
          timeout: PATIENCE,
        },
      )
      .toEqual([[market.lotsOf('0.03'), market.priceOf('1996.25')]])
    await isMarked(page, '1,996.25', '0.0300')

    // A market order, at a price that was seen before, and the fill of it.
    await page.getByLabel('Type').selectOption('market')
    await page.getByTestId('ticket-amount').fill('0.01')
    const told = await ticketSays(page)
    const before = await dollarsOf(address)
    await page.getByTestId('ticket-send').click()
    await said(page, /^Bought 0\.01 ETH at/)
    await panel(page, 'Fills')
    await rowsOf(page, 'Fills').first().waitFor()
    expect(await rowsOf(page, 'Fills').first().textContent()).toMatch(/Buy.*2,006\.00.*0\.01003 TUSD/)
    // To the unit, what the ticket had said. Nothing had traded before, so the middle of all prices that are as good is taken.
    const fill = await lastFill(address)
    expect([fill.price, fill.value, fill.fee]).toEqual(['200600', '20060000', '10030'])
    expect(told).toMatchObject({ expected: '2,006.00 TUSD', fee: '0.01003 TUSD' })
    // Half a percent above the best price, down to a tick, and the highest fee on top.
    expect(told).toMatchObject({ worst: '2,011.00 TUSD', most: '20.120055 TUSD' })
    await expect
      .poll(() => dollarsOf(address), { timeout: PATIENCE })
      .toBe(before - BigInt(fill.value) - BigInt(fill.fee))
    await isSound(page)

    // A reload keeps who is here and what she has.
    await page.reload()
    await untilFunded(page)
    await page.getByRole('button', { name: /^Cancel the order/ }).click()
    await page.getByText('No open orders.').waitFor()
    expect((await maker.getOrders({ owner: address })).orders).toEqual([])
    expect(await addressOf(page)).toBe(address)

    await agentCannotWithdraw(page, address, { network })

    // From Ethereum.
    await page.getByTestId('funds').click()
    await page.getByLabel('Token').selectOption({ label: 'TUSD' })
    await page.getByTestId('deposit-amount').fill('100')
    await page.getByTestId('deposit-send').click()
    await isSound(page)
    await page.locator('[data-testid=deposit][data-stage=done]').waitFor()

    // To Ethereum, over a reload in the middle.
    await page.getByRole('radio', { name: 'Withdraw' }).check()
    await page.getByLabel('Token').selectOption({ label: 'TUSD' })
    await page.getByTestId('withdraw-amount').fill('50')
    await page.getByTestId('withdraw-send').click()
    await page.locator('[data-testid=withdrawal][data-stage=waiting]').waitFor()
    await isSound(page)
    await page.reload()
    await page.getByTestId('funds').click()
    await page.getByRole('radio', { name: 'Withdraw' }).check()
    await untilPaid(page)
    await isSound(page)
    // 1,000 of the faucet, less 100, and 50 back.
    expect(await onEthereum(address)).toBe(950_000_000n)
    expect(complaints).toEqual([])
    await context.close()
  })

  it('does it on a phone, saves a copy, signs out and comes back with it', { timeout: TEST_MS }, async () => {
    const { page, context, complaints } = await arrive('phone')
    const part = (name: string) =>
      page.getByRole('navigation', { name: 'Parts of the page' }).getByRole('button', { name }).click()
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await isSound(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Create an account' }).click()
    await part('Trade')
    await untilFunded(page)
    await isSound(page)
    await placeLimit(page, 'Sell', '2100', '0.01')
    await said(page, /^In the book in block \d+/)
    await part('Orders')
    await rowsOf(page, 'Open orders').first().waitFor()
    await isSound(page)

    const { sheet, address } = await openAccount(page)
    await sheet.getByRole('button', { name: 'Sign out', exact: true }).click()
    await sheet.getByText(/nobody can ever reach its money/).waitFor()
    await isSound(page)
    await sheet.getByRole('button', { name: 'Stay' }).click()
    await sheet.getByText('Without a passphrase: show the key').click()
    await sheet.getByLabel(/Nobody but me/).check()
    await sheet.getByRole('button', { name: 'Show the key' }).click()
    const key = await sheet.getByTestId('key').textContent()
    expect(privateKeyToAccount(key as Hex).address.toLowerCase()).toBe(address)
    const file = await saveEncrypted(page, 'a horse of straw')
    expect(await decryptKey(JSON.parse(file), 'a horse of straw')).toBe(key)
    expect(file).not.toContain(key!.slice(2))
    await isSound(page)
    await sheet.getByRole('button', { name: 'Sign out', exact: true }).click()
    await sheet.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await restoreFrom(page, file, 'a horse of straw')
    expect(await addressOf(page)).toBe(address)
    // What the key of the forgotten browser traded with is taken over, with its order.
    await part('Trade')
    await page.getByTestId('move-to-trading').click()
    await page.getByTestId('move-to-trading').waitFor({ state: 'detached' })
    await expect
      .poll(async () => (await maker.getOrders({ owner: address as Address })).orders, { timeout: PATIENCE })
      .toEqual([])
    await untilFunded(page)
    // The faucet refuses a second time, and says so.
    await page.getByTestId('account').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Get test money' }).click()
    await page.getByText('You have had test money already').waitFor()
    await page.getByTestId('account').click()
    await keyIsRevoked(page, address as Address, { network, market })
    expect(complaints.filter(text => !text.includes('429'))).toEqual([])
    await context.close()
  })
})

describe('other accounts', () => {
  it('come out of a passkey, and sign nothing but what moves money', { timeout: TEST_MS }, async () => {
    const { page, context } = await arrive('desk')
    const session = await context.newCDPSession(page)
    await session.send('WebAuthn.enable')
    await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal' },
        ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true, hasPrf: true },
        automaticPresenceSimulation: true,
      },
    })
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('button', { name: 'New passkey' }).click()
    await untilFunded(page)
    const address = await addressOf(page)
    await placeLimit(page, 'Sell', '2150', '0.01')
    await said(page, /^In the book in block \d+/)
    // Signed out and in again: the same passkey is the same account.
    await page.getByTestId('account').click()
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('button', { name: 'I have one' }).click()
    expect(await addressOf(page)).toBe(address)
    await context.close()
  })

  it('are in a wallet, which is asked when money moves and not for orders', {
    timeout: TEST_MS,
  }, async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const carol = network.client('bob').address()
    await context.addInitScript(announceWallet, { url: network.facts.ethereumUrl, owner: carol })
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE)
    await page.goto(network.url)
    const asked = () => page.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('button', { name: 'Test wallet' }).click()
    await untilFunded(page)
    const before = (await asked()).filter(method => /sign|send/i.test(method))
    expect(before).toEqual(['eth_signTypedData_v4'])
    await placeLimit(page, 'Sell', '2160', '0.01')
    await said(page, /^In the book in block \d+/)
    expect((await asked()).filter(method => /sign|send/i.test(method))).toEqual(before)
    await page.reload()
    await untilFunded(page)
    expect(await addressOf(page)).toBe(carol)
    await context.close()
  })
})

async function onEthereum(owner: Address): Promise<bigint> {
  const { ethereumUrl, deployment } = network.facts
  const ethereum = createPublicClient({ transport: http(ethereumUrl) })
  const address = deployment.testTokens.usd as Address
  return ethereum.readContract({ address, abi: erc20Abi, functionName: 'balanceOf', args: [owner] })
}
